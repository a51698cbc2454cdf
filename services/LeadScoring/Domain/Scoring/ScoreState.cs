using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Qualification;

namespace LeadScoring.Domain.Scoring;

/// <summary>The engagements of a frequency-capped rule that count on one UTC day.</summary>
/// <param name="Day">Day number since 0001-01-01.</param>
/// <param name="Ticks">Ticks of the day at which they occurred, ascending; at most the rule's <c>maxPerDay</c>.</param>
public sealed record FrequencyDay(int Day, IReadOnlyList<long> Ticks)
{
    public bool Equals(FrequencyDay? other) => other is not null && Day == other.Day && Ticks.SequenceEqual(other.Ticks);

    public override int GetHashCode() => HashCode.Combine(Day, Ticks.Count);
}

/// <summary>All engagements of one rule as one decayed sum, exact at any later time.</summary>
/// <param name="Rule">The rule's name.</param>
/// <param name="Points">Decayed to <paramref name="At"/>, before the rule's cap.</param>
/// <param name="InCycle">The part of it that occurred in the current cycle.</param>
/// <param name="Engagements">How many counted.</param>
/// <param name="Days">Latest days of a frequency-capped rule on which any counted, ascending; null for other rules.</param>
public sealed record RuleSum(
    string Rule, double Points, double InCycle, DateTimeOffset At, int Engagements, IReadOnlyList<FrequencyDay>? Days);

/// <summary>
/// The EngagementScore in constant size: per rule one sum and its instant. A function of the set of engagements, however
/// they arrive. What it cannot answer it does not guess: <see cref="Exact"/> turns false, and the owner folds the
/// lead's whole history again.
/// </summary>
/// <param name="ModelId">The model the sums were made under.</param>
/// <param name="Latest">When the latest engagement occurred: the earliest time this state can speak of.</param>
/// <param name="Exact">False when an arrival could not be placed without the history.</param>
public sealed record ScoreState(string ModelId, DateTimeOffset Latest, bool Exact, IReadOnlyList<RuleSum> Rules)
{
    /// <summary>Days a frequency-capped rule remembers; an arrival on an older day needs the history.</summary>
    public const int FrequencyDaysMax = 32;

    /// <summary>What tells that an arrival may be a bot's; null: the model does not ask, or there was no click yet.</summary>
    public ClickTrace? Clicks { get; init; }

    public static ScoreState Empty(ScoringModel model) => new(model.Id, DateTimeOffset.MinValue, Exact: true, []);

    /// <summary>The state of a whole history, in any order.</summary>
    /// <param name="countFrom">Engagements that occurred after this belong to the current cycle; null: all do.</param>
    public static ScoreState Of(EngagementHistory history, ScoringModel model, DateTimeOffset? countFrom)
    {
        var state = Empty(model);
        var suspects = SuspectedBots.Of(history, model);
        foreach (var engagement in InOrder(history.Counted))
        {
            state = state.AddJudged(engagement, model, countFrom, suspects.Contains(engagement), history.IsVouchedFor(engagement));
        }

        return state;
    }

    /// <summary>The order that decides which engagements of a day a frequency cap lets through.</summary>
    public static IOrderedEnumerable<EngagementRecorded> InOrder(IEnumerable<EngagementRecorded> engagements) =>
        engagements.OrderBy(e => e.OccurredAt)
            .ThenBy(e => e.Source, StringComparer.Ordinal)
            .ThenBy(e => e.Id, StringComparer.Ordinal);

    public ScoreState Add(EngagementRecorded engagement, ScoringModel model, DateTimeOffset? countFrom) =>
        Add(engagement, model.RuleFor(engagement), model, countFrom, out _);

    /// <param name="rule">The model's rule for the engagement; null: none speaks of it.</param>
    /// <param name="isSuspected">It is a bot's, as far as this state can tell.</param>
    internal ScoreState Add(EngagementRecorded engagement, Rule? rule, ScoringModel model, DateTimeOffset? countFrom, out bool isSuspected)
    {
        isSuspected = false;
        if (model.ClickBurst is not { } burst || !(burst.IsClick(engagement.Type) || engagement.Type == burst.DeliveredType))
        {
            return Add(engagement.OccurredAt, rule, model, countFrom);
        }

        var standing = (Clicks ?? ClickTrace.Empty).Judge(engagement, burst);
        if (standing == ClickStanding.Unknown) return Passed(engagement.OccurredAt) with { Exact = false };
        isSuspected = standing == ClickStanding.Suspected;
        return (isSuspected ? Passed(engagement.OccurredAt) : Add(engagement.OccurredAt, rule, model, countFrom))
            .Traced(engagement, isSettled: isSuspected, burst);
    }

    /// <summary>In any order, of engagements that were judged with the whole history at hand.</summary>
    /// <param name="isVouchedFor">Somebody said that it is genuine.</param>
    internal ScoreState AddJudged(
        EngagementRecorded engagement, ScoringModel model, DateTimeOffset? countFrom, bool isSuspected, bool isVouchedFor)
    {
        var state = isSuspected ? Passed(engagement.OccurredAt) : Add(engagement.OccurredAt, model.RuleFor(engagement), model, countFrom);
        return model.ClickBurst is { } burst && (burst.IsClick(engagement.Type) || engagement.Type == burst.DeliveredType)
            ? state.Traced(engagement, isSuspected || isVouchedFor, burst)
            : state;
    }

    private ScoreState Add(DateTimeOffset occurredAt, Rule? rule, ScoringModel model, DateTimeOffset? countFrom)
    {
        var latest = occurredAt > Latest ? occurredAt : Latest;
        if (!Exact || ModelId != model.Id) return this with { Latest = latest, Exact = false };
        if (rule is null) return this with { Latest = latest };

        var index = IndexOf(rule.Name);
        var sum = index < 0 ? new(rule.Name, 0, 0, occurredAt, 0, null) : Rules[index];
        var days = sum.Days;
        if (rule.MaxPerDay is { } maxPerDay)
        {
            if (Admit(days ?? [], occurredAt, maxPerDay) is not { } admitted) return this with { Latest = latest, Exact = false };
            if (admitted.Days is null) return this with { Latest = latest };
            days = admitted.Days;
            if (admitted.Displaced is { } displaced) sum = Withdraw(sum with { Days = days }, rule, displaced, IsInCycle(displaced, countFrom));
        }

        var rules = new RuleSum[index < 0 ? Rules.Count + 1 : Rules.Count];
        for (var i = 0; i < Rules.Count; i++) rules[i] = Rules[i];
        rules[index < 0 ? Rules.Count : index] = Accumulate(sum, days, rule, occurredAt, IsInCycle(occurredAt, countFrom));
        return this with { Latest = latest, Rules = rules };
    }

    /// <summary>
    /// The same engagements at what another model says they are worth, where that alone has changed: rules that count alike and differ in
    /// their points or cap.
    /// </summary>
    /// <param name="countByType">How many engagements of each type there were, as <see cref="EngagementTally"/> counts them.</param>
    /// <param name="from">The model the sums were made under.</param>
    /// <returns>Null: only the history can tell.</returns>
    public ScoreState? Revalue(IReadOnlyDictionary<string, int> countByType, ScoringModel from, ScoringModel to)
    {
        if (!Exact || ModelId != from.Id || from.ClickBurst != to.ClickBurst) return null;
        foreach (var type in countByType.Keys)
        {
            if (type == EngagementTally.OtherTypes || !from.CountsAlike(to, type)) return null;
        }

        var rules = new RuleSum[Rules.Count];
        for (var i = 0; i < rules.Length; i++)
        {
            var sum = Rules[i];
            var (was, worth) = (from.RuleNamed(sum.Rule).Points, to.RuleNamed(sum.Rule).Points);

            // Multiplied first: whole points that do not decay stay whole, and a threshold that is just reached is.
            rules[i] = sum with { Points = sum.Points * worth / was, InCycle = sum.InCycle * worth / was };
        }

        return this with { ModelId = to.Id, Rules = rules };
    }

    /// <summary>A new cycle begins: nothing has counted towards it yet.</summary>
    public ScoreState StartCycle() => this with { Rules = [.. Rules.Select(r => r with { InCycle = 0 })] };

    /// <summary>Whether this state can answer for a time; earlier ones need the history.</summary>
    public bool CanAnswer(DateTimeOffset at, ScoringModel model) => Exact && ModelId == model.Id && at >= Latest;

    /// <summary>EngagementScore at a time not before <see cref="Latest"/>, unrounded.</summary>
    public double At(DateTimeOffset at, ScoringModel model) => Total(at, model, static sum => sum.Points);

    /// <summary>The same from engagements of the current cycle only.</summary>
    public double InCycleAt(DateTimeOffset at, ScoringModel model) => Total(at, model, static sum => sum.InCycle);

    /// <summary>Points by rule, largest magnitude first, with the clamp's correction last; they add up to the score.</summary>
    public IReadOnlyList<RuleContribution> ByRule(DateTimeOffset at, ScoringModel model)
    {
        ThrowUnlessAnswerable(at, model);
        var lines = Rules
            .Select(r => new RuleContribution(r.Rule, PointsOf(r, r.Points, at, model), r.Engagements))
            .OrderByDescending(c => Math.Abs(c.Points)).ThenBy(c => c.Rule, StringComparer.Ordinal)
            .ToList();
        var total = lines.Sum(l => l.Points);
        var correction = model.Clamp(total) - total;
        if (correction != 0) lines.Add(new(correction > 0 ? "floor" : "ceiling", correction, 0));
        return lines;
    }

    /// <summary>
    /// When decay may have moved the score by more than max(0.5 point, 1 %) from what it is at a time; null: never.
    /// An upper bound on the movement is used, so a score stored until then is never further off.
    /// </summary>
    public DateTimeOffset? DriftsAfter(DateTimeOffset at, ScoringModel model)
    {
        ThrowUnlessAnswerable(at, model);
        var total = 0.0;
        var decaying = 0.0;
        var halfLifeDays = double.MaxValue;
        for (var i = 0; i < Rules.Count; i++)
        {
            var sum = Rules[i];
            var rule = model.RuleNamed(sum.Rule);
            var points = rule.Capped(sum.Points * rule.Decay(at - sum.At));
            total += points;
            if (rule.HalfLifeDays is not { } days) continue;
            decaying += Math.Abs(points);
            halfLifeDays = Math.Min(halfLifeDays, days);
        }

        var tolerance = Math.Max(0.5, 0.01 * Math.Abs(model.Clamp(total)));
        if (decaying <= tolerance) return null;
        return at + TimeSpan.FromDays(-halfLifeDays * Math.Log2(1 - (tolerance / decaying)));
    }

    /// <summary>An engagement that is worth nothing.</summary>
    private ScoreState Passed(DateTimeOffset occurredAt) => occurredAt > Latest ? this with { Latest = occurredAt } : this;

    private ScoreState Traced(EngagementRecorded engagement, bool isSettled, ClickBurst burst) =>
        this with { Clicks = (Clicks ?? ClickTrace.Empty).With(engagement, isSettled, burst) };

    private double Total(DateTimeOffset at, ScoringModel model, Func<RuleSum, double> part)
    {
        ThrowUnlessAnswerable(at, model);
        var total = 0.0;
        for (var i = 0; i < Rules.Count; i++) total += PointsOf(Rules[i], part(Rules[i]), at, model);
        return model.Clamp(total);
    }

    private static double PointsOf(RuleSum sum, double points, DateTimeOffset at, ScoringModel model)
    {
        var rule = model.RuleNamed(sum.Rule);
        return rule.Capped(points * rule.Decay(at - sum.At));
    }

    private void ThrowUnlessAnswerable(DateTimeOffset at, ScoringModel model)
    {
        if (!CanAnswer(at, model))
        {
            throw new InvalidOperationException("This score state cannot answer for that time or model; fold the history.");
        }
    }

    private int IndexOf(string rule)
    {
        for (var i = 0; i < Rules.Count; i++)
        {
            if (Rules[i].Rule == rule) return i;
        }

        return -1;
    }

    private static RuleSum Accumulate(
        RuleSum sum, IReadOnlyList<FrequencyDay>? days, Rule rule, DateTimeOffset occurredAt, bool inCycle)
    {
        if (occurredAt >= sum.At)
        {
            var decay = rule.Decay(occurredAt - sum.At);
            return sum with
            {
                Points = (sum.Points * decay) + rule.Points,
                InCycle = (sum.InCycle * decay) + (inCycle ? rule.Points : 0),
                At = occurredAt,
                Engagements = sum.Engagements + 1,
                Days = days,
            };
        }

        var late = rule.Points * rule.Decay(sum.At - occurredAt);
        return sum with
        {
            Points = sum.Points + late,
            InCycle = sum.InCycle + (inCycle ? late : 0),
            Engagements = sum.Engagements + 1,
            Days = days,
        };
    }

    /// <summary>Takes back one that counted until an earlier one of its day arrived, and speaks from the latest left.</summary>
    private static RuleSum Withdraw(RuleSum sum, Rule rule, DateTimeOffset occurredAt, bool inCycle)
    {
        var last = sum.Days![^1];
        var at = new DateTimeOffset((last.Day * TimeSpan.TicksPerDay) + last.Ticks[^1], TimeSpan.Zero);
        var points = rule.Points * rule.Decay(sum.At - occurredAt);
        var undecay = 1 / rule.Decay(sum.At - at);
        return sum with
        {
            Points = (sum.Points - points) * undecay,
            InCycle = (sum.InCycle - (inCycle ? points : 0)) * undecay,
            At = at,
            Engagements = sum.Engagements - 1,
        };
    }

    private static bool IsInCycle(DateTimeOffset occurredAt, DateTimeOffset? countFrom) =>
        countFrom is null || occurredAt > countFrom;

    /// <param name="Days">The rule's days afterwards; null: the day's allowance is used up by earlier ones.</param>
    /// <param name="Displaced">When the one occurred that no longer counts; null: none.</param>
    private readonly record struct Admission(IReadOnlyList<FrequencyDay>? Days, DateTimeOffset? Displaced);

    /// <returns>Null when the day is older than those remembered: only the history can tell.</returns>
    private static Admission? Admit(IReadOnlyList<FrequencyDay> days, DateTimeOffset occurredAt, int maxPerDay)
    {
        var day = (int)(occurredAt.UtcTicks / TimeSpan.TicksPerDay);
        var ticks = occurredAt.UtcTicks % TimeSpan.TicksPerDay;
        var index = days.Count - 1;
        while (index >= 0 && days[index].Day > day) index--;
        if (index < 0 || days[index].Day != day)
        {
            if (days.Count < FrequencyDaysMax) return new(With(days, dropped: 0, index + 1, new(day, [ticks])), Displaced: null);
            return index < 0 ? null : new(With(days, dropped: 1, index + 1, new(day, [ticks])), Displaced: null);
        }

        var counted = days[index].Ticks;
        var isFull = counted.Count == maxPerDay;
        // At equal times either may be the capped one: they are worth the same.
        if (isFull && ticks >= counted[^1]) return new(null, Displaced: null);
        var known = new FrequencyDay[days.Count];
        for (var i = 0; i < known.Length; i++) known[i] = days[i];
        known[index] = new(day, With(counted, isFull ? counted.Count - 1 : counted.Count, ticks));
        return new(known, isFull ? new(day * TimeSpan.TicksPerDay + counted[^1], TimeSpan.Zero) : null);
    }

    /// <param name="dropped">How many of the oldest are left out.</param>
    /// <param name="place">Where the day stands among all of them.</param>
    private static FrequencyDay[] With(IReadOnlyList<FrequencyDay> days, int dropped, int place, FrequencyDay day)
    {
        var known = new FrequencyDay[days.Count + 1 - dropped];
        for (var i = dropped; i < place; i++) known[i - dropped] = days[i];
        known[place - dropped] = day;
        for (var i = place; i < days.Count; i++) known[i + 1 - dropped] = days[i];
        return known;
    }

    /// <summary>The first of some ticks and one more, ascending.</summary>
    private static long[] With(IReadOnlyList<long> counted, int kept, long ticks)
    {
        var all = new long[kept + 1];
        var place = kept;
        for (; place > 0 && counted[place - 1] > ticks; place--) all[place] = counted[place - 1];
        all[place] = ticks;
        for (var i = 0; i < place; i++) all[i] = counted[i];
        return all;
    }
}
