using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Qualification;
using LeadScoring.Domain.Scoring;

namespace LeadScoring.Domain.Backtests;

/// <summary>
/// Lives a tenant's history again under two models side by side. What people did, decided and answered is taken as it
/// happened; when a lead would have qualified is decided anew under each model, as <see cref="AutomaticQualification"/>
/// decides: at an instant at which something happened to the lead, from nothing but what was known then, once a cycle.
/// </summary>
/// <param name="from">UTC ticks; the period whose qualifications are counted.</param>
/// <param name="to">UTC ticks, excluded.</param>
public sealed class Simulation(ModelPair models, long from = long.MinValue, long to = long.MaxValue)
{
    private readonly FitProfiles _fits = new(models);
    private ScoreLinks _links = new();

    public ThresholdGrid Grid { get; } = new(models.Draft.Threshold, models.Draft.Clamp(0));

    /// <summary>A lead to be told from its first event on.</summary>
    public LeadTrack New(Guid id) => new(id, _fits.Unknown, _links);

    /// <summary>The same for a lead whose history is kept: it takes every event.</summary>
    public LeadTrack NewWithHistory(Guid id) => new(id, _fits.Unknown, _links, new EngagementHistory());

    /// <summary>An engagement of which no more is needed than when it occurred and which rules it counts under.</summary>
    /// <param name="occurredAt">UTC ticks.</param>
    /// <param name="recordedAt">UTC ticks: when it was stored.</param>
    /// <returns>False: only the lead's whole history can tell its score; the track is of no more use.</returns>
    public bool TryTakeEngagement(LeadTrack lead, RulePair rules, long occurredAt, long recordedAt) =>
        TryTakeEngagement(lead, rules, occurredAt, recordedAt, engagement: null);

    /// <summary>The next event of the lead's stream.</summary>
    /// <inheritdoc cref="TryTakeEngagement(LeadTrack, RulePair, long, long)"/>
    public bool TryTake(LeadTrack lead, LeadEvent fact, long recordedAt)
    {
        if (fact is EngagementRecorded engagement)
        {
            if (!SameCommand(lead, recordedAt)) DecidePending(lead); // Before the history knows more than was known then.
            lead.History?.Add(engagement);
            return TryTakeEngagement(lead, models.RulesFor(engagement), engagement.OccurredAt.UtcTicks, recordedAt, engagement);
        }

        if (fact is EngagementRetracted or EngagementRestored)
        {
            if (lead.History is null) return false;
            if (!SameCommand(lead, recordedAt)) DecidePending(lead);
            lead.History.Add(fact);
            lead.IsStale = true;
            See(lead, fact is EngagementRetracted retracted ? retracted.At : ((EngagementRestored)fact).At);
            Postpone(lead, recordedAt);
            return true;
        }

        var goesOn = fact is IdentityConflictFound or EvidenceRetracted && SameCommand(lead, recordedAt);
        if (!goesOn) DecidePending(lead);
        Take(lead, fact, recordedAt);
        return true;
    }

    private bool TryTakeEngagement(LeadTrack lead, RulePair rules, long occurredAt, long recordedAt, EngagementRecorded? engagement)
    {
        if (!SameCommand(lead, recordedAt)) DecidePending(lead);
        lead.PendingAt = 0; // Of the same command: decided with it.
        if (occurredAt > lead.LatestAt) lead.LatestAt = occurredAt;
        if (lead.IsStale) Rebuild(lead);
        else if (!TryAdd(lead, rules, occurredAt, engagement)) return false;
        Decide(lead, Math.Max(recordedAt, lead.LatestAt));
        return true;
    }

    /// <summary>The lead's stream has ended: what was still to be decided is.</summary>
    public void Finish(LeadTrack lead)
    {
        DecidePending(lead);
        if (lead.Current is { } record) record.Steps = lead.Steps;
    }

    /// <summary>Lets go of the memory that the scores of a lead take: it is of no more use.</summary>
    public static void Forget(LeadTrack lead)
    {
        lead.Draft.Clear();
        lead.Live.Clear();
    }

    /// <summary>Lets go of the memory that the scores of all leads so far take: they are of no more use.</summary>
    public void ForgetAll() => _links = new();

    /// <summary>Whether a model's definition is met at an instant, whatever the lead's stage.</summary>
    /// <param name="at">UTC ticks; earlier than the lead's latest event, that one's instant is taken.</param>
    public (bool Draft, bool Live) Meets(LeadTrack lead, long at)
    {
        at = Math.Max(at, lead.LatestAt);
        return (IsMet(models.Draft, lead.Draft, lead.Fit.DraftGrade, at), IsMet(models.Live, lead.Live, lead.Fit.LiveGrade, at));
    }

    private static bool IsMet(ScoringModel model, CompactScore score, Grade grade, long at) =>
        AutomaticQualification.IsMet(model, score.InCycleAt(at, model), grade, score.FastTrackedAt != 0);

    private void Take(LeadTrack lead, LeadEvent fact, long recordedAt)
    {
        switch (fact)
        {
            case LeadCaptured e: See(lead, e.At); break;
            case IdentityLinked e: See(lead, e.At); break;
            case IdentityConflictFound e:
                See(lead, e.At);
                Postpone(lead, recordedAt);
                break;
            case AttributesChanged e:
                See(lead, e.At);
                lead.Fit = _fits.Change(lead.Fit, e.Changes);
                Decide(lead, Math.Max(recordedAt, lead.LatestAt));
                break;
            case AutomationQualified e:
                NoteDecision(lead, e.Judgement, e.At);
                lead.QualifiedThisCycle = true;
                Move(lead, Stage.AutomationQualified, e.At);
                break;
            case MarketingQualified e: HandOff(lead, e); break;
            case SalesAccepted e:
                Answer(lead, SalesAnswer.Accepted, e.At);
                Move(lead, Stage.SalesAccepted, e.At);
                break;
            case SalesRejected e:
                Answer(lead, SalesAnswer.Rejected, e.At);
                if (lead.Current is { Answer: SalesAnswer.Rejected } rejected) rejected.Rejection = e.Reason;
                See(lead, e.At);
                break;
            case LeadRecycled e:
                if (lead.Stage == Stage.MarketingQualified) Answer(lead, SalesAnswer.TakenBack, e.At);
                if (lead.Current is { } ended) ended.EndedAt = e.At.UtcTicks;
                StartCycle(lead, e.At, e.CoolDownUntil.UtcTicks);
                if (e.CoolDownUntil - e.At == models.Live.CoolDown) lead.DraftCoolDownUntil = (e.At + models.Draft.CoolDown).UtcTicks;
                Decide(lead, Math.Max(recordedAt, lead.LatestAt));
                break;
            case LeadDisqualified e: Disqualify(lead, e); break;
            case LeadReinstated e: Reinstate(lead, e, recordedAt); break;
            case OpportunityOpened e:
                if (lead.Current is { OpportunityAt: 0 } opened) opened.OpportunityAt = e.At.UtcTicks;
                Move(lead, Stage.SalesQualified, e.At);
                break;
            case OpportunityWon e:
                if (lead.Current is { WonAt: 0 } won) won.WonAt = e.At.UtcTicks;
                Move(lead, Stage.Customer, e.At);
                break;
            case OpportunityLost e:
                if (lead.Current is { } lost) lost.LostAt = e.At.UtcTicks;
                See(lead, e.At);
                break;
            case ModelCrossed e:
                lead.IsHeld = true;
                lead.HeldFor = e.Judgement.ModelId;
                See(lead, e.At);
                break;
            case ModelCrossingDropped e:
                lead.IsHeld = false;
                See(lead, e.At);
                break;
            case MarketingDeclined e: See(lead, e.At); break;
            case AcceptanceDueSoon e: See(lead, e.At); break;
            case AcceptanceOverdue e: See(lead, e.At); break;
            case NurtureStarted e: See(lead, e.At); break;
            case NurtureStepDue e: See(lead, e.At); break;
            case NurtureEnded e: See(lead, e.At); break;
            case NurtureResumed e: See(lead, e.At); break;
            case EvidenceRetracted e: See(lead, e.At); break;
            default: throw new InvalidOperationException($"No place in a backtest for {fact.GetType().Name}.");
        }
    }

    private void HandOff(LeadTrack lead, MarketingQualified e)
    {
        if (e.Reason != QualificationReason.Review) NoteDecision(lead, e.Judgement, e.At);
        lead.QualifiedThisCycle = true;
        Move(lead, Stage.MarketingQualified, e.At);
        var at = Math.Max(e.At.UtcTicks, lead.LatestAt);
        lead.Record().Handoff ??= new(
            at, lead.Draft.InCycleAt(at, models.Draft), lead.Live.InCycleAt(at, models.Live), lead.Fit, lead.Draft.UsesAt(at, models.Draft));
    }

    private void NoteDecision(LeadTrack lead, Judgement judgement, DateTimeOffset at)
    {
        if (judgement.ModelId != models.Live.Id) return;
        var record = lead.Record();
        if (record.DecidedAt == 0) record.DecidedAt = at.UtcTicks;
    }

    private static void Answer(LeadTrack lead, SalesAnswer answer, DateTimeOffset at)
    {
        if (lead.Current is not { Handoff: not null, Answer: SalesAnswer.None } record) return;
        record.Answer = answer;
        record.AnsweredAt = at.UtcTicks;
        record.StepsByAnswer = lead.Steps.Ever;
    }

    private static void Disqualify(LeadTrack lead, LeadDisqualified e)
    {
        if (lead.Stage == Stage.MarketingQualified) Answer(lead, SalesAnswer.TakenBack, e.At);
        if (lead.Current is { } record) record.DisqualifiedAt = record.EndedAt = e.At.UtcTicks;
        Move(lead, Stage.Disqualified, e.At);
    }

    private void Reinstate(LeadTrack lead, LeadReinstated e, long recordedAt)
    {
        if (e.Cycle != lead.Cycle)
        {
            StartCycle(lead, e.At, coolDownUntil: 0);
        }
        else
        {
            if (lead.Current is { } record) record.DisqualifiedAt = record.EndedAt = 0; // The cycle goes on.
            Move(lead, Stage.Inquiry, e.At);
        }

        Decide(lead, Math.Max(recordedAt, lead.LatestAt));
    }

    private static void StartCycle(LeadTrack lead, DateTimeOffset at, long coolDownUntil)
    {
        if (lead.Steps.Within > lead.Steps.Before || lead.Current is not null) lead.Record().Steps = lead.Steps;
        Move(lead, Stage.Inquiry, at);
        lead.Cycle++;
        lead.QualifiedThisCycle = false;
        lead.IsHeld = false;
        lead.HeldFor = null;
        lead.CountFrom = at.UtcTicks;
        lead.CoolDownUntil = lead.DraftCoolDownUntil = coolDownUntil;
        lead.Steps = default;
        lead.Draft.StartCycle();
        lead.Live.StartCycle();
    }

    private static void Move(LeadTrack lead, Stage stage, DateTimeOffset at)
    {
        See(lead, at);
        lead.Stage = stage;
        lead.IsHeld &= stage is Stage.Inquiry or Stage.Disqualified; // It outlasts a disqualification that ends no cycle.
    }

    private static void See(LeadTrack lead, DateTimeOffset at) => lead.LatestAt = Math.Max(lead.LatestAt, at.UtcTicks);

    private bool TryAdd(LeadTrack lead, RulePair rules, long occurredAt, EngagementRecorded? engagement)
    {
        var isPlaced = lead.Draft.TryAdd(models.Draft, rules.Draft, occurredAt, lead.CountFrom, engagement);
        if (!isPlaced && lead.History is null) return false;
        if (!isPlaced) Rebuild(lead, lead.Draft, models.Draft);
        isPlaced = lead.Live.TryAdd(models.Live, rules.Live, occurredAt, lead.CountFrom, engagement);
        if (!isPlaced && lead.History is null) return false;
        if (!isPlaced) Rebuild(lead, lead.Live, models.Live);
        return true;
    }

    private void Rebuild(LeadTrack lead)
    {
        Rebuild(lead, lead.Draft, models.Draft);
        Rebuild(lead, lead.Live, models.Live);
        lead.IsStale = false;
    }

    /// <summary>As <see cref="ScoreState.Of"/> does it: in order of occurrence every engagement can be placed.</summary>
    private void Rebuild(LeadTrack lead, CompactScore score, ScoringModel model)
    {
        score.Clear();
        var history = lead.History!;
        var suspects = SuspectedBots.Of(history, model);
        foreach (var engagement in ScoreState.InOrder(history.Counted))
        {
            var rules = models.RulesFor(engagement);
            var rule = ReferenceEquals(score, lead.Draft) ? rules.Draft : rules.Live;
            if (!score.TryAddJudged(model, rule, engagement, lead.CountFrom, suspects.Contains(engagement), history.IsVouchedFor(engagement)))
            {
                throw new InvalidOperationException("A history in order could not be scored.");
            }
        }
    }

    /// <summary>Whether a decision is due and the next event may be of the command that made it so.</summary>
    private static bool SameCommand(LeadTrack lead, long recordedAt) => lead.PendingAt != 0 && lead.PendingSince == recordedAt;

    /// <summary>What a command does is decided on when all of its events have been taken.</summary>
    private static void Postpone(LeadTrack lead, long recordedAt)
    {
        lead.PendingAt = Math.Max(recordedAt, lead.LatestAt);
        lead.PendingSince = recordedAt;
    }

    private void DecidePending(LeadTrack lead)
    {
        if (lead.PendingAt == 0) return;
        if (lead.IsStale) Rebuild(lead);
        Decide(lead, lead.PendingAt);
        lead.PendingAt = 0;
    }

    private void Decide(LeadTrack lead, long now)
    {
        if (lead.Stage is Stage.Disqualified or Stage.Customer) return;
        if (now >= lead.DraftCoolDownUntil && lead.Fit.DraftGrade <= models.Draft.MinimumGrade)
        {
            var score = lead.Draft.InCycleAt(now, models.Draft);
            var isFastTracked = lead.Draft.FastTrackedAt != 0;
            Climb(lead, now, isFastTracked ? (byte)ThresholdGrid.StepsMax : Grid.StepsOf(score));
            if (AutomaticQualification.IsMet(models.Draft, score, lead.Fit.DraftGrade, isFastTracked) && lead.Current is not { Draft.Happened: true })
            {
                lead.Record().Draft = new(now, score, lead.Fit.DraftGrade);
            }
        }

        if (now >= lead.CoolDownUntil && lead.Fit.LiveGrade <= models.Live.MinimumGrade && lead.Current is not { Live.Happened: true })
        {
            var score = lead.Live.InCycleAt(now, models.Live);
            if (AutomaticQualification.IsMet(models.Live, score, lead.Fit.LiveGrade, lead.Live.FastTrackedAt != 0))
            {
                lead.Record().Live = new(now, score, lead.Fit.LiveGrade);
            }
        }
    }

    private void Climb(LeadTrack lead, long now, byte steps)
    {
        var known = lead.Steps;
        if (steps <= known.Ever && (steps <= known.Within || now < from || now >= to)) return;
        lead.Steps = new(
            now < from && steps > known.Before ? steps : known.Before,
            now >= from && now < to && steps > known.Within ? steps : known.Within,
            Math.Max(steps, known.Ever));
    }
}
