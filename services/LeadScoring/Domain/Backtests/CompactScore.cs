using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;

namespace LeadScoring.Domain.Backtests;

/// <summary>
/// What a lead's current cycle scores under one model, in little memory and changed in place: the part of <see cref="ScoreState"/>
/// that decides, by the very same arithmetic, so that a backtest decides as the service did to the last bit.
/// </summary>
public sealed class CompactScore(ScoreLinks links)
{
    /// <summary>The chain of sums, in the order the rules first counted: they are added up in that order.</summary>
    private int _first;

    /// <summary>When the latest FastTrack engagement of the cycle occurred, UTC ticks; 0: none did.</summary>
    public long FastTrackedAt { get; private set; }

    /// <summary>What tells that an arrival may be a bot's; null: the model does not ask, or there was no click yet.</summary>
    private ClickTrace? _clicks;

    /// <param name="rule">The rule it counts under; -1: none.</param>
    /// <param name="occurredAt">UTC ticks.</param>
    /// <param name="countFrom">UTC ticks; only what occurred after this is of the current cycle.</param>
    /// <param name="traced">The engagement, if it is a click or a delivery to the model; otherwise it need not be given.</param>
    /// <returns>False: only the whole history can tell; the score is of no more use until it is cleared and made from that.</returns>
    public bool TryAdd(ScoringModel model, int rule, long occurredAt, long countFrom, EngagementRecorded? traced = null)
    {
        if (traced is null || BurstOf(model, traced) is not { } burst) return TryAdd(model.Rules, rule, occurredAt, countFrom);
        var standing = (_clicks ?? ClickTrace.Empty).Judge(traced, burst);
        if (standing == ClickStanding.Unknown) return false;
        var isSuspected = standing == ClickStanding.Suspected;
        _clicks = (_clicks ?? ClickTrace.Empty).With(traced, isSettled: isSuspected, burst);
        return isSuspected || TryAdd(model.Rules, rule, occurredAt, countFrom);
    }

    /// <summary>The next engagement of a history that is told in order of occurrence, with everything known that was said of it.</summary>
    /// <inheritdoc cref="TryAdd(ScoringModel, int, long, long, EngagementRecorded?)"/>
    public bool TryAddJudged(ScoringModel model, int rule, EngagementRecorded engagement, long countFrom, bool isSuspected, bool isVouchedFor)
    {
        if (BurstOf(model, engagement) is { } burst) _clicks = (_clicks ?? ClickTrace.Empty).With(engagement, isSuspected || isVouchedFor, burst);
        return isSuspected || TryAdd(model.Rules, rule, engagement.OccurredAt.UtcTicks, countFrom);
    }

    private static ClickBurst? BurstOf(ScoringModel model, EngagementRecorded engagement) =>
        model.ClickBurst is { } burst && (burst.IsClick(engagement.Type) || engagement.Type == burst.DeliveredType) ? burst : null;

    private bool TryAdd(IReadOnlyList<Rule> rules, int rule, long occurredAt, long countFrom)
    {
        if (rule < 0) return true;
        var isInCycle = occurredAt > countFrom;
        if (isInCycle && rules[rule].FastTrack && occurredAt > FastTrackedAt) FastTrackedAt = occurredAt;
        ref var sum = ref SumOf((short)rule, occurredAt);
        if (rules[rule].MaxPerDay is { } maxPerDay)
        {
            switch (Admit(ref sum, occurredAt, maxPerDay, out var displaced))
            {
                case Admission.Unknown: return false;
                case Admission.Refused: return true;
                case Admission.Displacing:
                    Withdraw(ref sum, rules[rule], displaced, displaced > countFrom);
                    break;
            }
        }

        Accumulate(ref sum, rules[rule], occurredAt, isInCycle);
        return true;
    }

    /// <summary>A new cycle begins: nothing has counted towards it yet.</summary>
    public void StartCycle()
    {
        FastTrackedAt = 0;
        for (var place = _first; place != 0; place = links.Sums[place].Next) links.Sums[place].InCycle = 0;
    }

    /// <summary>As if nothing had ever been added; what it took in memory is free for others.</summary>
    public void Clear()
    {
        (FastTrackedAt, _clicks) = (0, null);
        for (int place = _first, next; place != 0; place = next)
        {
            next = links.Sums[place].Next;
            for (int tick = links.Sums[place].Ticks, after; tick != 0; tick = after)
            {
                after = links.Ticks[tick].Next;
                links.Ticks.Free(tick);
            }

            links.Sums.Free(place);
        }

        _first = 0;
    }

    /// <summary>EngagementScore of the current cycle, unrounded.</summary>
    /// <param name="at">UTC ticks, not before the latest engagement.</param>
    public double InCycleAt(long at, ScoringModel model)
    {
        var total = 0.0;
        for (var place = _first; place != 0;)
        {
            ref readonly var sum = ref links.Sums[place];
            var rule = model.Rules[sum.Rule];
            total += rule.Capped(sum.InCycle * rule.Decay(new TimeSpan(at - sum.At)));
            place = sum.Next;
        }

        return model.Clamp(total);
    }

    /// <summary>What each rule that counts in the current cycle is worth, in units of its points: how many fresh ones would be worth as much.</summary>
    /// <param name="at">UTC ticks, not before the latest engagement.</param>
    public RuleUse[] UsesAt(long at, ScoringModel model)
    {
        var uses = new List<RuleUse>();
        for (var place = _first; place != 0;)
        {
            ref readonly var sum = ref links.Sums[place];
            var rule = model.Rules[sum.Rule];
            if (sum.InCycle != 0) uses.Add(new(sum.Rule, (float)(sum.InCycle * rule.Decay(new TimeSpan(at - sum.At)) / rule.Points)));
            place = sum.Next;
        }

        return [.. uses];
    }

    private ref RuleLink SumOf(short rule, long occurredAt)
    {
        var last = 0;
        for (var place = _first; place != 0; place = links.Sums[place].Next)
        {
            if (links.Sums[place].Rule == rule) return ref links.Sums[place];
            last = place;
        }

        var added = links.Sums.Take();
        if (last == 0) _first = added;
        else links.Sums[last].Next = added;
        ref var sum = ref links.Sums[added];
        (sum.Rule, sum.At) = (rule, occurredAt);
        return ref sum;
    }

    private static void Accumulate(ref RuleLink sum, Rule rule, long occurredAt, bool isInCycle)
    {
        if (occurredAt >= sum.At)
        {
            sum.InCycle = (sum.InCycle * rule.Decay(new TimeSpan(occurredAt - sum.At))) + (isInCycle ? rule.Points : 0);
            sum.At = occurredAt;
            return;
        }

        sum.InCycle += isInCycle ? rule.Points * rule.Decay(new TimeSpan(sum.At - occurredAt)) : 0;
    }

    /// <summary>Takes back one that counted until an earlier one of its day arrived, and speaks from the latest left.</summary>
    private void Withdraw(ref RuleLink sum, Rule rule, long displaced, bool wasInCycle)
    {
        var at = links.Ticks[sum.Ticks].At;
        var points = rule.Points * rule.Decay(new TimeSpan(sum.At - displaced));
        var undecay = 1 / rule.Decay(new TimeSpan(sum.At - at));
        sum.InCycle = (sum.InCycle - (wasInCycle ? points : 0)) * undecay;
        sum.At = at;
    }

    /// <summary>Whether an engagement is within its day's allowance; if so, it is remembered.</summary>
    private Admission Admit(ref RuleLink sum, long occurredAt, int maxPerDay, out long displaced)
    {
        displaced = 0;
        var day = occurredAt / TimeSpan.TicksPerDay;
        var later = 0;
        var place = sum.Ticks;
        for (; place != 0 && links.Ticks[place].Day > day; place = links.Ticks[place].Next) later = place;
        if (place == 0 || links.Ticks[place].Day != day)
        {
            if (sum.Days == ScoreState.FrequencyDaysMax)
            {
                if (place == 0) return Admission.Unknown;
                ForgetOldestDay(ref sum); // Not the one that was found: an older one follows it.
            }

            Insert(ref sum, later, occurredAt);
            sum.Days++;
            return Admission.Granted;
        }

        var counted = 0;
        var latest = place;
        for (; place != 0 && links.Ticks[place].Day == day; place = links.Ticks[place].Next) counted++;
        var isFull = counted == maxPerDay;
        if (isFull)
        {
            displaced = links.Ticks[latest].At;
            if (occurredAt >= displaced) return Admission.Refused;
            RemoveAfter(ref sum, later);
        }

        var before = later;
        for (place = FirstAfter(sum, later); place != 0 && links.Ticks[place].At > occurredAt; place = links.Ticks[place].Next) before = place;
        Insert(ref sum, before, occurredAt);
        return isFull ? Admission.Displacing : Admission.Granted;
    }

    private int FirstAfter(in RuleLink sum, int later) => later == 0 ? sum.Ticks : links.Ticks[later].Next;

    /// <param name="later">The link it follows; 0: it becomes the first.</param>
    private void Insert(ref RuleLink sum, int later, long occurredAt)
    {
        var added = links.Ticks.Take();
        links.Ticks[added].At = occurredAt;
        links.Ticks[added].Next = FirstAfter(sum, later);
        if (later == 0) sum.Ticks = added;
        else links.Ticks[later].Next = added;
    }

    private void RemoveAfter(ref RuleLink sum, int later)
    {
        var removed = FirstAfter(sum, later);
        if (later == 0) sum.Ticks = links.Ticks[removed].Next;
        else links.Ticks[later].Next = links.Ticks[removed].Next;
        links.Ticks.Free(removed);
    }

    private void ForgetOldestDay(ref RuleLink sum)
    {
        var (lastKept, lastDay) = (0, links.Ticks[sum.Ticks].Day);
        for (int place = sum.Ticks, before = 0; place != 0; before = place, place = links.Ticks[place].Next)
        {
            if (links.Ticks[place].Day == lastDay) continue;
            (lastKept, lastDay) = (before, links.Ticks[place].Day);
        }

        while (FirstAfter(sum, lastKept) != 0) RemoveAfter(ref sum, lastKept);
        sum.Days--;
    }

    private enum Admission
    {
        Granted,

        /// <summary>In the place of a later one of its day.</summary>
        Displacing,

        /// <summary>The day's allowance is used up by earlier ones.</summary>
        Refused,

        /// <summary>The day is older than those remembered.</summary>
        Unknown,
    }
}

/// <summary>How much a rule counted for a lead.</summary>
/// <param name="Rule">Its place in the model.</param>
/// <param name="Units">Decayed engagements.</param>
public readonly record struct RuleUse(short Rule, float Units);
