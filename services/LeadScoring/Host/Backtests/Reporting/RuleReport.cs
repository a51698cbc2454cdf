using LeadScoring.Contracts;
using LeadScoring.Domain.Backtests;
using LeadScoring.Domain.Scoring;
using LeadScoring.Domain.Statistics;

namespace LeadScoring.Host.Backtests.Reporting;

/// <summary>Which rules of the draft tell something about how handoffs turned out, and which are noise.</summary>
internal static class RuleReport
{
    /// <summary>Handoffs the rules are judged by.</summary>
    public const int SamplesMax = 100_000;

    /// <summary>Cycles needed with a rule, and without it, to say anything.</summary>
    private const int EachSideMin = 20;

    /// <summary>Cycles needed with the outcome, and without it.</summary>
    private const int EachOutcomeMin = 10;

    /// <summary>Of the rules called informative so many may be so by chance.</summary>
    private const double FalseDiscoveryMax = 0.05;

    /// <summary>Keeps rules that go together, or that settle an outcome alone, from running to infinity.</summary>
    private const double Ridge = 1;

    /// <summary>A rule is noise when its interval rules out that a standard deviation more of it changes the odds by more than this factor.</summary>
    private const double OddsOfNoiseMax = 1.5;

    private static readonly Func<CycleRecord, bool?>[] Outcomes = [KnownOutcome.Accepted, KnownOutcome.Opportunity, KnownOutcome.Won];

    /// <param name="handedOff">Cycles with a handoff, in a fixed order.</param>
    public static BacktestRule[] Of(ScoringModel draft, IReadOnlyList<CycleRecord> handedOff, CancellationToken ct)
    {
        var samples = Chosen(handedOff);
        var looks = Outcomes.Select(o => Look(draft, samples, o, ct)).ToArray();
        var tested = looks.SelectMany(l => l).Where(l => l.P is not null).ToList();
        var adjusted = FalseDiscovery.Adjust([.. tested.Select(l => l.P!.Value)]);
        for (var i = 0; i < tested.Count; i++) tested[i].AdjustedP = adjusted[i];
        return [.. Enumerable.Range(0, ColumnsOf(draft)).Select(column => RuleOf(draft, column, [.. looks.Select(l => l[column])]))];
    }

    private static int ColumnsOf(ScoringModel draft) => draft.Rules.Count + draft.FitRules.Count;

    private static List<CycleRecord> Chosen(IReadOnlyList<CycleRecord> handedOff)
    {
        if (handedOff.Count <= SamplesMax) return [.. handedOff];
        var step = (double)handedOff.Count / SamplesMax;
        return [.. Enumerable.Range(0, SamplesMax).Select(i => handedOff[(int)(i * step)])];
    }

    private static RuleLook[] Look(ScoringModel draft, List<CycleRecord> samples, Func<CycleRecord, bool?> outcomeOf, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var looks = Enumerable.Range(0, ColumnsOf(draft)).Select(_ => new RuleLook()).ToArray();
        var rows = new List<LabelledRow>();
        foreach (var cycle in samples)
        {
            if (outcomeOf(cycle) is not { } isPositive) continue;
            var features = FeaturesOf(draft, cycle.Handoff!);
            rows.Add(new(features, isPositive));
            foreach (var (column, value) in features)
            {
                looks[column].With++;
                looks[column].WithPositives += isPositive ? 1 : 0;
                looks[column].Sum += value;
                looks[column].SumOfSquares += value * value;
            }
        }

        var positives = rows.LongCount(r => r.IsPositive);
        var isEnough = positives >= EachOutcomeMin && rows.Count - positives >= EachOutcomeMin;
        foreach (var look in looks) look.Compare(rows.Count, positives);
        if (!isEnough) return looks;
        var fit = LogisticRegression.Fit(rows, looks.Length, Ridge, ct);
        if (!fit.Converged) return looks;
        for (var i = 0; i < looks.Length; i++)
        {
            if (looks[i].With >= EachSideMin && looks[i].Without >= EachSideMin && fit.IsInformed(i)) looks[i].Take(fit, i, rows.Count);
        }

        return looks;
    }

    /// <summary>
    /// Of a rule on behaviour, how much it counted, in decayed engagements and on a logarithmic scale: the tenth page view says
    /// less than the first. Of a rule on fit, whether it held.
    /// </summary>
    private static List<Feature> FeaturesOf(ScoringModel draft, HandoffSnapshot handoff)
    {
        var features = new List<Feature>(handoff.DraftUses.Length);
        foreach (var use in handoff.DraftUses)
        {
            if (Math.Log(1 + Math.Max(0, use.Units)) is var value and > 0) features.Add(new(use.Rule, value));
        }

        for (var i = 0; i < draft.FitRules.Count; i++)
        {
            if (handoff.Fit.DraftRules[i]) features.Add(new(draft.Rules.Count + i, 1));
        }

        return features;
    }

    private static BacktestRule RuleOf(ScoringModel draft, int column, RuleLook[] looks)
    {
        var isFit = column >= draft.Rules.Count;
        var (name, points) = isFit
            ? (draft.FitRules[column - draft.Rules.Count].Name, draft.FitRules[column - draft.Rules.Count].Points)
            : (draft.Rules[column].Name, draft.Rules[column].Points);
        var best = looks.Where(l => l.AdjustedP is not null).MinBy(l => l.AdjustedP);
        var closest = looks.Where(l => l.LogOdds is not null).MinBy(l => l.LogOdds!.Value.High - l.LogOdds.Value.Low);
        var verdict = best is null ? RuleVerdict.TooLittleData
            : best.AdjustedP <= FalseDiscoveryMax ? RuleVerdict.Informative
            : closest?.LogOdds is { } interval && Math.Max(-interval.Low, interval.High) <= Math.Log(OddsOfNoiseMax) ? RuleVerdict.Noise
            : RuleVerdict.Unclear;
        return new(
            name,
            isFit ? RuleKind.Fit : RuleKind.Engagement,
            points,
            verdict,
            verdict == RuleVerdict.Informative ? Math.Sign(best!.Coefficient!.Value) == Math.Sign(points) : null,
            looks[0].Outcome,
            looks[1].Outcome,
            looks[2].Outcome);
    }

    /// <summary>One rule and one outcome.</summary>
    private sealed class RuleLook
    {
        private long _positives;
        private long _cycles;

        public long With { get; set; }

        public long WithPositives { get; set; }

        public double Sum { get; set; }

        public double SumOfSquares { get; set; }

        public long Without => _cycles - With;

        public double? Coefficient { get; private set; }

        public double? P { get; private set; }

        public double? AdjustedP { get; set; }

        /// <summary>95 % interval of <see cref="Coefficient"/>.</summary>
        public Interval? LogOdds { get; private set; }

        public RuleOutcome Outcome => new(
            With,
            WithPositives,
            Without,
            _positives - WithPositives,
            Figures.Share(WithPositives, With),
            Figures.Share(_positives - WithPositives, Without),
            Figures.Share(WithPositives, _positives),
            With == 0 || _positives == 0 ? null : Figures.Shown((double)WithPositives / With / ((double)_positives / _cycles)),
            _information,
            Figures.Shown(Coefficient),
            Figures.Shown(_z),
            Figures.Shown(P),
            Figures.Shown(AdjustedP));

        private double? _information;
        private double? _z;

        public void Compare(long cycles, long positives)
        {
            (_cycles, _positives) = (cycles, positives);
            _information = Figures.Shown(WeightOfEvidence.Of([new(WithPositives, With), new(positives - WithPositives, Without)])?.InformationValue);
        }

        public void Take(LogisticFit fit, int column, long rows)
        {
            var mean = Sum / rows;
            var deviation = Math.Sqrt(Math.Max(0, (SumOfSquares / rows) - (mean * mean)));
            Coefficient = fit.Coefficients[column] * deviation;
            LogOdds = fit.IntervalOf(column) is { } interval ? new Interval(interval.Low * deviation, interval.High * deviation) : null;
            _z = fit.Z(column);
            P = fit.PValue(column);
        }
    }
}
