using System.Globalization;
using LeadScoring.Domain.Leads;

namespace LeadScoring.Domain.Scoring;

public enum ReviewMode
{
    /// <summary>Marketing looks at every lead the model found before sales does.</summary>
    Marketing,

    /// <summary>The model's word is enough.</summary>
    Automatic,
}

/// <summary>What one kind of engagement is worth. An engagement matches at most one rule of a valid model.</summary>
/// <param name="Type">Engagement type it applies to.</param>
/// <param name="When">All must hold; empty means always.</param>
/// <param name="Points">May be negative, never 0.</param>
/// <param name="HalfLifeDays">Null: the points do not decay.</param>
/// <param name="MaxPerDay">FrequencyCap: only the first N of a UTC day count; null: all do.</param>
/// <param name="Cap">Bound on the magnitude of the rule's decayed total; null: none.</param>
/// <param name="FastTrack">One such engagement qualifies a fitting lead at once.</param>
public sealed record Rule(
    string Name,
    string Type,
    IReadOnlyList<Predicate> When,
    double Points,
    double? HalfLifeDays = null,
    int? MaxPerDay = null,
    double? Cap = null,
    bool FastTrack = false)
{
    public bool Matches(EngagementRecorded engagement)
    {
        if (engagement.Type != Type) return false;
        for (var i = 0; i < When.Count; i++)
        {
            if (!When[i].Holds(engagement.Properties)) return false;
        }

        return true;
    }

    /// <summary>Whether only the points and the cap differ.</summary>
    public bool CountsAlike(Rule other) =>
        Name == other.Name && Type == other.Type && HalfLifeDays.Equals(other.HalfLifeDays) && MaxPerDay == other.MaxPerDay && FastTrack == other.FastTrack
        && When.Count == other.When.Count
        && When.Zip(other.When).All(p => p.First.Property == p.Second.Property && p.First.Comparison == p.Second.Comparison && p.First.Operands.SequenceEqual(p.Second.Operands));

    /// <summary>What is left of one point after a time: 2^(−elapsed/halfLife).</summary>
    public double Decay(TimeSpan elapsed) => HalfLifeDays is { } days ? double.Exp2(-elapsed.TotalDays / days) : 1;

    /// <summary>Holds the rule's total within its cap.</summary>
    public double Capped(double total) => Cap is { } cap ? Math.Clamp(total, -cap, cap) : total;
}

/// <param name="Points">May be negative.</param>
public sealed record FitRule(string Name, IReadOnlyList<Predicate> When, double Points);

/// <summary>
/// The written definition of a lead: what behaviour is worth, who fits, and when both together are enough.
/// </summary>
/// <param name="Version">1-based.</param>
/// <param name="Id">Version and fingerprint of the document, e.g. <c>1-9f2c01d4</c>: equal ids score equally.</param>
/// <param name="Floor">Lowest EngagementScore.</param>
/// <param name="Ceiling">Highest EngagementScore.</param>
/// <param name="CutOffs">Least fit points for A, B and C, in that order; below the last is D.</param>
/// <param name="Threshold">EngagementScore at which a lead qualifies.</param>
/// <param name="MinimumGrade">Worst grade that qualifies, also by FastTrack.</param>
/// <param name="AcceptWithin">The SLA: how long sales has to answer a handoff.</param>
/// <param name="CoolDown">How long a recycled lead rests when nobody says otherwise.</param>
public sealed record ScoringModel(
    string Name,
    int Version,
    string Id,
    double Floor,
    double Ceiling,
    IReadOnlyList<Rule> Rules,
    IReadOnlyList<FitRule> FitRules,
    IReadOnlyList<double> CutOffs,
    double Threshold,
    Grade MinimumGrade,
    ReviewMode Review,
    TimeSpan AcceptWithin,
    TimeSpan CoolDown)
{
    private readonly Dictionary<string, Rule[]> _rulesByType =
        Rules.GroupBy(r => r.Type).ToDictionary(g => g.Key, g => g.ToArray());

    private readonly Dictionary<string, Rule> _rulesByName = Rules.DistinctBy(r => r.Name).ToDictionary(r => r.Name);

    /// <summary>Which clicks are taken for a bot's and are worth nothing; null: none.</summary>
    public ClickBurst? ClickBurst { get; init; }

    /// <summary>The version in a model's id; 0 when there is none.</summary>
    public static int VersionIn(string modelId) =>
        int.TryParse(modelId.AsSpan(0, Math.Max(0, modelId.IndexOf('-', StringComparison.Ordinal))), NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? version
            : 0;

    /// <summary>The one rule an engagement counts under, or null.</summary>
    public Rule? RuleFor(EngagementRecorded engagement)
    {
        if (!_rulesByType.TryGetValue(engagement.Type, out var rules)) return null;
        foreach (var rule in rules)
        {
            if (rule.Matches(engagement)) return rule;
        }

        return null;
    }

    /// <summary>Whether both let the same engagements of a type count under the same rules, whatever these are worth.</summary>
    public bool CountsAlike(ScoringModel other, string type)
    {
        var (mine, theirs) = (_rulesByType.GetValueOrDefault(type) ?? [], other._rulesByType.GetValueOrDefault(type) ?? []);
        if (mine.Length != theirs.Length) return false;
        for (var i = 0; i < mine.Length; i++)
        {
            if (!mine[i].CountsAlike(theirs[i])) return false;
        }

        return true;
    }

    public Rule RuleNamed(string name) => _rulesByName[name];

    public double Clamp(double total) => Math.Clamp(total, Floor, Ceiling);

    /// <summary>Fit points of a lead's attributes. They do not decay.</summary>
    public double FitOf(IReadOnlyDictionary<string, Scalar> attributes)
    {
        var points = 0.0;
        foreach (var rule in FitRules)
        {
            if (rule.When.All(p => p.Holds(attributes))) points += rule.Points;
        }

        return points;
    }

    public Grade GradeOf(double fit)
    {
        for (var i = 0; i < CutOffs.Count; i++)
        {
            if (fit >= CutOffs[i]) return (Grade)i;
        }

        return Grade.D;
    }
}
