using LeadScoring.Domain.Statistics;

namespace LeadScoring.Domain.Scoring.Suggestions;

/// <summary>What each rule adds to the log odds of the outcome, everything else equal.</summary>
/// <remarks>
/// Handoffs are chosen by their score, so those with much of one rule have little of the others, and a rule looked at alone seems
/// better or worse than it is. Only all rules together tell what each is worth.
/// </remarks>
internal sealed class Weighing
{
    /// <summary>The penalty notebooks use (scikit-learn's <c>C=1</c>): next to nothing where there are outcomes enough.</summary>
    private const double Ridge = 1;

    private readonly Dictionary<int, int> _keptPlaces;
    private readonly Dictionary<int, int> _places;
    private readonly LogisticFit _all;
    private readonly LogisticFit _kept;

    private Weighing(Dictionary<int, int> places, LogisticFit all, Dictionary<int, int> keptPlaces, LogisticFit kept) =>
        (_places, _all, _keptPlaces, _kept) = (places, all, keptPlaces, kept);

    /// <summary>One weighing for each strictness.</summary>
    /// <param name="columns">Those weighed; the others are as if they were not there.</param>
    public static IReadOnlyList<Weighing> ByStrictness(
        IReadOnlyList<OutcomeSample> samples, IReadOnlyList<int> columns, IReadOnlyList<Strictness> strictnesses, CancellationToken ct)
    {
        var all = Fit(samples, columns, ct);
        return
        [
            .. strictnesses.Select(strictness =>
            {
                int[] kept = [.. strictness.Keep(all).Select(place => columns[place])];
                return new Weighing(Places(columns), all, Places(kept), kept.Length == columns.Count ? all : Fit(samples, kept, ct));
            }),
        ];
    }

    /// <summary>How likely chance alone is to make some of the kept rules tell as much together: a likelihood ratio test.</summary>
    /// <param name="samples">Those weighed.</param>
    /// <returns>1 when none of them is kept.</returns>
    public double PValueOf(Func<int, bool> columns, IReadOnlyList<OutcomeSample> samples, CancellationToken ct)
    {
        int[] others = [.. _keptPlaces.Keys.Where(c => !columns(c)).Order()];
        var tested = _keptPlaces.Count - others.Length;
        return tested == 0 ? 1 : Tails.ChiSquareAbove(2 * (_kept.LogLikelihood - Fit(samples, others, ct).LogLikelihood), tested);
    }

    /// <summary>Whether the outcome depends on the rule.</summary>
    public bool IsKept(int column) => _keptPlaces.ContainsKey(column);

    /// <summary>Log odds a unit adds; 0 for a rule that is not kept.</summary>
    public double WeightOf(int column) => _keptPlaces.TryGetValue(column, out var place) ? _kept.Coefficients[place] : 0;

    /// <summary>Odds ratio of a unit, its 95 % interval and p; for a rule that is not kept, as all rules together told.</summary>
    /// <returns>Null: the rule was not weighed.</returns>
    public (double OddsRatio, Interval? Interval, double P)? EvidenceOf(int column)
    {
        if (!_places.TryGetValue(column, out var place)) return null;
        var fit = _all;
        if (_keptPlaces.TryGetValue(column, out var keptPlace)) (fit, place) = (_kept, keptPlace);
        Interval? interval = fit.IntervalOf(place) is { } i ? new Interval(Math.Exp(i.Low), Math.Exp(i.High)) : null;
        return (Math.Exp(fit.Coefficients[place]), interval, fit.PValue(place));
    }

    public double LogOdds(OutcomeSample sample)
    {
        var total = _kept.Intercept;
        foreach (var (column, units) in sample.Features) total += WeightOf(column) * units;
        return total;
    }

    private static LogisticFit Fit(IReadOnlyList<OutcomeSample> samples, IReadOnlyList<int> columns, CancellationToken ct)
    {
        var places = Places(columns);
        return LogisticRegression.Fit([.. samples.Select(s => new LabelledRow(Features(s, places), s.IsPositive))], columns.Count, Ridge, ct);
    }

    private static Feature[] Features(OutcomeSample sample, Dictionary<int, int> places) =>
        [.. sample.Features.Where(f => places.ContainsKey(f.Column)).Select(f => f with { Column = places[f.Column] })];

    private static Dictionary<int, int> Places(IReadOnlyList<int> columns) =>
        columns.Select((column, place) => (column, place)).ToDictionary(c => c.column, c => c.place);
}
