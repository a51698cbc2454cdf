namespace LeadScoring.Domain.Scoring;

public enum Comparison
{
    Equals,
    In,
    StartsWith,
    Contains,
    GreaterOrEqual,
    LessOrEqual,
    Exists,
}

/// <summary>One condition on a property of an engagement or an attribute of a lead.</summary>
/// <param name="Operands">One value; several for <see cref="Comparison.In"/>; none for <see cref="Comparison.Exists"/>.</param>
public sealed record Predicate(string Property, Comparison Comparison, IReadOnlyList<Scalar> Operands)
{
    public bool Holds(IReadOnlyDictionary<string, Scalar>? values)
    {
        if (values is null || !values.TryGetValue(Property, out var value)) return false;
        return Comparison == Comparison.Exists || Accepts(value);
    }

    /// <summary>Whether a present value meets the condition.</summary>
    public bool Accepts(Scalar value) => Comparison switch
    {
        Comparison.Exists => true,
        Comparison.Equals => value.Matches(Operands[0]),
        Comparison.In => Operands.Any(value.Matches),
        Comparison.StartsWith => value.Text?.StartsWith(Operands[0].Text!, StringComparison.OrdinalIgnoreCase) ?? false,
        Comparison.Contains => value.Text?.Contains(Operands[0].Text!, StringComparison.OrdinalIgnoreCase) ?? false,
        Comparison.GreaterOrEqual => value.Kind == ScalarKind.Number && value.Number >= Operands[0].Number,
        Comparison.LessOrEqual => value.Kind == ScalarKind.Number && value.Number <= Operands[0].Number,
        _ => throw new InvalidOperationException($"No comparison {Comparison}."),
    };

    /// <summary>True only when no value of the one property can meet both conditions; unsure is false.</summary>
    public bool Excludes(Predicate other)
    {
        if (Property != other.Property) return false;
        if (Comparison is Comparison.Equals or Comparison.In) return !Operands.Any(other.Accepts);
        if (other.Comparison is Comparison.Equals or Comparison.In) return !other.Operands.Any(Accepts);
        return (Comparison, other.Comparison) switch
        {
            (Comparison.GreaterOrEqual, Comparison.LessOrEqual) => Operands[0].Number > other.Operands[0].Number,
            (Comparison.LessOrEqual, Comparison.GreaterOrEqual) => Operands[0].Number < other.Operands[0].Number,
            (Comparison.StartsWith, Comparison.StartsWith) => !Accepts(other.Operands[0]) && !other.Accepts(Operands[0]),
            (Comparison.GreaterOrEqual or Comparison.LessOrEqual, Comparison.StartsWith or Comparison.Contains) => true,
            (Comparison.StartsWith or Comparison.Contains, Comparison.GreaterOrEqual or Comparison.LessOrEqual) => true,
            _ => false,
        };
    }
}
