using System.Globalization;
using System.Text;
using LeadScoring.Domain.Statistics;

namespace LeadScoring.Domain.Scoring.Suggestions;

/// <summary>
/// Proposes points and cut-offs for a model's rules from how handoffs ended. The threshold stays, and handoffs with the outcome
/// keep their mean score: a hundred points mean as much as before.
/// </summary>
public static class PointsFromOutcomes
{
    /// <summary>Fewer samples with the outcome, or without it, are too few.</summary>
    public const int OutcomesLeast = 50;

    /// <summary>Fewer samples with a rule, or without it, say nothing of the rule.</summary>
    public const int SupportLeast = 20;

    /// <summary>A rule is noise when its interval rules out that it changes the odds by more than this factor.</summary>
    private const double OddsOfNoiseMax = 1.5;

    /// <summary>
    /// What people do must tell more than chance would with this probability: their mean score stays, so weak evidence would be blown up.
    /// </summary>
    private const double PValueOfChance = 0.01;

    /// <summary>Fit points vary by as much as before, but at least by this: rounding must not level them.</summary>
    private const double FitSpreadLeast = 15;

    /// <summary>When nearly all points come from rules that keep theirs, the others still share this much of the mean.</summary>
    private const double WeighedShareLeast = 0.25;

    /// <param name="samples">In any order; each handoff once.</param>
    /// <param name="model">Whose rules are weighed.</param>
    /// <param name="document">The model's document.</param>
    public static Suggestion Propose(
        IReadOnlyList<OutcomeSample> samples, ScoringModel model, string document, CancellationToken ct = default)
    {
        var positives = samples.Count(s => s.IsPositive);
        if (positives < OutcomesLeast) return TooFew(SuggestionFault.TooFewWithOutcome, positives, "had the outcome");
        var negatives = samples.Count - positives;
        if (negatives < OutcomesLeast) return TooFew(SuggestionFault.TooFewWithoutOutcome, negatives, "ended without the outcome");

        // Sums depend on the order of their parts: the same samples give the same points whoever collected them.
        samples = [.. samples.OrderBy(s => s.LeadId).ThenBy(s => s.Cycle)];
        var columns = new RuleColumns(model);
        var uses = Uses(samples, columns);
        int[] weighed = [.. columns.All.Where(c => uses[c].With.Trials >= SupportLeast && uses[c].Without.Trials >= SupportLeast)];
        var (weighing, area) = CrossValidation.Run(samples, weighed, ct);
        if (RocCurve.Area(samples.Select(weighing.LogOdds), samples.Select(s => s.IsPositive)) is 1)
        {
            return Suggestion.Refuse(
                SuggestionFault.Separated, "The rules tell those with the outcome from those without it and never err: there is nothing to weigh.");
        }

        var rules = Rules(samples, columns, weighing, weighed, uses, ct);
        if (!rules.Any(r => r.Reason == PointsReason.Evidence))
        {
            return Suggestion.Refuse(SuggestionFault.NoSignal, "Nothing the rules counted goes with the outcome.");
        }

        var points = rules.Select(r => r.Points ?? 0).ToArray();
        var fits = samples.Select(s => (Fit: columns.FitOf(s, points), s.IsPositive)).ToList();
        var cutOffs = FitCutOffs.Of(fits, model.MinimumGrade);
        var text = SuggestedDocument.Write(document, columns, rules, cutOffs);
        try
        {
            var suggested = ScoringModelDocument.Read(Encoding.UTF8.GetBytes(text));
            return new(
                new(text, suggested, rules, Grades(fits, suggested), Quality(samples, columns, area, points)), Fault: null, Because: null);
        }
        catch (InvalidScoringModel e)
        {
            return Suggestion.Refuse(
                SuggestionFault.NoValidModel, $"The rules that are left make no valid model: {e.Errors[0].Path}: {e.Errors[0].Message}");
        }
    }

    private static Suggestion TooFew(SuggestionFault fault, int samples, string outcome) => Suggestion.Refuse(
        fault, string.Create(CultureInfo.InvariantCulture, $"Only {samples} handoffs {outcome}; {OutcomesLeast} are needed."));

    private static (Share With, Share Without)[] Uses(IReadOnlyList<OutcomeSample> samples, RuleColumns columns)
    {
        var with = new Share[columns.Count];
        foreach (var sample in samples)
        {
            foreach (var (column, _) in sample.Features)
            {
                with[column] = new(with[column].Hits + (sample.IsPositive ? 1 : 0), with[column].Trials + 1);
            }
        }

        var positives = samples.Count(s => s.IsPositive);
        return [.. with.Select(w => (w, new Share(positives - w.Hits, samples.Count - w.Trials)))];
    }

    private static List<ProposedRule> Rules(
        IReadOnlyList<OutcomeSample> samples, RuleColumns columns, Weighing weighing, int[] weighed, (Share With, Share Without)[] uses, CancellationToken ct)
    {
        var hits = samples.Where(s => s.IsPositive).ToList();
        var reasons = columns.All.Select(c => ReasonFor(c, columns, weighing, weighed)).ToArray();
        var weights = columns.All.Select(weighing.WeightOf).ToArray();
        var present = columns.All.Select(columns.PointsOf).ToArray();
        var gain = hits.Average(s => Total(s, weights, c => !columns.IsFit(c)));
        if (gain <= 0 || weighing.PValueOf(c => !columns.IsFit(c), samples, ct) > PValueOfChance)
        {
            foreach (var c in columns.All.Where(c => !columns.IsFit(c) && reasons[c] != PointsReason.TooRare)) reasons[c] = PointsReason.Unchanged;
        }

        var mean = hits.Average(s => columns.ScoreOf(s, present));
        var untouched = hits.Average(s => Total(s, present, c => !columns.IsFit(c) && reasons[c] is PointsReason.TooRare or PointsReason.Unclear or PointsReason.FastTrack));
        var scale = Math.Max(mean - untouched, WeighedShareLeast * mean) / gain;
        var spread = Spread(samples.Select(s => columns.FitOf(s, weights)));
        var fitScale = spread > 0 ? Math.Max(FitSpreadLeast, Spread(samples.Select(s => columns.FitOf(s, present)))) / spread : 0;
        return [.. columns.All.Select(Rule)];

        ProposedRule Rule(int column)
        {
            double? points = reasons[column] switch
            {
                PointsReason.Evidence => ReadablePoints.Of(weights[column] * (columns.IsFit(column) ? fitScale : scale)),
                PointsReason.Noise => null,
                _ => present[column],
            };
            var cap = points is null ? null : columns.CapOf(column) * Math.Abs(points.Value / present[column]);
            return new(
                column,
                points,
                points == present[column] ? columns.CapOf(column) : cap is { } readable ? Math.Abs(ReadablePoints.Of(readable)) : null,
                reasons[column],
                EvidenceFor(column, weighing, uses[column]));
        }
    }

    private static PointsReason ReasonFor(int column, RuleColumns columns, Weighing weighing, int[] weighed)
    {
        if (weighing.IsKept(column)) return PointsReason.Evidence;
        if (!weighed.Contains(column)) return PointsReason.TooRare;
        if (columns.IsFastTrack(column)) return PointsReason.FastTrack;
        return weighing.EvidenceOf(column)?.Interval is { Low: >= 1 / OddsOfNoiseMax, High: <= OddsOfNoiseMax } ? PointsReason.Noise : PointsReason.Unclear;
    }

    private static RuleEvidence EvidenceFor(int column, Weighing weighing, (Share With, Share Without) uses)
    {
        var information = uses.With.Trials == 0 || uses.Without.Trials == 0 ? null : WeightOfEvidence.Of([uses.With, uses.Without])?.InformationValue;
        var evidence = weighing.EvidenceOf(column);
        return new(uses.With, uses.Without, information, evidence?.OddsRatio, evidence?.Interval, evidence?.P);
    }

    private static List<ProposedGrade> Grades(List<(double Fit, bool IsPositive)> fits, ScoringModel suggested) =>
    [
        .. Enum.GetValues<Grade>().Select(grade =>
        {
            var ofGrade = fits.Where(f => suggested.GradeOf(f.Fit) == grade).ToList();
            return new ProposedGrade(
                grade, (int)grade < suggested.CutOffs.Count ? suggested.CutOffs[(int)grade] : null, new(ofGrade.Count(f => f.IsPositive), ofGrade.Count));
        }),
    ];

    private static ProposalQuality Quality(IReadOnlyList<OutcomeSample> samples, RuleColumns columns, double crossValidated, double[] points)
    {
        var present = columns.All.Select(columns.PointsOf).ToArray();
        var outcomes = samples.Select(s => s.IsPositive).ToArray();
        var positives = outcomes.Count(o => o);
        return new(
            crossValidated,
            RocCurve.StandardError(crossValidated, positives, outcomes.Length - positives),
            Area(samples.Select(s => columns.ScoreOf(s, points))),
            Area(samples.Select(s => columns.ScoreOf(s, present))),
            Area(samples.Select(s => columns.FitOf(s, points))),
            Area(samples.Select(s => columns.FitOf(s, present))));

        double Area(IEnumerable<double> scores) => RocCurve.Area(scores, outcomes)!.Value;
    }

    private static double Total(OutcomeSample sample, double[] points, Func<int, bool> counts)
    {
        var total = 0.0;
        foreach (var (column, units) in sample.Features)
        {
            if (counts(column)) total += points[column] * units;
        }

        return total;
    }

    private static double Spread(IEnumerable<double> values)
    {
        var all = values.ToList();
        var mean = all.Average();
        return Math.Sqrt(all.Average(v => (v - mean) * (v - mean)));
    }
}
