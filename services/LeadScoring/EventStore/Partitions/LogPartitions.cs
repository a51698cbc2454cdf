using Npgsql;

namespace LeadScoring.EventStore.Partitions;

/// <summary>One partition of the log.</summary>
/// <param name="First">Lowest sequence number it may hold.</param>
/// <param name="Beyond">The number after its highest.</param>
/// <param name="Events">As PostgreSQL estimates; 0 before its first statistics.</param>
/// <param name="IsSealed">Full, frozen, and left alone by vacuum from then on.</param>
public sealed record LogPartition(
    string Name, long First, long Beyond, long Events, long TableBytes, long IndexBytes, bool IsSealed);

/// <summary>How large a table is.</summary>
/// <param name="Rows">As PostgreSQL estimates.</param>
public sealed record TableSize(string Name, long Rows, long TableBytes, long IndexBytes);

/// <summary>
/// The partitions of the log: made ahead of the writers, frozen once when full. Any number of instances may do both.
/// </summary>
public sealed class LogPartitions(NpgsqlDataSource dataSource, EventStoreOptions options)
{
    /// <summary>Empty partitions kept ahead of the last number drawn.</summary>
    public const int AheadCount = 2;

    /// <summary>Bound of one call, should the sequence have been moved far beyond the last partition.</summary>
    private const int MadePerCallMax = 100;

    /// <summary>How long making a partition waits for a lock; attaching one holds up no append.</summary>
    private static readonly TimeSpan LockWaitMax = TimeSpan.FromSeconds(2);

    private static readonly string SetLockTimeout = SqlText.Load(typeof(LogPartitions), "set_lock_timeout.sql");
    private static readonly string LockPartitions = SqlText.Load(typeof(LogPartitions), "lock_partitions.sql");
    private static readonly string CountAhead = SqlText.Load(typeof(LogPartitions), "count_ahead.sql");
    private static readonly string AddPartition = SqlText.Load(typeof(LogPartitions), "add_partition.sql");
    private static readonly string Unsealed = SqlText.Load(typeof(LogPartitions), "unsealed_partitions.sql");
    private static readonly string PartitionSizes = SqlText.Load(typeof(LogPartitions), "partition_sizes.sql");
    private static readonly string TableSizes = SqlText.Load(typeof(LogPartitions), "table_sizes.sql");

    /// <summary>Makes what is missing ahead of the last sequence number.</summary>
    /// <returns>The names of those made.</returns>
    /// <exception cref="PostgresException">A lock was not had in time; nothing is harmed, try later.</exception>
    public async Task<IReadOnlyList<string>> MakeAheadAsync(CancellationToken ct)
    {
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        if (await CountAheadAsync(connection, ct) >= AheadCount)
        {
            return [];
        }

        var made = new List<string>();
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await ExecuteAsync(connection, SetLockTimeout, SqlParameters.Text($"{LockWaitMax.TotalMilliseconds:0}ms"), ct);
        await ExecuteAsync(connection, LockPartitions, SqlParameters.Bigint(AdvisoryLocks.Partitions), ct);
        while (made.Count < MadePerCallMax && await CountAheadAsync(connection, ct) < AheadCount)
        {
            await using var add = new NpgsqlCommand(AddPartition, connection);
            add.Parameters.Add(SqlParameters.Bigint(options.PartitionEvents));
            made.Add((string)(await add.ExecuteScalarAsync(ct))!);
        }

        await transaction.CommitAsync(ct);
        return made;
    }

    /// <summary>
    /// Freezes partitions that are full, oldest first. Afterwards no vacuum reads one again: when its age asks for one, the
    /// visibility map says that there is nothing to do.
    /// </summary>
    /// <returns>The names of those frozen.</returns>
    public async Task<IReadOnlyList<string>> SealAsync(CancellationToken ct)
    {
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        var names = new List<string>();
        await using (var command = new NpgsqlCommand(Unsealed, connection))
        await using (var reader = await command.ExecuteReaderAsync(ct))
        {
            while (await reader.ReadAsync(ct))
            {
                names.Add(reader.GetString(0));
            }
        }

        foreach (var name in names)
        {
            // Names come quoted from PostgreSQL, and these commands take no parameters.
            await ExecuteUnboundedAsync(connection, $"vacuum (freeze, analyze) {name}", ct);
            await ExecuteUnboundedAsync(connection, $"comment on table {name} is 'sealed'", ct);
        }

        return names;
    }

    /// <summary>All partitions, oldest first.</summary>
    public async Task<IReadOnlyList<LogPartition>> ListAsync(CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(PartitionSizes);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var partitions = new List<LogPartition>();
        while (await reader.ReadAsync(ct))
        {
            partitions.Add(new(
                reader.GetString(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4),
                reader.GetInt64(5), reader.GetBoolean(6)));
        }

        return partitions;
    }

    /// <summary>The sizes of ordinary tables; those that do not exist are left out.</summary>
    public async Task<IReadOnlyList<TableSize>> SizesAsync(string[] tables, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(TableSizes);
        command.Parameters.Add(SqlParameters.Texts(tables));
        await using var reader = await command.ExecuteReaderAsync(ct);
        var sizes = new List<TableSize>();
        while (await reader.ReadAsync(ct))
        {
            sizes.Add(new(reader.GetString(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3)));
        }

        return sizes;
    }

    private static async Task<long> CountAheadAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var count = new NpgsqlCommand(CountAhead, connection);
        return (long)(await count.ExecuteScalarAsync(ct))!;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, NpgsqlParameter parameter, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.Add(parameter);
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Freezing a partition takes as long as it takes; it holds up no one.</summary>
    private static async Task ExecuteUnboundedAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var batch = new NpgsqlCommand("set statement_timeout = 0", connection);
        await batch.ExecuteNonQueryAsync(ct);
        try
        {
            await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
            await command.ExecuteNonQueryAsync(ct);
        }
        finally
        {
            await using var reset = new NpgsqlCommand("reset statement_timeout", connection);
            await reset.ExecuteNonQueryAsync(CancellationToken.None);
        }
    }
}
