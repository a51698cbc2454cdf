using LeadScoring.Domain;
using LeadScoring.Domain.Engagements;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Nurture;
using LeadScoring.Domain.Qualification;
using LeadScoring.Domain.Scoring;

namespace LeadScoring.Specs;

/// <summary>
/// Given what happened to a lead, when somebody asks something of it, then this happens. The words of every spec; behind
/// them stand the production fold and decision, a fixed clock and the default model.
/// </summary>
public static class Story
{
    /// <summary>A Monday morning.</summary>
    public static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    public static readonly Guid LeadId = new("5f3c0a52-7f0e-4e3a-9a61-0d5a3f6e2b11");

    public static ScoringModel Model => ScoringModelDocument.Default;

    public static Past Given(params LeadEvent[] events) => new(events, Model, Now);

    public static DateTimeOffset DaysAgo(double days) => Now.AddDays(-days);

    public static LeadCaptured Captured => new("web", DaysAgo(400));

    /// <summary>An engagement recorded when it occurred.</summary>
    public static EngagementRecorded Engaged(string type, double daysAgo = 0, string? id = null) =>
        new("web", id ?? $"{type}-{daysAgo}", type, DaysAgo(daysAgo));

    public static LeadEvent[] Times(int count, string type, double daysAgo = 0) =>
        [.. Enumerable.Range(1, count).Select(i => Engaged(type, daysAgo, $"{type}-{daysAgo}-{i}"))];

    public static AttributesChanged Knows(string name, Scalar value) =>
        new(new Dictionary<string, Scalar?> { [name] = value }, "enrichment", DaysAgo(390));

    public static AutomationQualified AwaitingReview(double score = 100, int cycle = 1, double daysAgo = 11) =>
        new(cycle, JudgementOf(score), DaysAgo(daysAgo));

    public static MarketingQualified Qualified(double score = 100, int cycle = 1, double daysAgo = 10) =>
        new(
            cycle,
            QualificationReason.Review,
            "mia",
            JudgementOf(score),
            new(0, new Dictionary<string, int>(), null, null, [], []),
            AcceptanceDueAt: DaysAgo(daysAgo - 1),
            At: DaysAgo(daysAgo));

    public static SalesAccepted Accepted => new(Cycle: 1, "ann", Owner: "ann", DaysAgo(9));

    public static OpportunityOpened Opened(decimal? amount = null, string? currency = null) =>
        new(Cycle: 1, "ann", amount, currency, Note: null, DaysAgo(8));

    public static OpportunityWon Won => new(Cycle: 1, "ann", Amount: null, Currency: null, Note: null, DaysAgo(7));

    public static LeadDisqualified Disqualified => new(
        Cycle: 1, "ann", DisqualificationReason.NoBudget, Rejection: null, Note: null, DaysAgo(6));

    /// <summary>Ended its first cycle ten days ago.</summary>
    public static LeadRecycled Recycled(
        RecycleReason reason = RecycleReason.NotReady, double daysAgo = 10, double coolDownDays = 5) =>
        new(Cycle: 1, "ann", reason, Note: null, DaysAgo(daysAgo - coolDownDays), DaysAgo(daysAgo));

    /// <summary>A producer posts what a person did just now, or <paramref name="daysAgo"/>.</summary>
    public static RecordEngagement Posts(string type, double daysAgo = 0, string id = "posted") =>
        new(Engaged(type, daysAgo, id), Link: [], Conflicts: []);

    private static Judgement JudgementOf(double score) => new(score, score, Fit: 0, Grade.C, Model.Id, []);
}

/// <summary>What has happened to a lead, and under which model and at what time it is asked something.</summary>
public sealed record Past(IReadOnlyList<LeadEvent> Events, ScoringModel Model, DateTimeOffset Now)
{
    public AcceptanceTerms Acceptance { get; init; } = AcceptanceTerms.AroundTheClock;

    public NurtureCadence? Cadence { get; init; }

    public Lead Lead => Lead.Of(Story.LeadId, Events, Model);

    public Past And(params IEnumerable<LeadEvent> events) => this with { Events = [.. Events, .. events] };

    public Past Under(ScoringModel model) => this with { Model = model };

    public Past At(DateTimeOffset now) => this with { Now = now };

    public Past By(AcceptanceTerms acceptance) => this with { Acceptance = acceptance };

    public Past By(NurtureCadence cadence) => this with { Cadence = cadence };

    /// <summary>Decides as the service does: without the history first, with it when the decision asks for it.</summary>
    public Outcome When(ILeadCommand command)
    {
        var facts = new Facts(Now, Model) { Acceptance = Acceptance, Cadence = Cadence };
        try
        {
            var decision = Decision.Take(Lead, command, facts);
            if (decision.HistoryNeeded)
            {
                decision = Decision.Take(Lead, command, facts, EngagementHistory.Of(Events));
            }

            decision.HistoryNeeded.ShouldBeFalse("with the history every question can be answered");
            var afterwards = this with { Events = [.. Events, .. decision.Events] };
            Written.ShouldBeTheSame(decision.Lead, afterwards.Lead);
            return new(afterwards, decision.Events, Refusal: null);
        }
        catch (RuleViolation refusal)
        {
            return new(this, [], refusal);
        }
    }
}

public sealed record Outcome(Past Afterwards, IReadOnlyList<LeadEvent> Events, RuleViolation? Refusal)
{
    public Lead Lead => Afterwards.Lead;

    public Outcome Then(params LeadEvent[] expected)
    {
        Refusal.ShouldBeNull();
        Written.Lines(Events).ShouldBe(Written.Lines(expected));
        return this;
    }

    /// <summary>These kinds of events, in this order.</summary>
    public Outcome Then(params string[] names)
    {
        Refusal.ShouldBeNull();
        Events.Select(e => e.GetType().Name).ShouldBe(names);
        return this;
    }

    /// <summary>The engagement is kept and nothing is decided.</summary>
    public Outcome ThenOnlyRecorded() => Then(nameof(EngagementRecorded));

    /// <summary>The engagement is kept, and the lead is handed to sales at once.</summary>
    public Outcome ThenHandedOff(QualificationReason reason)
    {
        Then(nameof(EngagementRecorded), nameof(MarketingQualified));
        Events.OfType<MarketingQualified>().Single().Reason.ShouldBe(reason);
        return this;
    }

    /// <summary>The engagement is kept, and marketing is asked to review the lead.</summary>
    public Outcome ThenAwaitsReview() => Then(nameof(EngagementRecorded), nameof(AutomationQualified));

    public Outcome ThenNothing() => Then(Array.Empty<LeadEvent>());

    public Outcome ThenRefused(string code)
    {
        Refusal.ShouldNotBeNull($"got {string.Join(", ", Events)}").Code.ShouldBe(code);
        return this;
    }

    /// <summary>Time passes.</summary>
    public Past At(DateTimeOffset now) => Afterwards.At(now);

    /// <summary>Something else is asked of the same lead afterwards.</summary>
    public Outcome When(ILeadCommand command) => Afterwards.When(command);
}
