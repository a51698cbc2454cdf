using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Qualification;

namespace LeadScoring.IntegrationTests.Faults.Changing;

/// <summary>What a referee found of one lead.</summary>
/// <param name="Lead">At the end.</param>
/// <param name="Faults">What must not be.</param>
/// <param name="ReleasedBy">Who released it from being held, and for which version, once per time.</param>
/// <param name="Decisions">What the service decided by itself.</param>
internal sealed record Finding(
    PlainLead Lead, IReadOnlyList<string> Faults, IReadOnlyList<(int Version, string Actor)> ReleasedBy, IReadOnlyList<LeadEvent> Decisions);

/// <summary>
/// Goes through a lead's stream command by command and says of each what had to come of it: by the models that held when, by what was known
/// then, and by the rules as they are written down. A decision too many is a fault, one too few as well.
/// </summary>
internal sealed class Referee(Guid id, PlainTimeline models)
{
    /// <summary>Sums in another order differ by less, in proportion.</summary>
    private const double ScoreTolerance = 1e-6;

    private readonly PlainLead _lead = new();
    private readonly List<string> _faults = [];
    private readonly List<(int Version, string Actor)> _releasedBy = [];
    private readonly List<LeadEvent> _decisions = [];
    private readonly HashSet<(Guid By, string Source, string Id)> _judged = [];
    private readonly HashSet<(int Cycle, Type Kind)> _qualified = [];

    public static Finding Of(Guid id, IReadOnlyList<Told> stream, PlainTimeline models)
    {
        var referee = new Referee(id, models);
        for (var i = 0; i < stream.Count;) i += referee.Take(stream, i);
        return new(referee._lead, referee._faults, referee._releasedBy, referee._decisions);
    }

    /// <summary>One command from its first event on.</summary>
    /// <returns>How many events it made.</returns>
    private int Take(IReadOnlyList<Told> stream, int from)
    {
        var (storedAt, at) = (stream[from].StoredAt, Later(stream[from].StoredAt, _lead.LatestAt));
        var i = from;
        i += TakeCrossings(stream, i, at);
        if (i == stream.Count || stream[i].StoredAt != storedAt) return i - from; // Nothing but the model had changed.

        while (stream[i].Fact is LeadCaptured or IdentityLinked or IdentityConflictFound) _lead.Take(stream[i++]);
        var before = _lead.Snapshot();
        var first = stream[i].Fact;
        Check(first, stream[i]);
        _lead.Take(stream[i++]);
        while (i < stream.Count && stream[i].StoredAt == storedAt && Continues(first, stream[i].Fact))
        {
            Check(stream[i].Fact, stream[i]);
            _lead.Take(stream[i++]);
        }

        if (first is AcceptanceDueSoon or AcceptanceOverdue) return i - from; // Time alone decides nothing.
        var decided = i < stream.Count && stream[i].StoredAt == storedAt ? stream[i].Fact as LeadEvent : null;
        if (decided is not (AutomationQualified or MarketingQualified { Reason: not QualificationReason.Review })) decided = null;
        CheckDecision(decided, before, at);
        if (decided is null) return i - from;
        _decisions.Add(decided);
        _lead.Take(stream[i++]);
        return i - from;
    }

    /// <summary>Whether one event belongs to the command whose first another is.</summary>
    private static bool Continues(LeadEvent first, LeadEvent next) => (first, next) switch
    {
        (EngagementRetracted a, EngagementRetracted b) => a.RetractionId == b.RetractionId,
        (EngagementRetracted a, EvidenceRetracted b) => a.RetractionId == b.RetractionId,
        (EngagementRestored a, EngagementRestored b) => a.RestorationId == b.RestorationId,
        (SalesRejected, LeadRecycled or LeadDisqualified) => true,
        (MarketingDeclined or OpportunityLost, LeadRecycled) => true,
        _ => false,
    };

    private int TakeCrossings(IReadOnlyList<Told> stream, int from, DateTimeOffset at)
    {
        var i = from;
        foreach (var (former, next, changedAt) in Crossings(at))
        {
            if (i < stream.Count && stream[i].Fact is ModelCrossed crossed)
            {
                Expect(crossed.Judgement.ModelId == next.Id && crossed.FormerModelId == former.Id, $"crossed to {crossed.Judgement.ModelId} from {crossed.FormerModelId}, not to {next.Id} from {former.Id}", stream[i]);
                CheckJudgement(crossed.Judgement, next, changedAt, stream[i]);
                Expect(crossed.At == at, $"crossed at {crossed.At:O}, not {at:O}", stream[i]);
                _lead.Take(stream[i++]);
            }
            else
            {
                Fault($"did not cross to {next.Id} from {former.Id}, which it does as of {changedAt:O}", stream[from]);
                break;
            }
        }

        for (; i < stream.Count && stream[i].Fact is ModelCrossed extra && stream[i].StoredAt == stream[from].StoredAt; i++)
        {
            Fault($"crossed to {extra.Judgement.ModelId} from {extra.FormerModelId} by no change", stream[i]);
            _lead.Take(stream[i]);
        }

        return i - from;
    }

    /// <summary>By which changes since anything was stored the lead, as it stands, crosses.</summary>
    public static List<(PlainModel Former, PlainModel Next, DateTimeOffset At)> Crossings(PlainLead lead, PlainTimeline models, DateTimeOffset upTo)
    {
        var crossings = new List<(PlainModel, PlainModel, DateTimeOffset)>();
        if (!lead.IsFree) return crossings;
        var (heldFor, isDropped) = (lead.HeldFor, lead.IsDropped);
        foreach (var change in models.Changes(Later(lead.StoredAt, lead.LatestAt), upTo))
        {
            if (heldFor == change.Next.Version || !lead.IsMet(change.Next, change.At)) continue;
            var waits = heldFor is not null && !isDropped;
            if (!waits && lead.IsMet(change.Former, change.At)) continue;
            crossings.Add(change);
            (heldFor, isDropped) = (change.Next.Version, false);
        }

        return crossings;
    }

    private List<(PlainModel Former, PlainModel Next, DateTimeOffset At)> Crossings(DateTimeOffset upTo) => Crossings(_lead, models, upTo);

    /// <summary>What may not come of a command, whatever the models say.</summary>
    private void Check(LeadEvent fact, Told told)
    {
        switch (fact)
        {
            case MarketingQualified { Reason: QualificationReason.Review } e:
                CheckJudgement(e.Judgement, models.At(e.At), e.At, told);
                Expect(_qualified.Add((e.Cycle, typeof(MarketingQualified))), "was handed off twice in a cycle", told);
                if (_lead.Stage == Stage.AutomationQualified) break;
                Expect(_lead.IsHeld, $"was handed off as {_lead.Stage} though nothing held it", told);
                Expect(!(e.At < _lead.CoolDownUntil), "was released while it cools down", told);
                if (models.At(e.At) is var model && !_lead.IsMet(model, e.At)) Fault("was released though it falls short of the model", told);
                _releasedBy.Add((_lead.HeldFor ?? 0, e.Actor!));
                break;
            case AutomationQualified or MarketingQualified or ModelCrossed:
                Fault($"{fact.GetType().Name} came of no command", told);
                break;
            case SalesAccepted:
                Expect(_lead.Stage == Stage.MarketingQualified, $"was accepted as {_lead.Stage}", told);
                break;
            case ModelCrossingDropped:
                Expect(_lead.IsHeld, "was dropped though it was not held", told);
                break;
            case EngagementRetracted e:
                Expect(_judged.Add((e.RetractionId, e.Source, e.Id)), "a retraction spoke of an engagement twice", told);
                Expect(!_lead.Known.First(k => k.Fact.Id == e.Id && k.Fact.Source == e.Source).IsRetracted, "an engagement was retracted twice", told);
                break;
            case EngagementRestored e:
                Expect(_judged.Add((e.RestorationId, e.Source, e.Id)), "a restoration spoke of an engagement twice", told);
                break;
            case EvidenceRetracted e:
                var score = models.At(_handedOffAt).Score(_lead.Known, _handedOffAt);
                Expect(IsNear(e.Score, score), $"sales was told {e.Score:R} is left of the score at the handoff, not {score:R}", told);
                break;
        }

        if (fact is MarketingQualified handoff) _handedOffAt = handoff.At;
    }

    private DateTimeOffset _handedOffAt;

    private void CheckDecision(LeadEvent? decided, PlainLead before, DateTimeOffset at)
    {
        var model = models.At(at);
        var expected = Decision(before, model, at, out var isClose);
        var found = decided switch
        {
            AutomationQualified => "review",
            MarketingQualified { Reason: QualificationReason.FastTrack } => "fast track",
            MarketingQualified => "threshold",
            _ => null,
        };
        if (!isClose && found != expected) Fault($"was decided {found ?? "not to qualify"}, not {expected ?? "not to qualify"}, under {model.Id} at {at:O} ({Describe(before, model, at)})", told: null);
        switch (decided)
        {
            case AutomationQualified e:
                CheckJudgement(e.Judgement, model, at, told: null);
                Expect(e.At == at && e.Cycle == _lead.Cycle, "a decision names another instant or cycle", told: null);
                Expect(_qualified.Add((e.Cycle, typeof(AutomationQualified))), "met the definition twice in a cycle", told: null);
                break;
            case MarketingQualified e:
                CheckJudgement(e.Judgement, model, at, told: null);
                Expect(e.At == at && e.Cycle == _lead.Cycle, "a handoff names another instant or cycle", told: null);
                Expect(_qualified.Add((e.Cycle, typeof(MarketingQualified))), "was handed off twice in a cycle", told: null);
                _handedOffAt = e.At;
                break;
        }
    }

    /// <summary>The definition of a lead, as it reads.</summary>
    private string? Decision(PlainLead before, PlainModel model, DateTimeOffset at, out bool isClose)
    {
        isClose = false;
        var waits = _lead.Stage == Stage.AutomationQualified;
        if (!waits && (_lead.Stage != Stage.Inquiry || _lead.HasQualified)) return null;
        if (at < _lead.CoolDownUntil || !model.Fits(_lead.Attributes)) return null;
        var (fastBefore, fast) = (model.FastTrackedAt(before.Known, before.CountFrom), model.FastTrackedAt(_lead.Known, _lead.CountFrom));
        var takesFastTrack = fast is not null && (fastBefore is null || fast > fastBefore);
        if (waits) return fast is not null && (takesFastTrack || (fastBefore is not null && !model.Fits(before.Attributes))) ? "fast track" : null;
        if (!takesFastTrack && _lead.HeldFor is not null && before.IsMet(model, at, out isClose)) return null;
        if (fast is not null) return "fast track";
        if (!_lead.IsMet(model, at, out var isAlsoClose)) return null;
        isClose |= isAlsoClose;
        return model.AsksMarketing ? "review" : "threshold";
    }

    private void CheckJudgement(Judgement judgement, PlainModel model, DateTimeOffset at, Told? told)
    {
        Expect(judgement.ModelId == model.Id, $"was judged by {judgement.ModelId} while {model.Id} held at {at:O}", told);
        if (judgement.ModelId != model.Id) return;
        var (score, qualifying) = (model.Score(_lead.Known, at), model.Score(_lead.Known, at, _lead.CountFrom));
        Expect(IsNear(judgement.Score, score), $"was judged with a score of {judgement.Score:R}, not {score:R}", told);
        Expect(IsNear(judgement.QualifyingScore, qualifying), $"was judged with a qualifying score of {judgement.QualifyingScore:R}, not {qualifying:R}", told);
        Expect((int)judgement.Grade == model.Grade(_lead.Attributes), $"was judged with a grade of {judgement.Grade}", told);
    }

    private string Describe(PlainLead before, PlainModel model, DateTimeOffset at) =>
        $"{_lead.Stage}, score {model.Score(before.Known, at, before.CountFrom):R} then {model.Score(_lead.Known, at, _lead.CountFrom):R} of {model.Threshold}, held for {_lead.HeldFor}";

    public static bool IsNear(double actual, double expected) => Math.Abs(actual - expected) <= ScoreTolerance * Math.Max(1, Math.Abs(expected));

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    private void Expect(bool isSo, string otherwise, Told? told)
    {
        if (!isSo) Fault(otherwise, told);
    }

    private void Fault(string fault, Told? told) => _faults.Add($"lead {id} version {told?.Version ?? _lead.Version}: {fault}");
}
