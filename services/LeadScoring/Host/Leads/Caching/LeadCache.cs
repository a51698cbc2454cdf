using System.Collections.Concurrent;
using LeadScoring.Domain.Identities;
using LeadScoring.Host.Events;
using LeadScoring.Host.Leads.Writing;
using Microsoft.Extensions.Options;

namespace LeadScoring.Host.Leads.Caching;

/// <summary>
/// Leads this instance wrote or read a moment ago, so that a busy lead is not loaded and parsed again at every turn. It is
/// only ever a guess: a write is guarded by the stream's version and a read compares it, so what another instance did
/// meanwhile costs a second look and is never overlooked.
/// </summary>
/// <remarks>
/// Bounded by two generations: what is used moves to the younger one, and when that is full the older one is dropped whole.
/// </remarks>
public sealed class LeadCache
{
    private readonly Lock _turn = new();
    private readonly int _generationMax;
    private readonly TimeProvider _clock;
    private Generation _young = new();
    private Generation _old = new();

    public LeadCache(IOptions<WriterOptions> options, TimeProvider clock)
    {
        _generationMax = options.Value.CachedLeadsMax / 2;
        _clock = clock;
    }

    /// <summary>Who holds an identity is looked up anew after this: a rebuild may have given it to another lead.</summary>
    public static readonly TimeSpan TrustedMax = TimeSpan.FromMinutes(5);

    /// <summary>The lead as this instance last knew it; null when it does not.</summary>
    public LeadDocument? Find(StreamKey stream) => Known(stream)?.Document;

    /// <summary>The version this instance last knew; null: it does not know the lead.</summary>
    public long? VersionOf(StreamKey stream) => Known(stream)?.Document.Version;

    /// <summary>The lead that held an identity when this instance last looked; null when it does not know.</summary>
    public StreamKey? HolderOf(string tenantId, Identity identity)
    {
        var name = new TenantIdentity(tenantId, LeadIdentity.IdOf(identity));
        return _young.Holders.TryGetValue(name, out var id) || _old.Holders.TryGetValue(name, out id) ? new(tenantId, id) : null;
    }

    /// <summary>Remembers a lead as the store had it a moment ago. It must tell all of its stream.</summary>
    public void PutLoaded(LeadDocument lead) => Put(lead, loadedAt: _clock.GetTimestamp());

    /// <summary>Remembers a lead as this instance has just committed it.</summary>
    public void PutWritten(LeadDocument lead) => Put(lead, loadedAt: null);

    /// <summary>Forgets a lead: the store said that it is not as it was known.</summary>
    public void Drop(StreamKey stream)
    {
        _young.Leads.TryRemove(stream, out _);
        _old.Leads.TryRemove(stream, out _);
    }

    private CachedLead? Known(StreamKey stream)
    {
        if (_young.Leads.TryGetValue(stream, out var found)) return IsTrusted(found) ? found : null;
        if (!_old.Leads.TryGetValue(stream, out found) || !IsTrusted(found)) return null;
        Keep(stream, found);
        return found;
    }

    private void Put(LeadDocument lead, long? loadedAt)
    {
        if (_generationMax == 0) return;
        var stream = new StreamKey(lead.TenantId, lead.Id);
        var known = _young.Leads.GetValueOrDefault(stream) ?? _old.Leads.GetValueOrDefault(stream);
        if (known is not null && known.Document.Version > lead.Version) return;
        Keep(stream, new(lead, loadedAt ?? known?.LoadedAt ?? _clock.GetTimestamp()));
    }

    private bool IsTrusted(CachedLead found) => _clock.GetElapsedTime(found.LoadedAt) < TrustedMax;

    private void Keep(StreamKey stream, CachedLead lead)
    {
        var young = _young;
        if (young.Leads.TryGetValue(stream, out var before))
        {
            young.Leads[stream] = lead;
            if (before.Document.Lead.Identities.Count == lead.Document.Lead.Identities.Count) return; // A lead's names only ever get more.
        }
        else
        {
            young.Leads[stream] = lead;
            if (Interlocked.Increment(ref young.Count) >= _generationMax) Age(young);
        }

        foreach (var identity in lead.Document.Lead.Identities) young.Holders[new(stream.TenantId, LeadIdentity.IdOf(identity))] = stream.StreamId;
    }

    private void Age(Generation full)
    {
        lock (_turn)
        {
            if (_young != full) return;
            _old = full;
            _young = new();
        }
    }

    private sealed record CachedLead(LeadDocument Document, long LoadedAt);

    private sealed class Generation
    {
        public readonly ConcurrentDictionary<StreamKey, CachedLead> Leads = new();
        public readonly ConcurrentDictionary<TenantIdentity, Guid> Holders = new();
        public int Count;
    }
}
