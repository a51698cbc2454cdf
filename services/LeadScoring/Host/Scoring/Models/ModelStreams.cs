using LeadScoring.Domain.Scoring.Versions;
using LeadScoring.EventStore;
using LeadScoring.EventStore.Events;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Scoring.Models;

/// <summary>Reads and appends to the tenants' streams of scoring models.</summary>
public sealed class ModelStreams(NpgsqlDataSource dataSource, IEventStore store, EventTypes types)
{
    private static readonly string ReadModelHeads = SqlText.Load(typeof(ModelStreams), "read_model_heads.sql");
    private static readonly string ReadDatabaseClock = SqlText.Load(typeof(ModelStreams), "read_database_clock.sql");
    private static readonly string PutModelHead = SqlText.Load(typeof(ModelStreams), "put_model_head.sql");

    /// <summary>Everything that was ever done to a tenant's models.</summary>
    /// <param name="knownAt">Only what was stored by then; null: all.</param>
    public async Task<ModelCatalog> ReadAsync(string tenantId, DateTimeOffset? knownAt, CancellationToken ct)
    {
        var catalog = ModelCatalog.BuiltIn;
        await foreach (var recorded in store.ReadStreamAsync(ModelEvents.StreamOf(tenantId), afterVersion: 0, ct))
        {
            if (recorded.At > knownAt) break;
            catalog = Evolved(catalog, recorded);
        }

        return catalog;
    }

    /// <summary>What was done since; a catalogue only grows.</summary>
    public async Task<ModelCatalog> ReadOnAsync(string tenantId, ModelCatalog catalog, CancellationToken ct)
    {
        await foreach (var recorded in store.ReadStreamAsync(ModelEvents.StreamOf(tenantId), catalog.StreamVersion, ct))
        {
            catalog = Evolved(catalog, recorded);
        }

        return catalog;
    }

    /// <summary>The versions of all tenants' streams that have any event.</summary>
    public async Task<IReadOnlyDictionary<string, long>> HeadsAsync(CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(ReadModelHeads);
        await using var rows = await command.ExecuteReaderAsync(ct);
        var heads = new Dictionary<string, long>();
        while (await rows.ReadAsync(ct)) heads.Add(rows.GetString(0), rows.GetInt64(1));
        return heads;
    }

    /// <summary>The database's own clock, for <c>latest</c> below.</summary>
    public async Task<DateTimeOffset> ClockAsync(CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(ReadDatabaseClock);
        return new((DateTime)(await command.ExecuteScalarAsync(ct))!, TimeSpan.Zero);
    }

    /// <param name="latest">By the database's clock: when it is later than this, nothing is stored; null: it may take as long as it takes.</param>
    /// <returns>False: it was too late, or somebody else changed the tenant's models meanwhile; nothing was stored.</returns>
    public async Task<bool> AppendAsync(
        string tenantId, ModelCatalog catalog, IReadOnlyList<ModelEvent> facts, EventMetadata metadata, DateTimeOffset at, DateTimeOffset? latest, CancellationToken ct)
    {
        var append = new StreamAppend(
            ModelEvents.StreamOf(tenantId),
            ModelEvents.StreamType,
            catalog.StreamVersion,
            [.. facts.Select(f => types.ToNewEvent(Guid.CreateVersion7(at), f, metadata))],
            Claims: [],
            at);
        var head = Sql.BatchCommand(
            PutModelHead,
            Sql.Of(tenantId, NpgsqlDbType.Text),
            Sql.Of(catalog.StreamVersion + facts.Count, NpgsqlDbType.Bigint),
            Sql.Of(latest, NpgsqlDbType.TimestampTz));
        try
        {
            return (await store.AppendAsync([append], [head], ct))[0].Outcome == AppendOutcome.Appended;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.DivisionByZero)
        {
            return false; // Too late: the statement divides by nothing then, so that nothing is stored.
        }
    }

    /// <summary>An event of a later program means nothing here, and is counted all the same: appends state the stream's version.</summary>
    private ModelCatalog Evolved(ModelCatalog catalog, RecordedEvent recorded) =>
        (types.Read(recorded) is ModelEvent fact ? catalog.Evolve(fact) : catalog) with { StreamVersion = recorded.Version };
}
