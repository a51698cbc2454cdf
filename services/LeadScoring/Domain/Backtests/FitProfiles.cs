using LeadScoring.Domain.Scoring;

namespace LeadScoring.Domain.Backtests;

/// <summary>What a lead's attributes come to under both models; leads with the same answer to every condition share one.</summary>
/// <param name="Holds">By condition, see <see cref="FitProfiles"/>.</param>
/// <param name="DraftRules">Which fit rules of the draft hold, in the model's order.</param>
public sealed record FitProfile(
    IReadOnlyList<bool> Holds, double DraftFit, Grade DraftGrade, double LiveFit, Grade LiveGrade, IReadOnlyList<bool> DraftRules);

/// <summary>
/// Follows what is known about leads without keeping it: of every attribute only which conditions of the two models' fit
/// rules it meets.
/// </summary>
public sealed class FitProfiles
{
    private readonly ModelPair _models;
    private readonly List<Predicate> _conditions = [];
    private readonly int[][] _draftRules;
    private readonly int[][] _liveRules;
    private readonly Dictionary<string, FitProfile> _known = new(StringComparer.Ordinal);

    public FitProfiles(ModelPair models)
    {
        _models = models;
        _draftRules = [.. models.Draft.FitRules.Select(ConditionsOf)];
        _liveRules = [.. models.Live.FitRules.Select(ConditionsOf)];
        Unknown = Of(new bool[_conditions.Count]);
    }

    /// <summary>Of a lead without attributes.</summary>
    public FitProfile Unknown { get; }

    /// <param name="changes">A null value removes an attribute.</param>
    public FitProfile Change(FitProfile profile, IReadOnlyDictionary<string, Scalar?> changes)
    {
        bool[]? holds = null;
        for (var i = 0; i < _conditions.Count; i++)
        {
            if (!changes.TryGetValue(_conditions[i].Property, out var value)) continue;
            holds ??= [.. profile.Holds];
            holds[i] = value is { } present && _conditions[i].Accepts(present);
        }

        return holds is null ? profile : Of(holds);
    }

    private FitProfile Of(bool[] holds)
    {
        var key = string.Create(holds.Length, holds, static (text, bits) =>
        {
            for (var i = 0; i < bits.Length; i++) text[i] = bits[i] ? '1' : '0';
        });
        if (_known.TryGetValue(key, out var known)) return known;
        var (draftFit, draftRules) = Fit(_models.Draft, _draftRules, holds);
        var (liveFit, _) = Fit(_models.Live, _liveRules, holds);
        return _known[key] = new(holds, draftFit, _models.Draft.GradeOf(draftFit), liveFit, _models.Live.GradeOf(liveFit), draftRules);
    }

    /// <summary>As <see cref="ScoringModel.FitOf"/> adds it up.</summary>
    private static (double Points, bool[] Rules) Fit(ScoringModel model, int[][] conditions, bool[] holds)
    {
        var points = 0.0;
        var rules = new bool[conditions.Length];
        for (var i = 0; i < rules.Length; i++)
        {
            rules[i] = Array.TrueForAll(conditions[i], c => holds[c]);
            if (rules[i]) points += model.FitRules[i].Points;
        }

        return (points, rules);
    }

    private int[] ConditionsOf(FitRule rule)
    {
        var first = _conditions.Count;
        _conditions.AddRange(rule.When);
        return [.. Enumerable.Range(first, rule.When.Count)];
    }
}
