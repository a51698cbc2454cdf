using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;
using LeadScoring.EventStore;
using LeadScoring.EventStore.Events;
using LeadScoring.Host.Scoring.Models;

namespace LeadScoring.Host.Leads;

/// <summary>Reads leads' streams as the domain's events.</summary>
public sealed class LeadStreams(IEventStore store, EventTypes types, TenantModels models)
{
    /// <summary>The whole story of a lead; null when there is no such stream.</summary>
    /// <param name="upToVersion">The last version taken in.</param>
    public async Task<LeadStory?> ReadAsync(StreamKey stream, long upToVersion = long.MaxValue, CancellationToken ct = default)
    {
        var events = new List<RecordedLeadEvent>();
        await foreach (var recorded in store.ReadStreamAsync(stream, afterVersion: 0, ct))
        {
            if (recorded.Version > upToVersion) break;
            events.Add(Read(recorded));
        }

        return events.Count == 0 ? null : new(stream, events);
    }

    /// <summary>What a lead had done up to a version of its stream.</summary>
    public async Task<EngagementHistory> HistoryAsync(StreamKey stream, long upToVersion, CancellationToken ct) =>
        await ReadAsync(stream, upToVersion, ct) is { } story ? story.History : new();

    /// <summary>The lead its stream tells up to a version, under the model that holds now.</summary>
    /// <exception cref="InvalidOperationException">The stream is empty.</exception>
    public Task<LeadDocument> FoldAsync(StreamKey stream, long upToVersion, CancellationToken ct) =>
        FoldAsync(stream, upToVersion, models.Now(stream.TenantId), ct);

    /// <inheritdoc cref="FoldAsync(StreamKey, long, CancellationToken)"/>
    public async Task<LeadDocument> FoldAsync(StreamKey stream, long upToVersion, ScoringModel model, CancellationToken ct) =>
        await ReadAsync(stream, upToVersion, ct) is { } story
            ? story.Document(model)
            : throw new InvalidOperationException($"The stream {stream.StreamId} holds no event.");

    /// <summary>A stored event as the domain's.</summary>
    public RecordedLeadEvent Read(RecordedEvent recorded) => new(recorded, types.Read(recorded) as LeadEvent);
}
