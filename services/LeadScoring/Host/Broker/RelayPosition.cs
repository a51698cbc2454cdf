using LeadScoring.EventStore;
using LeadScoring.EventStore.Checkpoints;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Broker;

/// <summary>How far everything is with the broker, as the database remembers it.</summary>
/// <param name="store">Tells what has happened before now, published or not.</param>
internal sealed class RelayPosition(NpgsqlDataSource dataSource, IEventStore store)
{
    /// <summary>Of the row in <c>mt_event_progression</c>.</summary>
    public const string Name = "Broker:All";

    private static readonly string HasCheckpoint = SqlText.Load(typeof(RelayPosition), "has_checkpoint.sql");

    private readonly Checkpoint _checkpoint = new(Name);

    /// <summary>A log sequence, as this instance last saw or wrote it.</summary>
    public long SavedUpTo { get; private set; }

    /// <summary>Reads it; the very first time in this database it is made.</summary>
    /// <exception cref="FencedException">Another relay made it meanwhile.</exception>
    public async Task<long> ReadAsync(BrokerStart start, CancellationToken ct)
    {
        if (await ExistsAsync(ct)) return SavedUpTo = await _checkpoint.ReadAsync(dataSource, ct);
        SavedUpTo = 0;
        await SaveAsync(start == BrokerStart.Now ? await store.LastNumberAsync(ct) : 0, ct);
        return SavedUpTo;
    }

    /// <exception cref="FencedException">Another relay has moved it.</exception>
    public async Task SaveAsync(long upTo, CancellationToken ct)
    {
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        await _checkpoint.AdvanceAsync(connection, SavedUpTo, upTo, ct);
        SavedUpTo = upTo;
    }

    private async Task<bool> ExistsAsync(CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(HasCheckpoint);
        command.Parameters.Add(Sql.Of(Name, NpgsqlDbType.Text));
        return await command.ExecuteScalarAsync(ct) is true;
    }
}
