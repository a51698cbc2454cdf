using JasperFx;
using JasperFx.Events;
using LeadScoring.Domain.Scoring.Versions;
using LeadScoring.Host.Events;
using LeadScoring.Host.Storage;
using Marten;
using Marten.Events;
using Marten.Exceptions;
using Npgsql;
using EventDeserializationFailureException = Marten.Exceptions.EventDeserializationFailureException;

namespace LeadScoring.Host.Scoring.Models;

/// <summary>Reads and appends to the tenants' streams of scoring models.</summary>
public sealed class ModelStreams(IDocumentStore store, NpgsqlDataSource dataSource)
{
    private const string DatabaseClock = "select clock_timestamp()";

    /// <summary>Everything that was ever done to a tenant's models.</summary>
    /// <param name="knownAt">Only what was stored by then; null: all.</param>
    /// <exception cref="UnreadableModels"/>
    public async Task<ModelCatalog> ReadAsync(string tenantId, DateTimeOffset? knownAt, CancellationToken ct)
    {
        await using var session = store.QuerySession(tenantId);
        return await session.ReadOnAsync(ModelEvents.StreamOf(tenantId).StreamId, ModelCatalog.BuiltIn, upTo: long.MaxValue, ct, knownAt);
    }

    /// <summary>What was done since; a catalogue only grows. One who knows nothing begins with the document.</summary>
    /// <param name="upTo">The stream's version, at least.</param>
    /// <exception cref="UnreadableModels"/>
    public async Task<ModelCatalog> ReadOnAsync(string tenantId, ModelCatalog catalog, long upTo, CancellationToken ct)
    {
        var streamId = ModelEvents.StreamOf(tenantId).StreamId;
        await using var session = store.QuerySession(tenantId);
        if (catalog.StreamVersion == 0) catalog = (await session.LoadAsync<ScoringModels>(streamId, ct))?.ToCatalog() ?? catalog;
        return catalog.StreamVersion < upTo ? await session.ReadOnAsync(streamId, catalog, upTo, ct) : catalog;
    }

    /// <summary>The versions of all tenants' streams that have any event: what an instance looks at to know whether the models it holds still count.</summary>
    public async Task<IReadOnlyDictionary<string, long>> HeadsAsync(CancellationToken ct)
    {
        // Of the streams, not of the documents: another application appends without them.
        await using var command = dataSource.CreateCommand(
            "select d.tenant_id, s.version from mt_doc_scoring_models d join mt_streams s on s.tenant_id = d.tenant_id and s.id = d.id");
        await using var rows = await command.ExecuteReaderAsync(ct);
        var heads = new Dictionary<string, long>();
        while (await rows.ReadAsync(ct)) heads.Add(rows.GetString(0), rows.GetInt64(1));
        return heads;
    }

    /// <summary>The database's own clock, for <c>latest</c> below.</summary>
    public async Task<DateTimeOffset> ClockAsync(CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(DatabaseClock);
        return new((DateTime)(await command.ExecuteScalarAsync(ct))!, TimeSpan.Zero);
    }

    /// <param name="latest">By the database's clock: when it is later than this, nothing is stored; null: it may take as long as it takes.</param>
    /// <returns>False: it was too late, or somebody else changed the tenant's models meanwhile; nothing was stored.</returns>
    public async Task<bool> AppendAsync(
        string tenantId, ModelCatalog catalog, IReadOnlyList<ModelEvent> facts, EventMetadata metadata, DateTimeOffset? latest, CancellationToken ct)
    {
        await using var session = store.LightweightSession(tenantId);
        session.Carry(metadata);
        var appended = session.Events.Append(ModelEvents.StreamOf(tenantId).StreamId, catalog.StreamVersion + facts.Count, facts);
        foreach (var stored in appended.Events) stored.Timestamp = ((ModelEvent)stored.Data).At.ToUniversalTime();
        if (latest is { } end) ((ITransactionParticipantRegistrar)session).AddTransactionParticipant(new InTime(end));
        try
        {
            await session.SaveChangesAsync(ct);
            return true;
        }
        catch (Exception e) when (e is TooLate || StoreFailures.IsConflict(e))
        {
            return false;
        }
    }

    /// <summary>An event of a later program is none to Marten; it is counted all the same, by the next one's version or the stream's.</summary>
    internal static ModelCatalog Evolved(ModelCatalog catalog, IEvent stored) => catalog.Evolve((ModelEvent)stored.Data) with { StreamVersion = stored.Version };

    private sealed class TooLate : Exception;

    /// <summary>Looks at the clock after everything else is written and all that had to be waited for: what is late is rolled back.</summary>
    private sealed class InTime(DateTimeOffset latest) : ITransactionParticipant
    {
        public async Task BeforeCommitAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken token)
        {
            await using var command = new NpgsqlCommand(DatabaseClock, connection, transaction);
            if ((DateTime)(await command.ExecuteScalarAsync(token))! > latest.UtcDateTime) throw new TooLate();
        }
    }
}

/// <summary>Reads a stream of scoring models as far as this program understands it.</summary>
internal static class ModelStreamReading
{
    /// <summary>Only types this program knows are asked for: one of a later program would fail Marten's reading of the whole stream.</summary>
    /// <exception cref="UnreadableModels">The body of an event does not fit its type.</exception>
    public static async Task<ModelCatalog> ReadOnAsync(
        this IQuerySession session, Guid streamId, ModelCatalog catalog, long upTo, CancellationToken ct, DateTimeOffset? knownAt = null)
    {
        if (await session.Events.FetchStreamStateAsync(streamId, ct) is not { } stream) return catalog;
        var end = Math.Min(upTo, stream.Version);
        var after = catalog.StreamVersion;
        try
        {
            var events = await session.Events.QueryAllRawEvents()
                .Where(e => e.StreamId == streamId && e.Version > after && e.Version <= end && e.EventTypesAre(ModelEvents.ClrTypes))
                .OrderBy(e => e.Version)
                .ToListAsync(ct);
            var known = events.TakeWhile(e => !(e.Timestamp > knownAt)).Aggregate(catalog, ModelStreams.Evolved);
            return knownAt is null ? known with { StreamVersion = end } : known;
        }
        catch (EventDeserializationFailureException e)
        {
            throw new UnreadableModels(e);
        }
    }
}
