using JasperFx.Events;
using JasperFx.Events.Aggregation;
using JasperFx.Events.Daemon;
using JasperFx.Events.Projections;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;
using Marten;
using Marten.Events.Aggregation;

namespace LeadScoring.Host.Leads;

/// <summary>A lead's document, made of its stream by the Domain's fold. Inline: written in the transaction of the events.</summary>
public sealed class LeadProjection : SingleStreamProjection<LeadDocument, Guid>
{
    private readonly Func<string, ModelTimeline> _models;

    /// <param name="models">Which model held when, by tenant.</param>
    public LeadProjection(Func<string, ModelTimeline> models) => (_models, Name) = (models, "Lead");

    /// <summary>The fold needs the tenant's model, and where a late arrival cannot be placed the lead's whole history.</summary>
    public override async ValueTask<(LeadDocument?, ActionType)> DetermineActionAsync(
        IQuerySession session,
        LeadDocument? snapshot,
        Guid identity,
        IIdentitySetter<LeadDocument, Guid> identitySetter,
        IReadOnlyList<IEvent> events,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(events);
        var facts = events.Where(e => e.Data is LeadEvent).ToList();
        if (facts.Count == 0) return (snapshot, ActionType.Nothing);
        var timeline = _models(session.TenantId);
        var at = events[^1].Timestamp;
        var model = timeline.At(snapshot?.Lead.ClockAt(at) ?? at);
        var lead = snapshot is null ? Lead.New(identity, model) : snapshot.Lead.Under(model, timeline, history: null);
        if (lead is not null) lead = facts.Aggregate(lead, (l, e) => l.Evolve((LeadEvent)e.Data, model));
        if (lead is not { Score.Exact: true }) lead = await FoldAsync(session, identity, facts, model, cancellation);
        return (LeadDocument.Of(session.TenantId, lead, at, model, at), ActionType.Store);
    }

    private static async Task<Lead> FoldAsync(
        IQuerySession session, Guid identity, IReadOnlyList<IEvent> added, ScoringModel model, CancellationToken ct)
    {
        var stored = await session.Events.FetchStreamAsync(identity, token: ct);
        var known = stored.Select(e => e.Id).ToHashSet();
        return Lead.Of(identity, [.. stored.Concat(added.Where(e => !known.Contains(e.Id))).Select(e => e.Data).OfType<LeadEvent>()], model);
    }
}
