using LeadScoring.Host.Feed;
using Marten;

namespace LeadScoring.Host.Broker;

/// <summary>Tells how the relay stands, whichever instance relays.</summary>
/// <param name="options">Null: this instance is told of no broker.</param>
public sealed class BrokerStatusReader(IDocumentStore store, BrokerOptions? options)
{
    public bool IsConfigured => options is not null;

    /// <summary>The relay as one tenant may see it.</summary>
    public async Task<BrokerStatus> ReadAsync(string tenantId, CancellationToken ct)
    {
        var status = await ReadStateAsync(ct);
        if (!IsConfigured) return status;
        await using var session = store.QuerySession(tenantId);
        var upTo = (await session.LoadAsync<RelayProgress>(RelayProgress.OnlyId, ct))?.UpTo ?? 0;
        var head = (await session.LoadAsync<FeedHead>(tenantId, ct))?.Position ?? 0;
        var position = await session.Query<FeedEntry>()
            .Where(e => e.LogSequence <= upTo)
            .OrderByDescending(e => e.Position)
            .Select(e => e.Position)
            .FirstOrDefaultAsync(ct);
        return status with { Position = position, Behind = Math.Max(0, head - position) };
    }

    /// <summary>The relay without a tenant's view: position and what is behind are 0.</summary>
    public async Task<BrokerStatus> ReadStateAsync(CancellationToken ct)
    {
        if (options is null) return new(BrokerState.Disabled, null, null, null, null, 0, 0);
        await using var session = store.QuerySession();
        return await session.LoadAsync<RelayState>(RelayProgress.OnlyId, ct) is { } relay
            ? new(relay.State, relay.Since, relay.LastError, relay.LastErrorAt, options.Exchange, 0, 0)
            : new(BrokerState.Connecting, null, null, null, options.Exchange, 0, 0);
    }
}
