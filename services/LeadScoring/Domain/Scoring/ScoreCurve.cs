using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Qualification;

namespace LeadScoring.Domain.Scoring;

/// <param name="At">When it happened.</param>
/// <param name="Version">Its place in the lead's stream, 1 or more.</param>
public sealed record CurveEvent(DateTimeOffset At, long Version, LeadEvent Fact);

/// <summary>How a lead stood right after something happened.</summary>
/// <param name="Fact">What happened; null: the model changed.</param>
/// <param name="Version">Of the fact; 0 when the model changed.</param>
/// <param name="Score">EngagementScore at that instant, unrounded, of all that had occurred by then.</param>
/// <param name="QualifyingScore">The same from engagements of the current cycle only.</param>
/// <param name="Model">What it is scored under.</param>
public sealed record CurvePoint(
    DateTimeOffset At, long Version, LeadEvent? Fact, double Score, double QualifyingScore, Grade Grade, Stage Stage, ScoringModel Model);

/// <summary>
/// A lead's score over its life: a point for every engagement that counts, every decision, change of attributes and change of the model.
/// Each says what a look at the lead as of its instant says. Made in one pass: linear in the events, times the models that held.
/// </summary>
public sealed class ScoreCurve
{
    private readonly EngagementHistory _history;
    private readonly List<EngagementRecorded> _taken = [];
    private readonly Queue<(int Index, ScoreState Before)> _undo = [];
    private SuspectedBots? _suspects;
    private ScoringModel _model;
    private ScoreState _state;
    private Lead _lead;
    private int _cycleStart;

    private ScoreCurve(Guid leadId, EngagementHistory history, ScoringModel model)
    {
        (_history, _model, _state, _lead) = (history, model, ScoreState.Empty(model), Lead.New(leadId, model));
        _suspects = SuspectedBots.Of(history, model);
    }

    /// <param name="events">The lead's, in any order.</param>
    /// <param name="until">Models that begin to hold later are left out.</param>
    /// <param name="always">Scores under this model whichever held; null: under the one that held.</param>
    /// <returns>By instant; of one instant the change of the model first, then in the order of the stream.</returns>
    public static IEnumerable<CurvePoint> Of(
        Guid leadId, IReadOnlyList<CurveEvent> events, ModelTimeline models, DateTimeOffset until, ScoringModel? always = null)
    {
        var history = EngagementHistory.Of(events.Select(e => e.Fact));
        var known = events
            .Where(e => e.Fact is not (EngagementRetracted or EngagementRestored) && !(e.Fact is EngagementRecorded r && history.IsRetracted(r)))
            .ToList();
        if (known.Count == 0) yield break;
        var begin = known.Min(e => e.At);
        var changes = always is not null ? [] : models.Activations.Where(a => a.From > begin && a.From <= until).Select(a => new Step(a.From, 0, null));
        var curve = new ScoreCurve(leadId, history, always ?? models.At(begin));
        foreach (var instant in known.Select(e => new Step(e.At, e.Version, e.Fact)).Concat(changes).GroupBy(s => s.At.UtcTicks).OrderBy(g => g.Key))
        {
            var at = new DateTimeOffset(instant.Key, TimeSpan.Zero);
            var former = curve._model.Id;
            if (always is null) curve.Under(models.At(at), at);
            var steps = instant.Where(s => s.Fact is not null).OrderBy(s => s.Version).ToList();
            curve.Take(steps.Select(s => s.Fact!), at);
            if (former != curve._model.Id) yield return curve.Point(at, new(at, 0, null));
            foreach (var step in steps.Where(s => IsShown(s.Fact!))) yield return curve.Point(at, step);
        }
    }

    private static bool IsShown(LeadEvent fact) => fact is
        EngagementRecorded or AttributesChanged or AutomationQualified or MarketingQualified or MarketingDeclined or SalesAccepted or SalesRejected
        or LeadRecycled or LeadDisqualified or LeadReinstated or OpportunityOpened or OpportunityWon or OpportunityLost
        or ModelCrossed or ModelCrossingDropped;

    private CurvePoint Point(DateTimeOffset at, Step step) => new(
        at,
        step.Version,
        step.Fact,
        _state.At(at, _model),
        _state.InCycleAt(at, _model),
        _model.GradeOf(_model.FitOf(_lead.Attributes)),
        _lead.Stage,
        _model);

    /// <summary>All that happened at one instant.</summary>
    private void Take(IEnumerable<LeadEvent> facts, DateTimeOffset at)
    {
        var engagements = new List<EngagementRecorded>();
        var cycle = _lead.Cycle;
        var countFrom = _lead.CountFrom;
        foreach (var fact in facts)
        {
            if (fact is EngagementRecorded engagement) engagements.Add(engagement);
            else _lead = _lead.Evolve(fact, _model);
        }

        var begun = _taken.Count;
        _taken.AddRange(ScoreState.InOrder(engagements));
        for (var i = begun; i < _taken.Count; i++) Add(i, at, countFrom);
        if (engagements.Any(e => _model.ClickBurst?.IsClick(e.Type) ?? false)) TakeBackSuspects(at, begun, countFrom);
        if (_lead.Cycle == cycle) return;
        _state = _state.StartCycle();
        _cycleStart = _taken.Count;
    }

    private void Add(int index, DateTimeOffset at, DateTimeOffset? countFrom)
    {
        var engagement = _taken[index];
        if (_model.ClickBurst is { } burst)
        {
            while (_undo.TryPeek(out var oldest) && at - _taken[oldest.Index].OccurredAt > burst.Within) _undo.Dequeue();
            _undo.Enqueue((index, _state));
        }

        _state = _state.AddJudged(engagement, _model, countFrom, _suspects!.Since(engagement) <= at, _history.IsVouchedFor(engagement));
    }

    /// <summary>The last click of a burst makes suspects of those before it, which counted until then.</summary>
    private void TakeBackSuspects(DateTimeOffset at, int begun, DateTimeOffset? countFrom)
    {
        var first = _undo.FirstOrDefault(u => u.Index < begun && _suspects!.Since(_taken[u.Index]) == at, (Index: -1, Before: _state));
        if (first.Index < 0) return;
        _undo.Clear();
        _state = first.Index < _cycleStart ? first.Before.StartCycle() : first.Before;
        for (var i = first.Index; i < _taken.Count; i++) Add(i, at, countFrom);
    }

    private void Under(ScoringModel model, DateTimeOffset at)
    {
        if (model.Id == _model.Id) return;
        (_model, _state) = (model, ScoreState.Empty(model));
        _suspects = SuspectedBots.Of(_history, model);
        _undo.Clear();
        for (var i = 0; i < _taken.Count; i++) Add(i, at, _lead.CountFrom);
    }

    private readonly record struct Step(DateTimeOffset At, long Version, LeadEvent? Fact);
}
