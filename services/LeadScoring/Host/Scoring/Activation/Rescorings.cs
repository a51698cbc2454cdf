using LeadScoring.EventStore;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Scoring.Activation;

/// <summary>The state of the passes over the tenants' leads, as all instances see it.</summary>
public sealed class Rescorings(NpgsqlDataSource dataSource, TimeProvider clock)
{
    private static readonly string BeginRescoring = SqlText.Load(typeof(Rescorings), "begin_rescoring.sql");
    private static readonly string ReadRescoring = SqlText.Load(typeof(Rescorings), "read_rescoring.sql");
    private static readonly string AdvanceRescoring = SqlText.Load(typeof(Rescorings), "advance_rescoring.sql");
    private static readonly string CountStragglers = SqlText.Load(typeof(Rescorings), "count_stragglers.sql");
    private static readonly string WalkAgain = SqlText.Load(typeof(Rescorings), "walk_again.sql");
    private static readonly string WalkAllAgain = SqlText.Load(typeof(Rescorings), "walk_all_again.sql");
    private static readonly string FinishRescoring = SqlText.Load(typeof(Rescorings), "finish_rescoring.sql");
    private static readonly string IsRescored = SqlText.Load(typeof(Rescorings), "is_rescored.sql");

    /// <returns>Null: the pass has not begun.</returns>
    public async Task<Rescoring?> FindAsync(HeldModel held, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(ReadRescoring);
        command.Parameters.AddAll(KeyOf(held));
        await using var row = await command.ExecuteReaderAsync(ct);
        if (!await row.ReadAsync(ct)) return null;
        return new(
            row.GetString(0), row.GetFieldValue<DateTimeOffset>(1), row.GetInt32(2), row.GetString(3), row.GetInt32(4), row.GetGuid(5),
            row.GetInt64(6), row.GetInt64(7), row.GetInt64(8), row.GetInt64(9), row.GetInt64(10),
            row.GetFieldValue<DateTimeOffset>(11), row.GetFieldValue<DateTimeOffset>(12), row.GetFieldValue<DateTimeOffset?>(13));
    }

    /// <summary>Begins the pass unless somebody has.</summary>
    public async Task<Rescoring> BeginAsync(HeldModel held, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(BeginRescoring);
        command.Parameters.AddAll([.. KeyOf(held), Sql.Of(held.Model.Id, NpgsqlDbType.Text), Now()]);
        await command.ExecuteNonQueryAsync(ct);
        return (await FindAsync(held, ct))!;
    }

    /// <summary>Whether the pass is over, as of the transaction that is open on a connection.</summary>
    public static async Task<bool> IsFinishedAsync(NpgsqlConnection connection, HeldModel held, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(IsRescored, connection);
        command.Parameters.AddAll(KeyOf(held));
        return await command.ExecuteScalarAsync(ct) is true;
    }

    /// <summary>Whether the tenant has rows of another model, more than are known not to be readable.</summary>
    public async Task<bool> HasStragglersAsync(HeldModel held, long failed, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(CountStragglers);
        command.Parameters.AddAll(
            Sql.Of(held.TenantId, NpgsqlDbType.Text), Sql.Of(held.Model.Id, NpgsqlDbType.Text), Sql.Of(failed + 1, NpgsqlDbType.Bigint));
        return (long)(await command.ExecuteScalarAsync(ct))! > failed;
    }

    /// <summary>Begins with the first lead again.</summary>
    public Task WalkAgainAsync(HeldModel held, Rescoring state, CancellationToken ct) => MoveAsync(WalkAgain, held, state, ct);

    /// <summary>Has the passes for the models that hold begin again, in the transaction that is open on a connection, if any.</summary>
    /// <param name="tenantId">Null: of all tenants.</param>
    public static async Task WalkAllAgainAsync(NpgsqlConnection connection, string? tenantId, DateTimeOffset now, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(WalkAllAgain, connection);
        command.Parameters.AddAll(Sql.Of(tenantId, NpgsqlDbType.Text), Sql.Of(now, NpgsqlDbType.TimestampTz));
        await command.ExecuteNonQueryAsync(ct);
    }

    public Task FinishAsync(HeldModel held, Rescoring state, CancellationToken ct) => MoveAsync(FinishRescoring, held, state, ct);

    /// <summary>Moves the cursor in a batch of the caller's transaction, which may only commit if one row was affected.</summary>
    internal static NpgsqlBatchCommand Advancing(HeldModel held, Rescoring state, RescoredPage page) => Sql.BatchCommand(
        AdvanceRescoring,
        [
            .. KeyOf(held),
            Sql.Of(state.Walk, NpgsqlDbType.Integer),
            Sql.Of(state.AfterId, NpgsqlDbType.Uuid),
            Sql.Of(page.LastId, NpgsqlDbType.Uuid),
            Sql.Of(page.Leads, NpgsqlDbType.Integer),
            Sql.Of(page.Rescored, NpgsqlDbType.Integer),
            Sql.Of(page.Crossed, NpgsqlDbType.Integer),
            Sql.Of(page.Failed, NpgsqlDbType.Integer),
        ]);

    private async Task MoveAsync(string statement, HeldModel held, Rescoring state, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(statement);
        command.Parameters.AddAll([.. KeyOf(held), Sql.Of(state.Walk, NpgsqlDbType.Integer), Now()]);
        await command.ExecuteNonQueryAsync(ct);
    }

    private static NpgsqlParameter[] KeyOf(HeldModel held) =>
    [
        Sql.Of(held.TenantId, NpgsqlDbType.Text),
        Sql.Of(held.From.ToUniversalTime(), NpgsqlDbType.TimestampTz),
        Sql.Of(held.Model.Version, NpgsqlDbType.Integer),
    ];

    private NpgsqlParameter Now() => Sql.Of(clock.GetUtcNow(), NpgsqlDbType.TimestampTz);
}
