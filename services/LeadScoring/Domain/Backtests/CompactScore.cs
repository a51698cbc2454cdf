using LeadScoring.Domain.Scoring;

namespace LeadScoring.Domain.Backtests;

/// <summary>
/// What a lead's current cycle scores under one model, in little memory and changed in place: the part of <see cref="ScoreState"/>
/// that decides, by the very same arithmetic, so that a backtest decides as the service did to the last bit.
/// </summary>
public sealed class CompactScore
{
    private const int SumsFirst = 2;
    private const int TicksFirst = 4;

    /// <summary>In the order the rules first counted: sums are added up in that order.</summary>
    private Sum[] _sums = [];
    private int _count;

    /// <summary>When the latest FastTrack engagement of the cycle occurred, UTC ticks; 0: none did.</summary>
    public long FastTrackedAt { get; private set; }

    /// <param name="rule">The rule it counts under; -1: none.</param>
    /// <param name="occurredAt">UTC ticks.</param>
    /// <param name="countFrom">UTC ticks; only what occurred after this is of the current cycle.</param>
    /// <returns>False: only the whole history can tell; the score is of no more use until it is cleared and made from that.</returns>
    public bool TryAdd(IReadOnlyList<Rule> rules, int rule, long occurredAt, long countFrom)
    {
        if (rule < 0) return true;
        var isInCycle = occurredAt > countFrom;
        if (isInCycle && rules[rule].FastTrack && occurredAt > FastTrackedAt) FastTrackedAt = occurredAt;
        var index = IndexOf(rule);
        var isFirst = index < 0;
        var sum = isFirst ? new Sum { Rule = (short)rule, At = occurredAt } : _sums[index];
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
        if (isFirst) index = Grow();
        _sums[index] = sum;
        return true;
    }

    /// <summary>A new cycle begins: nothing has counted towards it yet.</summary>
    public void StartCycle()
    {
        FastTrackedAt = 0;
        for (var i = 0; i < _count; i++) _sums[i].InCycle = 0;
    }

    /// <summary>As if nothing had ever been added.</summary>
    public void Clear()
    {
        FastTrackedAt = 0;
        _count = 0;
        Array.Clear(_sums);
    }

    /// <summary>EngagementScore of the current cycle, unrounded.</summary>
    /// <param name="at">UTC ticks, not before the latest engagement.</param>
    public double InCycleAt(long at, ScoringModel model)
    {
        var total = 0.0;
        for (var i = 0; i < _count; i++)
        {
            ref readonly var sum = ref _sums[i];
            var rule = model.Rules[sum.Rule];
            total += rule.Capped(sum.InCycle * rule.Decay(new TimeSpan(at - sum.At)));
        }

        return model.Clamp(total);
    }

    /// <summary>What each rule that counts in the current cycle is worth, in units of its points: how many fresh ones would be worth as much.</summary>
    /// <param name="at">UTC ticks, not before the latest engagement.</param>
    public RuleUse[] UsesAt(long at, ScoringModel model)
    {
        var used = 0;
        for (var i = 0; i < _count; i++) used += _sums[i].InCycle != 0 ? 1 : 0;
        var uses = new RuleUse[used];
        for (int i = 0, next = 0; i < _count; i++)
        {
            ref readonly var sum = ref _sums[i];
            if (sum.InCycle == 0) continue;
            var rule = model.Rules[sum.Rule];
            uses[next++] = new(sum.Rule, (float)(sum.InCycle * rule.Decay(new TimeSpan(at - sum.At)) / rule.Points));
        }

        return uses;
    }

    private int IndexOf(int rule)
    {
        for (var i = 0; i < _count; i++)
        {
            if (_sums[i].Rule == rule) return i;
        }

        return -1;
    }

    private int Grow()
    {
        if (_count == _sums.Length) Array.Resize(ref _sums, _count + SumsFirst);
        return _count++;
    }

    private static void Accumulate(ref Sum sum, Rule rule, long occurredAt, bool isInCycle)
    {
        if (occurredAt >= sum.At)
        {
            var decay = rule.Decay(new TimeSpan(occurredAt - sum.At));
            sum.InCycle = (sum.InCycle * decay) + (isInCycle ? rule.Points : 0);
            sum.At = occurredAt;
            return;
        }

        sum.InCycle += isInCycle ? rule.Points * rule.Decay(new TimeSpan(sum.At - occurredAt)) : 0;
    }

    /// <summary>Takes back one that counted until an earlier one of its day arrived, and speaks from the latest left.</summary>
    private static void Withdraw(ref Sum sum, Rule rule, long displaced, bool wasInCycle)
    {
        var at = sum.Ticks![sum.TickCount - 1];
        var points = rule.Points * rule.Decay(new TimeSpan(sum.At - displaced));
        var undecay = 1 / rule.Decay(new TimeSpan(sum.At - at));
        sum.InCycle = (sum.InCycle - (wasInCycle ? points : 0)) * undecay;
        sum.At = at;
    }

    /// <summary>Whether an engagement is within its day's allowance; if so, it is remembered.</summary>
    private static Admission Admit(ref Sum sum, long occurredAt, int maxPerDay, out long displaced)
    {
        displaced = 0;
        var day = occurredAt / TimeSpan.TicksPerDay;
        var end = (int)sum.TickCount;
        while (end > 0 && DayOf(sum, end - 1) > day) end--;
        var start = end;
        while (start > 0 && DayOf(sum, start - 1) == day) start--;
        if (start == end)
        {
            if (sum.Days == ScoreState.FrequencyDaysMax)
            {
                if (start == 0) return Admission.Unknown;
                start -= ForgetOldestDay(ref sum);
            }

            Insert(ref sum, start, occurredAt);
            sum.Days++;
            return Admission.Granted;
        }

        var isFull = end - start == maxPerDay;
        if (isFull)
        {
            displaced = sum.Ticks![end - 1];
            if (occurredAt >= displaced) return Admission.Refused;
            Remove(ref sum, end - 1, 1);
            end--;
        }

        var place = end;
        while (place > start && sum.Ticks![place - 1] > occurredAt) place--;
        Insert(ref sum, place, occurredAt);
        return isFull ? Admission.Displacing : Admission.Granted;
    }

    private static long DayOf(in Sum sum, int index) => sum.Ticks![index] / TimeSpan.TicksPerDay;

    /// <returns>How many engagements that were.</returns>
    private static int ForgetOldestDay(ref Sum sum)
    {
        var count = 1;
        while (count < sum.TickCount && DayOf(sum, count) == DayOf(sum, 0)) count++;
        Remove(ref sum, 0, count);
        sum.Days--;
        return count;
    }

    private static void Remove(ref Sum sum, int index, int count)
    {
        Array.Copy(sum.Ticks!, index + count, sum.Ticks!, index, sum.TickCount - index - count);
        sum.TickCount -= (short)count;
    }

    private static void Insert(ref Sum sum, int index, long tick)
    {
        if (sum.Ticks is null) sum.Ticks = new long[TicksFirst];
        else if (sum.TickCount == sum.Ticks.Length) Array.Resize(ref sum.Ticks, sum.TickCount + TicksFirst);
        Array.Copy(sum.Ticks, index, sum.Ticks, index + 1, sum.TickCount - index);
        sum.Ticks[index] = tick;
        sum.TickCount++;
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

    /// <summary>All engagements of one rule.</summary>
    private struct Sum
    {
        public double InCycle;
        public long At;

        /// <summary>When the engagements of a frequency-capped rule occurred that count on its latest days, ascending.</summary>
        public long[]? Ticks;
        public short TickCount;
        public short Rule;
        public byte Days;
    }
}

/// <summary>How much a rule counted for a lead.</summary>
/// <param name="Rule">Its place in the model.</param>
/// <param name="Units">Decayed engagements.</param>
public readonly record struct RuleUse(short Rule, float Units);
