using Marten;

namespace LeadScoring.Host.Broker;

/// <summary>How far everything is with the broker.</summary>
public sealed record RelayProgress
{
    public const string OnlyId = "broker";

    public string Id { get; init; } = OnlyId;

    /// <summary>A log sequence: every entry of any feed up to it is confirmed.</summary>
    public long UpTo { get; init; }
}

/// <summary>How the relay to the broker stands, so that every instance can tell.</summary>
public sealed record RelayState
{
    public string Id { get; init; } = RelayProgress.OnlyId;

    public BrokerState State { get; init; }

    public DateTimeOffset Since { get; init; }

    public string? LastError { get; init; }

    public DateTimeOffset? LastErrorAt { get; init; }
}

/// <summary>The relay's documents, as Marten is told of them: they are of no tenant.</summary>
public static class RelayDocuments
{
    public static void Configure(StoreOptions options)
    {
        options.Schema.For<RelayProgress>().DocumentAlias("relay_progress").SingleTenanted().UseNumericRevisions(true);
        options.Schema.For<RelayState>().DocumentAlias("relay_state").SingleTenanted();
    }
}

/// <summary>The stored <see cref="RelayProgress"/>, moved by one relay at a time.</summary>
internal sealed class RelayPosition(IDocumentStore store)
{
    private long _revision;

    /// <summary>A log sequence, as this instance last saw or wrote it.</summary>
    public long SavedUpTo { get; private set; }

    /// <summary>Reads it; the very first time in this database it is made.</summary>
    public async Task<long> ReadAsync(BrokerStart start, CancellationToken ct)
    {
        await using var session = store.LightweightSession();
        if (await session.LoadAsync<RelayProgress>(RelayProgress.OnlyId, ct) is { } known)
        {
            _revision = (await session.MetadataForAsync(known, ct)).CurrentRevision;
            return SavedUpTo = known.UpTo;
        }

        var first = new RelayProgress { UpTo = start == BrokerStart.Now ? await store.Storage.Database.FetchHighestEventSequenceNumber(ct) : 0 };
        session.Insert(first);
        await session.SaveChangesAsync(ct);
        _revision = 1;
        return SavedUpTo = first.UpTo;
    }

    /// <exception cref="JasperFx.ConcurrencyException">Another relay has moved it.</exception>
    public async Task SaveAsync(long upTo, CancellationToken ct)
    {
        await using var session = store.LightweightSession();
        session.UpdateRevision(new RelayProgress { UpTo = upTo }, _revision + 1);
        await session.SaveChangesAsync(ct);
        _revision++;
        SavedUpTo = upTo;
    }
}
