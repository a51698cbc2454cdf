using Npgsql;

namespace LeadScoring.EventStore.Checkpoints;

/// <summary>Another reader moved the checkpoint: whoever gets this must roll back, stop and not write any more.</summary>
public sealed class FencedException(string name, long from)
    : Exception($"The checkpoint {name} is not at {from} any more: another reader has moved it.");

/// <summary>
/// How far one projection or subscription has read the log, a row of <c>mt_event_progression</c>. It moves in the
/// transaction of the work it stands for, by compare-and-set, so that of two readers who both believe to lead only one
/// has an effect.
/// </summary>
public sealed class Checkpoint
{
    private static readonly string ReadOne = SqlText.Load(typeof(Checkpoint), "read_checkpoint.sql");
    private static readonly string Start = SqlText.Load(typeof(Checkpoint), "start_checkpoint.sql");
    private static readonly string Advance = SqlText.Load(typeof(Checkpoint), "advance_checkpoint.sql");

    private static readonly string[] MartensOwn = ["HighWaterMark", "HighWaterAllocationFence", "HighWaterStuckGap"];

    /// <param name="name">The projection's name as Marten writes it, e.g. <c>Funnel:All</c>.</param>
    /// <exception cref="ArgumentException">The name is empty or one of Marten's own rows.</exception>
    public Checkpoint(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (MartensOwn.Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            throw new ArgumentException($"{name} is Marten's own row and is left alone.", nameof(name));
        }

        Name = name;
    }

    public string Name { get; }

    /// <returns>The last sequence number whose effects are committed; 0 before the first.</returns>
    public async Task<long> ReadAsync(NpgsqlDataSource dataSource, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(dataSource);
        await using var command = dataSource.CreateCommand(ReadOne);
        command.Parameters.Add(SqlParameters.Text(Name));
        return await command.ExecuteScalarAsync(ct) is long position ? position : 0;
    }

    /// <summary>Moves the checkpoint within the transaction that is open on <paramref name="connection"/>.</summary>
    /// <exception cref="FencedException">It was not at <paramref name="from"/>; the caller must roll back.</exception>
    public async Task AdvanceAsync(NpgsqlConnection connection, long from, long to, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { Advancing(from, to) } };
        await batch.ExecuteNonQueryAsync(ct);
        EnsureAdvanced(batch.BatchCommands[0], from);
    }

    /// <summary>
    /// The same move as one command of a caller's batch. The batch must run in an explicit transaction: only after
    /// <see cref="EnsureAdvanced"/> has approved of the executed command may it commit.
    /// </summary>
    /// <param name="from">Where the checkpoint must be; 0 also when it has no row yet.</param>
    /// <param name="to">Not below <paramref name="from"/>. The same position only asks whether this reader still leads.</param>
    public NpgsqlBatchCommand Advancing(long from, long to)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        ArgumentOutOfRangeException.ThrowIfLessThan(to, from);
        return from == 0
            ? new NpgsqlBatchCommand(Start) { Parameters = { SqlParameters.Text(Name), SqlParameters.Bigint(to) } }
            : new NpgsqlBatchCommand(Advance)
            {
                Parameters = { SqlParameters.Text(Name), SqlParameters.Bigint(from), SqlParameters.Bigint(to) },
            };
    }

    /// <param name="executed">What <see cref="Advancing"/> returned, after its batch has run.</param>
    /// <exception cref="FencedException">It moved nothing; the caller's transaction must roll back.</exception>
    public void EnsureAdvanced(NpgsqlBatchCommand executed, long from)
    {
        ArgumentNullException.ThrowIfNull(executed);
        if (executed.RecordsAffected != 1)
        {
            throw new FencedException(Name, from);
        }
    }
}
