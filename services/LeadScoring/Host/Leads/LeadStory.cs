using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;
using LeadScoring.Host.Events;

namespace LeadScoring.Host.Leads;

/// <summary>An event of a lead's stream.</summary>
/// <param name="Fact">Null when this program does not know the type: it counts as a version and changes nothing.</param>
public sealed record RecordedLeadEvent(RecordedEvent Recorded, LeadEvent? Fact)
{
    /// <summary>When it happened; when it was stored, if that is all that is known.</summary>
    public DateTimeOffset HappenedAt => Fact is null ? Recorded.At : LeadEvents.HappenedAt(Fact);

    /// <summary>It says of an engagement whether it was one.</summary>
    public bool IsRetractionOrRestoration => Fact is EngagementRetracted or EngagementRestored;
}

/// <summary>A lead's stream from its first event on, in version order; never empty.</summary>
public sealed record LeadStory(StreamKey Stream, IReadOnlyList<RecordedLeadEvent> Events)
{
    /// <summary>What the lead has done, and what was said about it afterwards.</summary>
    public EngagementHistory History => HistoryOf(Events);

    /// <summary>The lead all events tell. <see cref="Lead.Version"/> is the stream's version.</summary>
    public LeadDocument Document(ScoringModel model) => Fold(Events, model);

    /// <summary>The story as far as it was known at an instant: what was stored by then.</summary>
    /// <returns>Null when nothing was known yet.</returns>
    public LeadStory? KnownAt(DateTimeOffset knownAt)
    {
        var events = Events.TakeWhile(e => e.Recorded.At <= knownAt).ToList();
        return events.Count == 0 ? null : new(Stream, events);
    }

    /// <summary>
    /// The lead as it was at an instant, by when things happened, however late they became known. What was said of engagements
    /// counts from the beginning: a retracted one never was.
    /// </summary>
    /// <returns>Null when nothing had happened yet. Its version is that of the latest event taken in.</returns>
    public LeadDocument? DocumentAt(DateTimeOffset at, ScoringModel model)
    {
        var events = Events.Where(e => !e.IsRetractionOrRestoration && e.HappenedAt <= at).ToList();
        if (events.Count == 0) return null;
        var row = Fold(events, model);
        if (Events.Any(e => e.IsRetractionOrRestoration))
        {
            row = row with { Lead = row.Lead.WithHistory(HistoryOf([.. events, .. Events.Where(e => e.IsRetractionOrRestoration)]), model) };
        }

        return row.Lead.CapturedAt == default ? row with { Lead = BeforeCapture(row.Lead) } : row;
    }

    /// <summary>
    /// The lead without what its engagements add up to, which is most of the work for a long story: its score and its tally
    /// are empty. As of an instant, or of the latest event.
    /// </summary>
    /// <returns>Null when nothing had happened yet.</returns>
    public Lead? OutlineAt(DateTimeOffset? at, ScoringModel model)
    {
        Lead? lead = null;
        var latestEngagedAt = DateTimeOffset.MinValue;
        foreach (var e in Events)
        {
            if (at is not null && (e.IsRetractionOrRestoration || e.HappenedAt > at)) continue;
            lead ??= Lead.New(Stream.StreamId, model);
            if (e.Fact is EngagementRecorded engaged) latestEngagedAt = engaged.OccurredAt > latestEngagedAt ? engaged.OccurredAt : latestEngagedAt;
            else if (e.Fact is not null) lead = lead.Evolve(e.Fact, model);
        }

        return lead is null || lead.LatestAt > latestEngagedAt ? lead : lead with { LatestAt = latestEngagedAt };
    }

    private LeadDocument Fold(IReadOnlyList<RecordedLeadEvent> events, ScoringModel model)
    {
        var lead = Lead.New(Stream.StreamId, model);
        foreach (var e in events)
        {
            if (e.Fact is not null) lead = lead.Evolve(e.Fact, model);
        }

        if (!lead.Score.Exact) lead = lead.WithHistory(HistoryOf(events), model);
        return LeadDocument.Of(Stream.TenantId, lead with { Version = events[^1].Recorded.Version }, events[^1].Recorded.At, model, events[^1].Recorded.At);
    }

    private static EngagementHistory HistoryOf(IEnumerable<RecordedLeadEvent> events) => EngagementHistory.Of(events.Select(e => e.Fact).OfType<LeadEvent>());

    /// <summary>Engagements may have occurred before the service first heard of the lead.</summary>
    private Lead BeforeCapture(Lead lead) => lead with
    {
        CapturedAt = Events[0].HappenedAt,
        StageSince = lead.Engagements.FirstAt ?? Events[0].HappenedAt,
    };
}
