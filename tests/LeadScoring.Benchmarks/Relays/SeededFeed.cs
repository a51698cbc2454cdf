using LeadScoring.Host.Storage;
using LeadScoring.Contracts;
using Npgsql;

namespace LeadScoring.Benchmarks.Relays;

/// <summary>A feed as the subscription would have written it, a piece at a time.</summary>
internal sealed class SeededFeed(NpgsqlDataSource source, RelayOptions options)
{
    private static readonly string AddFeedEntries = SqlText.Load(typeof(SeededFeed), "add_feed_entries.sql");
    private static readonly string MoveFeedHead = SqlText.Load(typeof(SeededFeed), "move_feed_head.sql");
    private static readonly string ReadRelayPosition = SqlText.Load(typeof(SeededFeed), "read_relay_position.sql");
    private static readonly string ReadFeedMessages = SqlText.Load(typeof(SeededFeed), "read_feed_messages.sql");

    /// <summary>The position of the last event.</summary>
    public long Head { get; private set; }

    /// <summary>Adds events at the end; they are seen all at once, when this returns.</summary>
    public async Task AddAsync(int events, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var add = new NpgsqlCommand(AddFeedEntries, connection) { CommandTimeout = 0 })
        {
            add.Parameters.AddRange(new NpgsqlParameter[]
            {
                new() { Value = Head }, new() { Value = events }, new() { Value = options.Leads },
                new() { Value = IntegrationEventTypes.All.ToArray() }, new() { Value = options.BodyBytes },
            });
            await add.ExecuteNonQueryAsync(ct);
        }

        await using (var move = new NpgsqlCommand(MoveFeedHead, connection))
        {
            move.Parameters.Add(new() { Value = Head + events });
            await move.ExecuteNonQueryAsync(ct);
        }

        await transaction.CommitAsync(ct);
        Head += events;
    }

    /// <returns>How far the relay has stored to be; -1: it has not begun.</returns>
    public async Task<long> RelayedUpToAsync(CancellationToken ct)
    {
        await using var read = source.CreateCommand(ReadRelayPosition);
        return (long)(await read.ExecuteScalarAsync(ct))!;
    }

    public async Task<IReadOnlyList<FeedMessage>> ReadAsync(long after, CancellationToken ct)
    {
        await using var read = source.CreateCommand(ReadFeedMessages);
        read.Parameters.Add(new() { Value = after });
        await using var rows = await read.ExecuteReaderAsync(ct);
        var messages = new List<FeedMessage>();
        while (await rows.ReadAsync(ct))
        {
            messages.Add(new(rows.GetGuid(0), rows.GetString(1), rows.GetFieldValue<DateTimeOffset>(2), rows.GetFieldValue<byte[]>(3)));
        }

        return messages;
    }
}

/// <summary>What is sent of one event.</summary>
internal sealed record FeedMessage(Guid Id, string Type, DateTimeOffset At, byte[] Body);
