using LeadScoring.Domain.Scoring;
using LeadScoring.EventStore;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Scoring.Models;

/// <summary>Tells which models have been tried on history.</summary>
public sealed class BacktestRecord(NpgsqlDataSource dataSource)
{
    private static readonly string HasFinishedBacktest = SqlText.Load(typeof(BacktestRecord), "has_finished_backtest.sql");

    /// <summary>Of this very document: a draft that was edited since counts as not tried.</summary>
    public async Task<bool> IsFinishedAsync(string tenantId, ScoringModel model, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(HasFinishedBacktest);
        command.Parameters.AddAll(
            Sql.Of(tenantId, NpgsqlDbType.Text), Sql.Of(model.Version, NpgsqlDbType.Integer), Sql.Of(model.Id, NpgsqlDbType.Text));
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }
}
