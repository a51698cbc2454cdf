using System.Globalization;
using LeadScoring.Domain.Engagements;
using LeadScoring.Domain.Identities;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Qualification;
using LeadScoring.Domain.Scoring;
using LeadScoring.Host.Engagements;
using LeadScoring.Host.Events;

namespace LeadScoring.Host.DemoYear;

/// <summary>One person of the demo year, and how marketing and sales treat them.</summary>
internal sealed class DemoLead
{
    private const double DeclinedShare = 0.08;

    private readonly Queue<EngagementRecorded> _engagements;
    private readonly IReadOnlyDictionary<string, Domain.Scalar?> _attributes;
    private readonly Random _random;
    private readonly Identity _name;

    public DemoLead(DemoYearPlan plan, int number)
    {
        // Mixed, so that neighbours are not alike.
        _random = new Random(unchecked((plan.Seed * 397) ^ (number * 7919)));
        var name = string.Create(CultureInfo.InvariantCulture, $"demo-year-{plan.Seed}-{number}");
        Stream = new(plan.TenantId, EngagementId.Of(plan.TenantId, "demo_year_lead", name));
        _name = new(IdentityKind.ExternalId, name);
        _attributes = DemoJourney.Attributes(_random);
        _engagements = new(DemoJourney.Engagements(name, plan.From, plan.To, _random));
        Lead = Lead.New(Stream.StreamId, plan.Models.First);
    }

    public StreamKey Stream { get; }

    public Lead Lead { get; private set; }

    public EngagementHistory History { get; } = new();

    /// <summary>Steps that wait their turn.</summary>
    public int Waiting { get; set; }

    /// <summary>What the person does next.</summary>
    public DemoStep? NextEngagement()
    {
        if (!_engagements.TryDequeue(out var engagement)) return null;
        return new(this, engagement.OccurredAt.AddSeconds(1 + _random.Next(20)), new RecordEngagement(engagement, Lead.Version == 0 ? [_name] : [], []), IsOwn: true);
    }

    /// <summary>What follows from a decision: enrichment, marketing's review, sales' answer, and so on.</summary>
    public IEnumerable<DemoStep> Take(Decision decision, ScoringModel model, DateTimeOffset at)
    {
        var wasUnknown = Lead.Version == 0;
        Lead = decision.Lead;
        foreach (var fact in decision.Events) History.Add(fact);
        if (wasUnknown) yield return Later(at, hours: 1, hoursMore: 20, new ChangeAttributes(_attributes, "enrichment"));
        foreach (var fact in decision.Events)
        {
            if (React(fact, model, at) is { } step) yield return step;
        }

        if (decision.Events.Any(e => e is not EngagementRecorded) && RaiseDueTimers.NextAt(Lead) is { } due) yield return new(this, due, new RaiseDueTimers(), IsOwn: false);
    }

    private DemoStep? React(LeadEvent fact, ScoringModel model, DateTimeOffset at) => fact switch
    {
        AutomationQualified => Later(at, hours: 2, hoursMore: 40, _random.NextDouble() < DeclinedShare ? new DeclineLead("mia") : new QualifyLead("mia")),
        MarketingQualified => Later(at, hours: 2, hoursMore: 26, Happens(DemoTruth.Acceptance(Lead, model, at))
            ? new AcceptLead("ann")
            : new RejectLead("ann", _random.Next(2) == 0 ? RejectionReason.WrongPersona : RejectionReason.Other)),
        SalesAccepted => Later(at, hours: 72, hoursMore: 400, Happens(DemoTruth.Opportunity(Lead, model, at))
            ? new OpenOpportunity("ann", 5_000 + (500 * _random.Next(60)), "EUR")
            : _random.Next(3) == 0 ? new DisqualifyLead("ann", DisqualificationReason.NoNeed) : new RecycleLead("ann", RecycleReason.NotReady)),
        OpportunityOpened => Later(at, hours: 200, hoursMore: 1_200, Happens(DemoTruth.Win(Lead, model, at))
            ? new WinOpportunity("ann")
            : new LoseOpportunity("ann", LossReason.NoDecision)),
        _ => null,
    };

    private bool Happens(double probability) => _random.NextDouble() < probability;

    private DemoStep Later(DateTimeOffset at, double hours, double hoursMore, ILeadCommand command) =>
        new(this, at.AddSeconds(Math.Round((hours + (hoursMore * _random.NextDouble())) * 3_600)), command, IsOwn: false);
}

/// <param name="IsOwn">The person does it; then comes what they do next.</param>
internal sealed record DemoStep(DemoLead Lead, DateTimeOffset At, ILeadCommand Command, bool IsOwn);
