using System.Globalization;

namespace LeadScoring.Domain.Scoring.Versions;

/// <summary>One property of a rule.</summary>
/// <param name="Name">As in the document.</param>
/// <param name="Label">What stands before its value in a sentence; empty: the value says what it is.</param>
/// <param name="Text">Its value in words; empty: it has none.</param>
internal readonly record struct RuleField(string Name, string Label, string Text);

/// <summary>Parts of a model in words, the same in every culture.</summary>
internal static class ModelWords
{
    private const string Arrow = " → ";

    /// <summary>Those that stand in any rule, in the order of a document; always as many, so that two rules can be laid side by side.</summary>
    public static IReadOnlyList<RuleField> FieldsOf(Rule rule) =>
    [
        new("points", "", Points(rule.Points)),
        new("type", "for", $"`{rule.Type}`"),
        new("when", "where", Conditions(rule.When)),
        new("halfLifeDays", "half-life", rule.HalfLifeDays is { } days ? Number(days, "day") : ""),
        new("maxPerDay", "at most", rule.MaxPerDay is { } most ? $"{Number(most)} a day" : ""),
        new("cap", "capped at", rule.Cap is { } cap ? Points(cap) : ""),
        new("fastTrack", "fast track", rule.FastTrack ? "yes" : ""),
    ];

    /// <inheritdoc cref="FieldsOf(Rule)"/>
    public static IReadOnlyList<RuleField> FieldsOf(FitRule rule) =>
    [
        new("points", "", Points(rule.Points)),
        new("when", "where", Conditions(rule.When)),
    ];

    /// <summary>All that a rule says: <c>15 points, for `webinar_attended`, half-life 30 days</c>.</summary>
    public static string Sentence(IReadOnlyList<RuleField> fields) =>
        string.Join(", ", fields.Where(f => f.Text.Length > 0).Select(f => f.Label.Length == 0 ? f.Text : $"{f.Label} {f.Text}"));

    /// <summary><c>10 → 15 points</c>: a unit both have is said once.</summary>
    public static string Change(string before, string after)
    {
        var (left, right) = (before.Split(' '), after.Split(' '));
        return left.Length == 2 && right.Length == 2 && (left[1] == right[1] || left[1] + 's' == right[1])
            ? left[0] + Arrow + after
            : before + Arrow + after;
    }

    public static string Points(double points) => Number(points, "point");

    public static string Number(double number, string unit) => $"{Number(number)} {unit}{(number == 1 ? "" : "s")}";

    public static string Number(double number) => number.ToString(CultureInfo.InvariantCulture);

    public static string Of(ReviewMode review) => review == ReviewMode.Automatic ? "automatic" : "by marketing";

    public static string Of(ClickBurst? burst)
    {
        if (burst is null) return "none";
        var types = string.Join(" or ", burst.Types.Select(t => $"`{t}`"));
        var together = burst.Count is { } count ? $"{Number(count)} of {types} within {Number(burst.Within.TotalSeconds, "second")}" : "";
        var delivered = burst.DeliveredType is { } type ? $"{types} within {Number(burst.DeliveredWithin.TotalSeconds, "second")} after `{type}`" : "";
        return together.Length > 0 && delivered.Length > 0 ? $"{together}, {delivered}" : together + delivered;
    }

    private static string Conditions(IReadOnlyList<Predicate> when) => string.Join(" and ", when.Select(Condition).Order(StringComparer.Ordinal));

    private static string Condition(Predicate condition)
    {
        var operands = string.Join(" or ", condition.Operands.Select(Value));
        var verb = condition.Comparison switch
        {
            Comparison.Equals or Comparison.In => "is",
            Comparison.StartsWith => "starts with",
            Comparison.Contains => "contains",
            Comparison.GreaterOrEqual => "is at least",
            Comparison.LessOrEqual => "is at most",
            Comparison.Exists => "is known",
            _ => throw new InvalidOperationException($"No words for {condition.Comparison}."),
        };
        return $"`{condition.Property}` {verb}{(operands.Length == 0 ? "" : " " + operands)}";
    }

    private static string Value(Scalar value) => value.Kind switch
    {
        ScalarKind.Text => $"\"{value.Text}\"",
        ScalarKind.Number => Number(value.Number),
        _ => value.Number == 1 ? "true" : "false",
    };
}
