using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;
using LeadScoring.Host.Events;
using LeadScoring.Host.Scoring.Models;

namespace LeadScoring.Host.Leads;

/// <summary>Leads and models as they were, as far as they were known.</summary>
public sealed class TimeTravel(LeadStreams streams, ModelStreams models, TenantModels known)
{
    /// <summary>What was known of a lead; null: nothing yet, or there is no such lead.</summary>
    public async Task<(LeadStory? Story, bool Exists)> StoryAsync(StreamKey lead, AsOf moment, CancellationToken ct)
    {
        var story = await streams.ReadAsync(lead, ct: ct);
        return (moment.KnownAt is { } knownAt ? story?.KnownAt(knownAt) : story, story is not null);
    }

    /// <summary>The model that held at the moment, by what was known of models then.</summary>
    public async Task<ScoringModel> ModelAsync(string tenantId, AsOf moment, CancellationToken ct) =>
        (moment.KnownAt is { } knownAt ? (await models.ReadAsync(tenantId, knownAt, ct)).Timeline() : known.Of(tenantId)).At(moment.At);

    /// <returns>Null when nothing of the lead had happened yet.</returns>
    public static LeadDocument? DocumentAt(LeadStory story, AsOf moment, ScoringModel model) =>
        moment.TakesAll ? story.Document(model) : story.DocumentAt(moment.At, model);

    /// <inheritdoc cref="LeadStory.OutlineAt"/>
    public static Lead? OutlineAt(LeadStory story, AsOf moment, ScoringModel model) =>
        story.OutlineAt(moment.TakesAll ? null : moment.At, model);
}
