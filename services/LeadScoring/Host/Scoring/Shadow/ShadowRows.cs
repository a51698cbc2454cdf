using System.Text.Json;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;
using LeadScoring.Domain.Scoring.Shadow;
using LeadScoring.EventStore;
using LeadScoring.EventStore.Checkpoints;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Scoring.Shadow;

/// <summary>
/// What versions in shadow make of leads, in tables of their own. Every change moves the position in the log, or asks whether it
/// still stands where its reader left it: of two that believe to lead, one has an effect.
/// </summary>
internal sealed class ShadowRows(NpgsqlDataSource dataSource)
{
    /// <summary>Rows, or leads with all their rows, taken out of a table by one transaction.</summary>
    public const int RemovedMax = 2_000;

    private static readonly string ReadShadowRuns = SqlText.Load(typeof(ShadowRows), "read_shadow_runs.sql");
    private static readonly string InsertShadowRun = SqlText.Load(typeof(ShadowRows), "insert_shadow_run.sql");
    private static readonly string RemoveShadowRun = SqlText.Load(typeof(ShadowRows), "remove_shadow_run.sql");
    private static readonly string ReadShadowLeads = SqlText.Load(typeof(ShadowRows), "read_shadow_leads.sql");
    private static readonly string PutShadowLeads = SqlText.Load(typeof(ShadowRows), "put_shadow_leads.sql");
    private static readonly string PutShadowCycles = SqlText.Load(typeof(ShadowRows), "put_shadow_cycles.sql");
    private static readonly string RemoveShadowLeads = SqlText.Load(typeof(ShadowRows), "remove_shadow_leads.sql");
    private static readonly string RemoveShadowCycles = SqlText.Load(typeof(ShadowRows), "remove_shadow_cycles.sql");
    private static readonly Checkpoint Position = new("Shadow:All");

    /// <summary>How far the log is taken in.</summary>
    public Task<long> PositionAsync(CancellationToken ct) => Position.ReadAsync(dataSource, ct);

    /// <summary>The versions that have rows.</summary>
    public async Task<List<ShadowRun>> RunsAsync(CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(ReadShadowRuns);
        await using var rows = await command.ExecuteReaderAsync(ct);
        var runs = new List<ShadowRun>();
        while (await rows.ReadAsync(ct)) runs.Add(new(rows.GetString(0), rows.GetInt32(1), rows.GetFieldValue<DateTimeOffset>(2)));
        return runs;
    }

    /// <returns>Those that are known; the others have no row.</returns>
    public async Task<Dictionary<ShadowKey, ShadowLead>> ReadAsync(IReadOnlyCollection<ShadowKey> keys, CancellationToken ct)
    {
        var leads = new Dictionary<ShadowKey, ShadowLead>();
        if (keys.Count == 0) return leads;
        await using var command = dataSource.CreateCommand(ReadShadowLeads);
        command.Parameters.AddAll(
            Sql.Many(keys.Select(k => k.TenantId).ToArray(), NpgsqlDbType.Text),
            Sql.Many(keys.Select(k => k.Version).ToArray(), NpgsqlDbType.Integer),
            Sql.Many(keys.Select(k => k.LeadId).ToArray(), NpgsqlDbType.Uuid));
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            var cycle = ShadowCycle.Of(rows.GetInt32(4)) with
            {
                WouldQualifyAt = At(5),
                Score = rows.IsDBNull(6) ? 0 : rows.GetDouble(6),
                Grade = rows.IsDBNull(7) ? Grade.D : (Grade)rows.GetInt16(7),
                QualifiedAt = At(8),
            };
            leads.Add(
                new(rows.GetString(0), rows.GetInt32(1), rows.GetGuid(2)), new(JsonSerializer.Deserialize(rows.GetFieldValue<byte[]>(3), LeadJsonContext.Default.Lead)!, cycle));
        }

        return leads;

        DateTimeOffset? At(int column) => rows.IsDBNull(column) ? null : rows.GetFieldValue<DateTimeOffset>(column);
    }

    /// <param name="leads">Each once; a row that knows more of the lead stays.</param>
    /// <param name="cycles">Those in which anything is noted.</param>
    /// <param name="from">Where the position must be; <paramref name="to"/> is where it will be.</param>
    /// <exception cref="FencedException">It is elsewhere. Nothing was stored.</exception>
    public Task StoreAsync(
        IReadOnlyList<(ShadowKey Key, Lead Lead)> leads, IReadOnlyList<(ShadowKey Key, ShadowCycle Cycle)> cycles, long from, long to, CancellationToken ct)
    {
        var commands = new List<NpgsqlBatchCommand>();
        if (leads.Count > 0)
        {
            commands.Add(Sql.BatchCommand(
                PutShadowLeads,
                Sql.Many(leads.Select(l => l.Key.TenantId).ToArray(), NpgsqlDbType.Text),
                Sql.Many(leads.Select(l => l.Key.Version).ToArray(), NpgsqlDbType.Integer),
                Sql.Many(leads.Select(l => l.Key.LeadId).ToArray(), NpgsqlDbType.Uuid),
                Sql.Many(leads.Select(l => l.Lead.Version).ToArray(), NpgsqlDbType.Bigint),
                Sql.Many(leads.Select(l => l.Lead.Cycle).ToArray(), NpgsqlDbType.Integer),
                Sql.Many(leads.Select(l => JsonSerializer.SerializeToUtf8Bytes(l.Lead, LeadJsonContext.Default.Lead)).ToArray(), NpgsqlDbType.Bytea)));
        }

        if (cycles.Count > 0)
        {
            commands.Add(Sql.BatchCommand(
                PutShadowCycles,
                Sql.Many(cycles.Select(c => c.Key.TenantId).ToArray(), NpgsqlDbType.Text),
                Sql.Many(cycles.Select(c => c.Key.Version).ToArray(), NpgsqlDbType.Integer),
                Sql.Many(cycles.Select(c => c.Key.LeadId).ToArray(), NpgsqlDbType.Uuid),
                Sql.Many(cycles.Select(c => c.Cycle.Cycle).ToArray(), NpgsqlDbType.Integer),
                Sql.Many(cycles.Select(c => c.Cycle.WouldQualifyAt?.UtcDateTime).ToArray(), NpgsqlDbType.TimestampTz),
                Sql.Many(cycles.Select(c => c.Cycle.Score).ToArray(), NpgsqlDbType.Double),
                Sql.Many(cycles.Select(c => (short)c.Cycle.Grade).ToArray(), NpgsqlDbType.Smallint),
                Sql.Many(cycles.Select(c => c.Cycle.QualifiedAt?.UtcDateTime).ToArray(), NpgsqlDbType.TimestampTz)));
        }

        return RunAsync(commands, from, to, ct);
    }

    /// <summary>A version's leads are followed from a position on.</summary>
    /// <inheritdoc cref="StoreAsync" path="/exception"/>
    public Task BeginAsync(ShadowRun run, long from, long to, CancellationToken ct) => RunAsync(
        [
            Sql.BatchCommand(
                InsertShadowRun,
                Sql.Of(run.TenantId, NpgsqlDbType.Text),
                Sql.Of(run.Version, NpgsqlDbType.Integer),
                Sql.Of(run.Since.UtcDateTime, NpgsqlDbType.TimestampTz)),
        ],
        from,
        to,
        ct);

    /// <summary>Takes out some of a version's rows, and the version itself with the last.</summary>
    /// <returns>False: there may be more.</returns>
    /// <inheritdoc cref="StoreAsync" path="/exception"/>
    public async Task<bool> RemoveAsync(ShadowRun run, long position, CancellationToken ct)
    {
        var leads = Removing(RemoveShadowLeads, run);
        var cycles = Removing(RemoveShadowCycles, run);
        await RunAsync([leads, cycles], position, position, ct);
        if (leads.RecordsAffected >= RemovedMax || cycles.RecordsAffected >= RemovedMax) return false;
        await RunAsync(
            [Sql.BatchCommand(RemoveShadowRun, Sql.Of(run.TenantId, NpgsqlDbType.Text), Sql.Of(run.Version, NpgsqlDbType.Integer))], position, position, ct);
        return true;
    }

    private static NpgsqlBatchCommand Removing(string sql, ShadowRun run) => Sql.BatchCommand(
        sql, Sql.Of(run.TenantId, NpgsqlDbType.Text), Sql.Of(run.Version, NpgsqlDbType.Integer), Sql.Of(RemovedMax, NpgsqlDbType.Integer));

    private async Task RunAsync(IReadOnlyList<NpgsqlBatchCommand> commands, long from, long to, CancellationToken ct)
    {
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var batch = new NpgsqlBatch(connection, transaction);
        var advancing = Position.Advancing(from, to);
        batch.BatchCommands.Add(advancing); // First of all: a rival waits here for the outcome, and then has none.
        foreach (var command in commands) batch.BatchCommands.Add(command);
        await batch.ExecuteNonQueryAsync(ct);
        Position.EnsureAdvanced(advancing, from);
        await transaction.CommitAsync(ct);
    }
}
