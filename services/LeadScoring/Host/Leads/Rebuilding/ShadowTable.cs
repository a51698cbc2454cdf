using LeadScoring.EventStore;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Leads.Rebuilding;

/// <summary>
/// The table <c>lead_rebuild</c>: filled and indexed beside the live one, then put in its place. Until that moment nothing
/// of the live table changes, and what a killed rebuild left is dropped by the next.
/// </summary>
internal sealed class ShadowTable(NpgsqlDataSource dataSource)
{
    /// <summary>
    /// Users of the live table queue behind one who waits for its lock, so the wait is short and repeated. Longer than
    /// PostgreSQL's <c>deadlock_timeout</c>, after which an autovacuum in the way gives in.
    /// </summary>
    private const string LockWaitMax = "1500ms";

    private const string NoLockWaitMax = "0";

    private static readonly string MakeShadow = SqlText.Load(typeof(ShadowTable), "make_shadow.sql");
    private static readonly string DropShadow = SqlText.Load(typeof(ShadowTable), "drop_shadow.sql");
    private static readonly string CopyShadow = SqlText.Load(typeof(ShadowTable), "copy_shadow.sql");
    private static readonly string RemoveShadowRows = SqlText.Load(typeof(ShadowTable), "remove_shadow_rows.sql");
    private static readonly string ShadowIndexes = SqlText.Load(typeof(ShadowTable), "shadow_indexes.sql");
    private static readonly string AnalyzeShadow = SqlText.Load(typeof(ShadowTable), "analyze_shadow.sql");
    private static readonly string UseTimeouts = SqlText.Load(typeof(ShadowTable), "use_timeouts.sql");
    private static readonly string LockLead = SqlText.Load(typeof(ShadowTable), "lock_lead.sql");
    private static readonly string SwapShadow = SqlText.Load(typeof(ShadowTable), "swap_shadow.sql");

    /// <summary>Empty, without indexes.</summary>
    public Task MakeAsync(CancellationToken ct) => ExecuteAsync(ct, MakeShadow);

    /// <summary>When there is one.</summary>
    public static async Task DropAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(DropShadow, connection);
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Builds the live table's indexes, some at a time, and gathers the planner's statistics.</summary>
    public async Task BuildIndexesAsync(CancellationToken ct)
    {
        var indexes = new List<string[]>();
        await using (var command = dataSource.CreateCommand(ShadowIndexes))
        {
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct)) indexes.Add(await reader.IsDBNullAsync(1, ct) ? [reader.GetString(0)] : [reader.GetString(0), reader.GetString(1)]);
        }

        // The first is the primary key, whose promotion excludes every other statement on the table.
        await ExecuteAsync(ct, indexes[0]);
        await Parallel.ForEachAsync(
            indexes.Skip(1),
            new ParallelOptions { MaxDegreeOfParallelism = RebuildBounds.WorkersMax, CancellationToken = ct },
            async (index, token) => await ExecuteAsync(token, index));
        await ExecuteAsync(ct, AnalyzeShadow);
    }

    /// <summary>Adds rows that are not there yet.</summary>
    public static async Task CopyAsync(NpgsqlConnection connection, IEnumerable<LeadColumns> rows, CancellationToken ct)
    {
        await using var copy = await connection.BeginBinaryImportAsync(CopyShadow, ct);
        foreach (var row in rows) Write(copy, row);
        await copy.CompleteAsync(ct);
    }

    /// <summary>Puts rows in the place of those of the same leads, in the connection's transaction.</summary>
    public static async Task ReplaceAsync(NpgsqlConnection connection, IReadOnlyList<LeadColumns> rows, CancellationToken ct)
    {
        await using (var removal = new NpgsqlCommand(RemoveShadowRows, connection))
        {
            removal.Parameters.AddAll(
                Sql.Many(rows.Select(r => r.TenantId).ToArray(), NpgsqlDbType.Text),
                Sql.Many(rows.Select(r => r.Id).ToArray(), NpgsqlDbType.Uuid));
            await removal.ExecuteNonQueryAsync(ct);
        }

        await CopyAsync(connection, rows, ct);
    }

    /// <summary>Locks the live table to the end of the connection's transaction: nobody reads or writes leads.</summary>
    /// <exception cref="PostgresException"><see cref="PostgresErrorCodes.LockNotAvailable"/>: somebody used it all the time.</exception>
    public static Task LockLiveAsync(NpgsqlConnection connection, CancellationToken ct) =>
        ExecuteAsync(connection, LockWaitMax, ct, LockLead);

    /// <summary>The shadow becomes the live table, in the connection's transaction, which holds the live one's lock.</summary>
    public static Task SwapAsync(NpgsqlConnection connection, CancellationToken ct) =>
        ExecuteAsync(connection, LockWaitMax, ct, SwapShadow);

    private async Task ExecuteAsync(CancellationToken ct, params IEnumerable<string> statements)
    {
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await ExecuteAsync(connection, NoLockWaitMax, ct, statements);
        await transaction.CommitAsync(ct);
    }

    private static async Task ExecuteAsync(
        NpgsqlConnection connection, string lockWaitMax, CancellationToken ct, params IEnumerable<string> statements)
    {
        await using var batch = new NpgsqlBatch(connection) { Timeout = 0 };
        batch.BatchCommands.Add(Sql.BatchCommand(UseTimeouts, Sql.Of(lockWaitMax, NpgsqlDbType.Text)));
        foreach (var statement in statements) batch.BatchCommands.Add(new(statement));
        await batch.ExecuteNonQueryAsync(ct);
    }

    private static void Write(NpgsqlBinaryImporter copy, LeadColumns row)
    {
        copy.StartRow();
        copy.Write(row.TenantId, NpgsqlDbType.Varchar);
        copy.Write(row.Id, NpgsqlDbType.Uuid);
        copy.Write(row.Version, NpgsqlDbType.Bigint);
        copy.Write(row.Stage, NpgsqlDbType.Varchar);
        copy.Write(row.Grade, NpgsqlDbType.Varchar);
        copy.Write(row.Score, NpgsqlDbType.Double);
        copy.Write(row.ScoreAsOf, NpgsqlDbType.TimestampTz);
        copy.Write(row.RefreshDueAt, NpgsqlDbType.TimestampTz);
        copy.Write(row.ModelId, NpgsqlDbType.Varchar);
        copy.Write(row.Owner, NpgsqlDbType.Varchar);
        copy.Write(row.Sources.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text);
        copy.Write(row.Campaigns.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text);
        copy.Write(row.LastEngagedAt, NpgsqlDbType.TimestampTz);
        copy.Write(row.UpdatedAt, NpgsqlDbType.TimestampTz);
        copy.Write(row.TimerDueAt, NpgsqlDbType.TimestampTz);
        copy.Write(row.HeldFor, NpgsqlDbType.Integer);
        copy.Write(row.State, NpgsqlDbType.Bytea);
    }
}
