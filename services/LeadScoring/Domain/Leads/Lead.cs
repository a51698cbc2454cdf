using LeadScoring.Domain.Identities;
using LeadScoring.Domain.Qualification;
using LeadScoring.Domain.Scoring;

namespace LeadScoring.Domain.Leads;

/// <summary>The latest handoff to sales.</summary>
/// <param name="AcceptanceDueSoonAt">When sales is reminded; null: never.</param>
/// <param name="EscalateTo">Whom the reminders name; null: nobody.</param>
public sealed record Handoff(
    int Cycle,
    QualificationReason Reason,
    double Score,
    Grade Grade,
    DateTimeOffset At,
    DateTimeOffset AcceptanceDueAt,
    DateTimeOffset? AcceptanceDueSoonAt = null,
    string? EscalateTo = null)
{
    /// <summary>When sales, or whoever took the lead out, first answered; null: not yet.</summary>
    public DateTimeOffset? AnsweredAt { get; init; }

    public bool DueSoonRaised { get; init; }

    public bool OverdueRaised { get; init; }
}

/// <summary>The lead's place in the nurture cadence of this cycle.</summary>
/// <param name="Next">Null: it left the cadence, or had its last step.</param>
public sealed record NurturePlace(DateTimeOffset StartedAt, NurtureStep? Next);

/// <summary>What a lead last showed interest in.</summary>
/// <param name="At">When the engagement that named it occurred.</param>
public sealed record ProductInterest(string Product, DateTimeOffset At);

/// <summary>What the person last said about being nurtured.</summary>
public sealed record NurtureWish(bool IsOut, DateTimeOffset Since);

/// <summary>How the last cycle ended without a customer.</summary>
/// <param name="Reason">Null when the lead was reinstated rather than recycled.</param>
public sealed record CycleEnd(RecycleReason? Reason, DateTimeOffset At);

/// <summary>The lead crossed only because the model changed, and waits for marketing.</summary>
/// <param name="ModelVersion">The model it crosses under.</param>
/// <param name="IsDropped">Marketing does not want it for that.</param>
public sealed record ModelHold(int ModelVersion, DateTimeOffset At, bool IsDropped);

public sealed record Opportunity(decimal? Amount, string? Currency, DateTimeOffset OpenedAt);

/// <summary>What the lead has done, counted; lists hold the first distinct values up to a bound.</summary>
public sealed record EngagementTally(
    int Count,
    DateTimeOffset? FirstAt,
    DateTimeOffset? LastAt,
    IReadOnlyDictionary<string, int> CountByType,
    IReadOnlyList<string> Sources,
    IReadOnlyList<string> Campaigns,
    IReadOnlyList<string> Products,
    ProductInterest? LatestProduct = null)
{
    public const int DistinctValuesMax = 50;

    /// <summary>Where types beyond the bound are counted together.</summary>
    public const string OtherTypes = "other";

    public static readonly EngagementTally None = new(0, null, null, TypeCounts.None, [], [], []);

    public EngagementTally Add(EngagementRecorded engagement)
    {
        return new(
            Count + 1,
            FirstAt is null || engagement.OccurredAt < FirstAt ? engagement.OccurredAt : FirstAt,
            LastAt is null || engagement.OccurredAt > LastAt ? engagement.OccurredAt : LastAt,
            TypeCounts.Of(CountByType).Add(engagement.Type, DistinctValuesMax, OtherTypes),
            With(Sources, engagement.Source),
            With(Campaigns, engagement.Campaign),
            With(Products, engagement.Product),
            engagement.Product is { } product && !(engagement.OccurredAt < LatestProduct?.At) ? new(product, engagement.OccurredAt) : LatestProduct);
    }

    private static IReadOnlyList<string> With(IReadOnlyList<string> values, string? value) =>
        value is null || values.Count == DistinctValuesMax || values.Contains(value) ? values : [.. values, value];
}

/// <summary>One lead, as its events tell it. The same fold serves decisions, rows, rebuilds and time travel.</summary>
public sealed record Lead
{
    public const int IdentitiesMax = 50;
    public const int ConflictsMax = 50;
    public const int AttributesMax = 64;

    public required Guid Id { get; init; }

    /// <summary>Number of events in the stream; 0: not captured yet.</summary>
    public long Version { get; init; }

    public Stage Stage { get; init; }

    public DateTimeOffset StageSince { get; init; }

    /// <summary>1-based trip through qualification.</summary>
    public int Cycle { get; init; } = 1;

    /// <summary>The crossing of this cycle was decided; it is not decided again.</summary>
    public bool QualifiedThisCycle { get; init; }

    /// <summary>Only engagements that occurred after this count towards qualification; null: all do.</summary>
    public DateTimeOffset? CountFrom { get; init; }

    /// <summary>No qualification before this; null: no cool-down.</summary>
    public DateTimeOffset? CoolDownUntil { get; init; }

    public CycleEnd? LastCycleEnd { get; init; }

    /// <summary>When a FastTrack engagement of this cycle occurred; null: none.</summary>
    public DateTimeOffset? FastTrackedAt { get; init; }

    public DateTimeOffset CapturedAt { get; init; }

    /// <summary>Time of the latest fact; a lead's own clock never runs backwards, whichever instance decides.</summary>
    public DateTimeOffset LatestAt { get; init; } = DateTimeOffset.MinValue;

    public IReadOnlyList<Identity> Identities { get; init; } = [];

    public IReadOnlyList<IdentityConflict> Conflicts { get; init; } = [];

    public IReadOnlyDictionary<string, Scalar> Attributes { get; init; } = new Dictionary<string, Scalar>();

    public EngagementTally Engagements { get; init; } = EngagementTally.None;

    public required ScoreState Score { get; init; }

    /// <summary>The salesperson who has or last had the lead.</summary>
    public string? Owner { get; init; }

    public Handoff? Handoff { get; init; }

    /// <summary>Sales' rejection, not a later contact, put the lead out.</summary>
    public bool DisqualifiedByRejection { get; init; }

    public Opportunity? Opportunity { get; init; }

    /// <summary>Null: it has not entered the cadence in this cycle.</summary>
    public NurturePlace? Nurture { get; init; }

    /// <summary>Null: nothing was heard while the tenant had a cadence.</summary>
    public NurtureWish? NurtureWish { get; init; }

    /// <summary>Null: nothing holds it back in this cycle. It outlasts a disqualification that ends no cycle.</summary>
    public ModelHold? Hold { get; init; }

    /// <summary>Marketing has to say what becomes of it.</summary>
    public bool IsHeld => this is { Stage: Stage.Inquiry, Hold.IsDropped: false };

    public static Lead New(Guid id, ScoringModel model) => new() { Id = id, Score = ScoreState.Empty(model) };

    /// <summary>
    /// The lead a whole stream tells. Where the constant-size score could not place a late arrival, the score is folded
    /// from the full history.
    /// </summary>
    public static Lead Of(Guid id, IReadOnlyCollection<LeadEvent> events, ScoringModel model)
    {
        var lead = New(id, model);
        foreach (var fact in events) lead = lead.Evolve(fact, model);
        return lead.Score.Exact ? lead : lead.WithHistory(EngagementHistory.Of(events), model);
    }

    /// <summary>
    /// The same lead with what its engagements add up to folded from the full history. What was decided on those that were
    /// retracted since stays decided.
    /// </summary>
    public Lead WithHistory(EngagementHistory history, ScoringModel model) => this with
    {
        Score = ScoreState.Of(history, model, CountFrom),
        FastTrackedAt = LatestFastTrack(history, model),
        Engagements = history.HasRetractions ? history.Counted.Aggregate(EngagementTally.None, (tally, e) => tally.Add(e)) : Engagements,
    };

    /// <summary>
    /// The same lead scored under another model. Where what it did counts alike under both but for its worth, its sums tell; otherwise
    /// its history must.
    /// </summary>
    /// <param name="models">Knows the model it is scored under.</param>
    /// <param name="history">Null: not loaded.</param>
    /// <returns>Null: the history is needed to tell.</returns>
    public Lead? Under(ScoringModel model, ModelTimeline models, EngagementHistory? history)
    {
        if (Score.Exact && Score.ModelId == model.Id) return this;
        if (history is not null) return WithHistory(history, model);
        return models.WithId(Score.ModelId) is { } scored && Score.Revalue(Engagements.CountByType, scored, model) is { } score
            ? this with { Score = score }
            : null;
    }

    /// <summary>The instant of a decision: now, unless a fact of the lead is (by another instance's clock) later.</summary>
    public DateTimeOffset ClockAt(DateTimeOffset now) => now > LatestAt ? now : LatestAt;

    /// <summary>Applies one event. Total: an event is a fact, it cannot be refused.</summary>
    public Lead Evolve(LeadEvent fact, ScoringModel model)
    {
        if (fact is EngagementRecorded engagement) return Engaged(engagement, model); // Nearly all facts are; one copy will do.
        var lead = this with { Version = Version + 1 };
        return fact switch
        {
            LeadCaptured e => lead.Seen(e.At) with { CapturedAt = e.At, StageSince = e.At },
            IdentityLinked e => lead.Seen(e.At) with { Identities = [.. Identities, new(e.Kind, e.Value)] },
            IdentityConflictFound e => lead.Seen(e.At) with { Conflicts = [.. Conflicts, new(e.Kind, e.OtherLeadId)] },
            AttributesChanged e => lead.Seen(e.At) with { Attributes = Changed(Attributes, e.Changes) },
            AutomationQualified e => lead.Moved(Stage.AutomationQualified, e.At) with { QualifiedThisCycle = true },
            MarketingQualified e => lead.Moved(Stage.MarketingQualified, e.At) with
            {
                QualifiedThisCycle = true,
                Handoff = new(e.Cycle, e.Reason, e.Judgement.Score, e.Judgement.Grade, e.At, e.AcceptanceDueAt, e.AcceptanceDueSoonAt, e.EscalateTo),
            },
            MarketingDeclined e => lead.Seen(e.At),
            SalesAccepted e => lead.Moved(Stage.SalesAccepted, e.At) with { Owner = e.Owner },
            SalesRejected e => lead.Seen(e.At),
            LeadRecycled e => lead.NextCycle(e.At) with { LastCycleEnd = new(e.Reason, e.At), CoolDownUntil = e.CoolDownUntil },
            LeadDisqualified e => lead.Moved(Stage.Disqualified, e.At) with
            {
                Opportunity = null,
                DisqualifiedByRejection = e.Rejection is not null,
            },
            LeadReinstated e => e.Cycle == Cycle
                ? lead.Moved(Stage.Inquiry, e.At) with { LastCycleEnd = new(null, e.At), Nurture = null }
                : lead.NextCycle(e.At) with { LastCycleEnd = new(null, e.At), CoolDownUntil = null },
            OpportunityOpened e => lead.Moved(Stage.SalesQualified, e.At) with
            {
                Opportunity = new(e.Amount, e.Currency, e.At),
            },
            OpportunityWon e => lead.Moved(Stage.Customer, e.At) with
            {
                Opportunity = new(e.Amount ?? Opportunity?.Amount, e.Currency ?? Opportunity?.Currency, Opportunity?.OpenedAt ?? e.At),
            },
            OpportunityLost e => lead.Seen(e.At) with { Opportunity = null },
            AcceptanceDueSoon e => lead.Seen(e.At) with { Handoff = Handoff is null ? null : Handoff with { DueSoonRaised = true } },
            AcceptanceOverdue e => lead.Seen(e.At) with { Handoff = Handoff is null ? null : Handoff with { OverdueRaised = true } },
            NurtureStarted e => lead.Seen(e.At) with { Nurture = new(e.StartedAt, e.Next) },
            NurtureStepDue e => lead.Seen(e.At) with { Nurture = new(e.StartedAt, e.Next) },
            NurtureEnded e => lead.Seen(e.At) with
            {
                Nurture = OutOfCadence(Nurture),
                NurtureWish = e.Reason == NurtureEndReason.Unsubscribed ? new(IsOut: true, e.Since) : NurtureWish,
            },
            NurtureResumed e => lead.Seen(e.At) with { NurtureWish = new(IsOut: false, e.Since) },
            ModelCrossed e => lead.Seen(e.At) with { Hold = new(ScoringModel.VersionIn(e.Judgement.ModelId), e.At, IsDropped: false) },
            ModelCrossingDropped e => lead.Seen(e.At) with { Hold = Hold is null ? null : Hold with { IsDropped = true } },
            EngagementRetracted e => lead.Seen(e.At).WithoutExactScore(),
            EngagementRestored e => lead.Seen(e.At).WithoutExactScore(),
            EvidenceRetracted e => lead.Seen(e.At),
            _ => throw new InvalidOperationException($"No fold for {fact.GetType().Name}."),
        };
    }

    /// <summary>Only the history can tell the score now.</summary>
    private Lead WithoutExactScore() => this with { Score = Score with { Exact = false } };

    private DateTimeOffset? LatestFastTrack(EngagementHistory history, ScoringModel model)
    {
        DateTimeOffset? latest = null;
        var suspects = SuspectedBots.Of(history, model);
        foreach (var e in history.Counted)
        {
            if ((CountFrom is null || e.OccurredAt > CountFrom)
                && !(e.OccurredAt <= latest)
                && model.RuleFor(e) is { FastTrack: true }
                && !suspects.Contains(e)) latest = e.OccurredAt;
        }

        return latest;
    }

    private Lead Seen(DateTimeOffset at) => at > LatestAt ? this with { LatestAt = at } : this;

    /// <summary>Whoever moves a lead on has answered its handoff and taken it out of the cadence.</summary>
    private Lead Moved(Stage stage, DateTimeOffset at) => Seen(at) with
    {
        Stage = stage,
        StageSince = at,
        Hold = stage is Stage.Inquiry or Stage.Disqualified ? Hold : null,
        Handoff = Stage == Stage.MarketingQualified && Handoff is { AnsweredAt: null } open ? open with { AnsweredAt = at } : Handoff,
        Nurture = OutOfCadence(Nurture),
    };

    private static NurturePlace? OutOfCadence(NurturePlace? nurture) => nurture?.Next is null ? nurture : nurture with { Next = null };

    private Lead NextCycle(DateTimeOffset at) => Moved(Stage.Inquiry, at) with
    {
        Cycle = Cycle + 1,
        QualifiedThisCycle = false,
        CountFrom = at,
        FastTrackedAt = null,
        Nurture = null,
        Hold = null,
        Score = Score.StartCycle(),
    };

    private Lead Engaged(EngagementRecorded e, ScoringModel model)
    {
        var rule = model.RuleFor(e);
        var score = Score.Add(e, rule, model, CountFrom, out var isSuspected);
        var fastTracks = (CountFrom is null || e.OccurredAt > CountFrom) && rule is { FastTrack: true } && !isSuspected;
        return this with
        {
            Version = Version + 1,
            LatestAt = e.OccurredAt > LatestAt ? e.OccurredAt : LatestAt,
            Engagements = Engagements.Add(e),
            Score = score,
            FastTrackedAt = fastTracks && (FastTrackedAt is null || e.OccurredAt > FastTrackedAt) ? e.OccurredAt : FastTrackedAt,
        };
    }

    private static Dictionary<string, Scalar> Changed(
        IReadOnlyDictionary<string, Scalar> attributes, IReadOnlyDictionary<string, Scalar?> changes)
    {
        var changed = new Dictionary<string, Scalar>(attributes);
        foreach (var (name, value) in changes)
        {
            if (value is { } present) changed[name] = present;
            else changed.Remove(name);
        }

        return changed;
    }
}
