using LeadScoring.Domain;
using LeadScoring.Domain.Identities;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Qualification;
using LeadScoring.Host.Engagements;
using LeadScoring.Host.Events;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Leads.Rebuilding;
using LeadScoring.Host.Leads.Writing;
using Marten;

namespace LeadScoring.Host.DemoYear;

/// <summary>
/// Writes a year of a tenant's past: people, what they did, what marketing and sales answered. Every decision is the service's own,
/// taken at a simulated instant and stored as if then; the outcomes follow <see cref="DemoTruth"/>.
/// </summary>
public sealed class DemoYearRun(IDocumentStore store)
{
    private const int AppendsMax = 500;

    /// <summary>What is stored together lies this close together: the log is in the order of time but for as much.</summary>
    private static readonly TimeSpan BatchSpanMax = TimeSpan.FromHours(6);

    /// <exception cref="DemoYearRefused">The tenant has this year, or part of it, or its definition of a lead was changed.</exception>
    public async Task<DemoYearResult> RunAsync(DemoYearPlan plan, WorkProgress progress, CancellationToken ct)
    {
        if (plan.Models.Activations.Count > 0) throw new DemoYearRefused("The tenant's definition of a lead was changed: give a tenant whose was not.");
        var queue = new PriorityQueue<DemoStep, (DateTimeOffset At, long Order)>();
        var order = 0L;
        progress.Expect(plan.Leads);
        for (var number = 0; number < plan.Leads; number++) Enqueue(new DemoLead(plan, number).NextEngagement());

        var tally = new Tally();
        while (queue.Count > 0)
        {
            var batch = new List<(LeadDraft Draft, LeadDocument Document)>();
            var taken = new HashSet<DemoLead>();
            var follow = new List<DemoStep>();
            var first = queue.Peek().At;
            while (batch.Count < AppendsMax && queue.TryPeek(out var step, out _) && step.At - first <= BatchSpanMax && !taken.Contains(step.Lead))
            {
                queue.Dequeue();
                step.Lead.Waiting--;
                if (Take(plan, step, follow, tally) is not { } written) continue;
                taken.Add(step.Lead);
                batch.Add(written);
            }

            follow.ForEach(Enqueue);
            await StoreAsync(batch, ct);
            progress.Add(taken.Count(l => l.Waiting == 0), batch.Sum(b => b.Draft.Events.Count));
        }

        return tally.Result(plan.Leads);

        void Enqueue(DemoStep? step)
        {
            if (step is null || step.At > plan.To) return;
            step.Lead.Waiting++;
            queue.Enqueue(step, (step.At, order++));
        }
    }

    /// <returns>Null when there is nothing to store.</returns>
    private static (LeadDraft Draft, LeadDocument Document)? Take(DemoYearPlan plan, DemoStep step, List<DemoStep> follow, Tally tally)
    {
        var (lead, stored) = (step.Lead, step.Lead.Lead.Version);
        var model = plan.Models.At(step.At);
        var decision = Decide(step, new(step.At, model) { Models = plan.Models });
        var at = lead.Lead.ClockAt(step.At);
        if (decision is not null) follow.AddRange(lead.Take(decision, model, at));
        if (step.IsOwn && lead.NextEngagement() is { } next) follow.Add(next);
        if (decision is null or { Events.Count: 0 }) return null;

        tally.Add(decision.Events);
        var version = stored;
        var draft = new LeadDraft(lead.Stream, lead.Lead, stored, step.At, isRemembered: false);
        draft.Events.AddRange(decision.Events.Select(fact => EventTypes.ToNewEvent(IdOf(plan, lead, fact, ++version), fact, EventMetadata.None)));
        draft.Claims.AddRange(decision.Events.OfType<IdentityLinked>().Select(e => new Identity(e.Kind, e.Value)));
        var document = LeadDocument.Of(plan.TenantId, lead.Lead, step.At, model, step.At);

        // A service beside must not remind people of what the year itself will answer.
        if (lead.Waiting > 0 || follow.Exists(s => s.Lead == lead && s.At <= plan.To)) document = document with { TimerDueAt = null };
        return (draft, document);
    }

    /// <returns>Null: the rules refuse what was planned, since the lead moved on meanwhile.</returns>
    private static Decision? Decide(DemoStep step, Facts facts)
    {
        try
        {
            var decision = Decision.Take(step.Lead.Lead, step.Command, facts);
            return decision.HistoryNeeded ? Decision.Take(step.Lead.Lead, step.Command, facts, step.Lead.History) : decision;
        }
        catch (RuleViolation)
        {
            return null;
        }
    }

    private static Guid IdOf(DemoYearPlan plan, DemoLead lead, LeadEvent fact, long version) => fact is EngagementRecorded engagement
        ? EngagementId.Of(plan.TenantId, engagement.Source, engagement.Id)
        : EngagementId.Of(plan.TenantId, "demo_year_event", $"{lead.Stream.StreamId}/{version}");

    private async Task StoreAsync(List<(LeadDraft Draft, LeadDocument Document)> batch, CancellationToken ct)
    {
        if (batch.Count == 0) return;
        var round = new StoreRound([.. batch.Select(b => b.Draft)], [.. batch.Select(b => b.Document)]);
        await using var session = store.LightweightSession();
        session.QueueOperation(round);
        await session.SaveChangesAsync(ct);
        if (round.Outcomes.Any(o => o != StoreOutcome.Stored))
        {
            throw new DemoYearRefused("The tenant has this year, or part of it, already: give another seed or another tenant.");
        }
    }

    private sealed class Tally
    {
        private readonly Dictionary<Type, long> _counts = [];

        public void Add(IReadOnlyList<LeadEvent> facts)
        {
            foreach (var fact in facts) _counts[fact.GetType()] = _counts.GetValueOrDefault(fact.GetType()) + 1;
        }

        public DemoYearResult Result(int leads) => new(
            leads, _counts.Values.Sum(), Of<MarketingQualified>(), Of<SalesAccepted>(), Of<SalesRejected>(), Of<OpportunityOpened>(), Of<OpportunityWon>());

        private long Of<T>() => _counts.GetValueOrDefault(typeof(T));
    }
}
