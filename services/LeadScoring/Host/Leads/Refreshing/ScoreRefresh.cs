using LeadScoring.Domain.Scoring;
using LeadScoring.EventStore;
using LeadScoring.EventStore.Events;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Leads.Refreshing;

/// <summary>
/// Stores the scores of leads whose stored one decay may have moved too far, a page at a time. Any number of instances
/// may do it at once: they take different rows.
/// </summary>
public sealed class ScoreRefresh(
    NpgsqlDataSource dataSource, LeadStreams streams, TenantModels models, TimeProvider clock, ILogger<ScoreRefresh> logger)
{
    /// <summary>Most rows of one page, which is one transaction.</summary>
    public const int PageRowsMax = 500;

    /// <summary>When a row that cannot be read is tried again; until then it must not hold up the others.</summary>
    public static readonly TimeSpan UnreadablePause = TimeSpan.FromHours(1);

    /// <summary>When a row is tried again whose tenant's models cannot be read.</summary>
    public static readonly TimeSpan UnreadableModelsPause = TimeSpan.FromMinutes(1);

    private static readonly string TakeLeadsDue = SqlText.Load(typeof(ScoreRefresh), "take_leads_due.sql");
    private static readonly string RefreshLeads = SqlText.Load(typeof(ScoreRefresh), "refresh_leads.sql");
    private static readonly string PostponeRefresh = SqlText.Load(typeof(ScoreRefresh), "postpone_refresh.sql");

    /// <summary>Refreshes those longest overdue. Neither version nor <c>updated_at</c> changes: nothing happened to the lead.</summary>
    /// <returns>How many rows were due, at most <see cref="PageRowsMax"/>.</returns>
    public async Task<int> RunPageAsync(CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var due = await TakeAsync(connection, now, ct);
        if (due.Count == 0) return 0;

        var refreshed = new List<(LeadColumns Columns, bool Folded)>(due.Count);
        await using var batch = new NpgsqlBatch(connection, transaction);
        foreach (var row in due)
        {
            if (models.IsUnreadable(row.Stream.TenantId))
            {
                batch.BatchCommands.Add(Postpone(row, now + UnreadableModelsPause));
                continue;
            }

            try
            {
                refreshed.Add(await RefreshAsync(row, now, ct));
            }
            catch (Exception e) when (e is UnreadableLeadStateException or UnreadableEventException or InvalidOperationException or KeyNotFoundException)
            {
                logger.LogError(e, "The score of lead {LeadId} cannot be refreshed; it is tried again in {Pause}", row.Stream.StreamId, UnreadablePause);
                batch.BatchCommands.Add(Postpone(row, now + UnreadablePause));
            }
        }

        batch.BatchCommands.Add(Refresh(refreshed));
        await batch.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
        return due.Count;
    }

    private static async Task<List<DueLead>> TakeAsync(NpgsqlConnection connection, DateTimeOffset now, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(TakeLeadsDue, connection);
        command.Parameters.Add(Sql.Of(now, NpgsqlDbType.TimestampTz));
        command.Parameters.Add(Sql.Of(PageRowsMax, NpgsqlDbType.Integer));
        await using var reader = await command.ExecuteReaderAsync(ct);
        var due = new List<DueLead>();
        while (await reader.ReadAsync(ct))
        {
            due.Add(new(new(reader.GetString(0), reader.GetGuid(1)), reader.GetInt64(2), reader.GetFieldValue<byte[]>(3)));
        }

        return due;
    }

    private async Task<(LeadColumns Columns, bool Folded)> RefreshAsync(DueLead due, DateTimeOffset now, CancellationToken ct)
    {
        var row = new LeadRow(due.Stream.TenantId, LeadState.Read(due.State), UpdatedAt: default);

        // Decay does not change the model: that the new one is met is for those to find out who look at all leads for it.
        var model = models.Of(row);
        if (row.Lead.Score.CanAnswer(row.Lead.ClockAt(now), model)) return (LeadColumns.Of(row, model, now), Folded: false);
        return (LeadColumns.Of(await streams.FoldAsync(due.Stream, due.Version, model, ct), model, now), Folded: true);
    }

    private static NpgsqlBatchCommand Postpone(DueLead row, DateTimeOffset until) => Sql.BatchCommand(
        PostponeRefresh,
        Sql.Of(row.Stream.TenantId, NpgsqlDbType.Text),
        Sql.Of(row.Stream.StreamId, NpgsqlDbType.Uuid),
        Sql.Of(row.Version, NpgsqlDbType.Bigint),
        Sql.Of(until, NpgsqlDbType.TimestampTz));

    private static NpgsqlBatchCommand Refresh(List<(LeadColumns Columns, bool Folded)> rows) => Sql.BatchCommand(
        RefreshLeads,
        Sql.Many(rows.Select(r => r.Columns.TenantId).ToArray(), NpgsqlDbType.Text),
        Sql.Many(rows.Select(r => r.Columns.Id).ToArray(), NpgsqlDbType.Uuid),
        Sql.Many(rows.Select(r => r.Columns.Version).ToArray(), NpgsqlDbType.Bigint),
        Sql.Many(rows.Select(r => r.Columns.Score).ToArray(), NpgsqlDbType.Double),
        Sql.Many(rows.Select(r => r.Columns.ScoreAsOf).ToArray(), NpgsqlDbType.TimestampTz),
        Sql.Many(rows.Select(r => r.Columns.RefreshDueAt).ToArray(), NpgsqlDbType.TimestampTz),
        Sql.Many(rows.Select(r => r.Columns.Grade).ToArray(), NpgsqlDbType.Text),
        Sql.Many(rows.Select(r => r.Columns.ModelId).ToArray(), NpgsqlDbType.Text),
        Sql.Many(rows.Select(r => r.Folded ? r.Columns.State : null).ToArray(), NpgsqlDbType.Bytea));

    private sealed record DueLead(StreamKey Stream, long Version, byte[] State);
}
