using System.Globalization;
using LeadScoring.Domain;

namespace LeadScoring.Specs.Suggestions;

/// <summary>A public data set: attributes of a thousand people, and what became of them (Data/README.md).</summary>
internal static class GermanCredit
{
    private static readonly string[] Numbers =
        ["duration", "credit_amount", "installment_commitment", "residence_since", "age", "existing_credits", "num_dependents"];

    public static IReadOnlyList<(IReadOnlyDictionary<string, Scalar> Attributes, bool IsGood)> People { get; } = Read();

    public static IEnumerable<string> NumberColumns => Numbers;

    public static IEnumerable<string> WordColumns => People[0].Attributes.Keys.Except(Numbers);

    private static List<(IReadOnlyDictionary<string, Scalar>, bool)> Read()
    {
        var assembly = typeof(GermanCredit).Assembly;
        var name = assembly.GetManifestResourceNames().Single(n => n.EndsWith("german-credit.csv", StringComparison.Ordinal));
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
        var header = reader.ReadLine()!.Split(',');
        var people = new List<(IReadOnlyDictionary<string, Scalar>, bool)>();
        while (reader.ReadLine() is { Length: > 0 } line)
        {
            var values = line.Split(',');
            var attributes = header.Zip(values).Where(v => v.First != "class")
                .ToDictionary(v => v.First, v => Numbers.Contains(v.First) ? Scalar.Of(double.Parse(v.Second, CultureInfo.InvariantCulture)) : Scalar.Of(v.Second));
            people.Add((attributes, values[^1] == "good"));
        }

        return people;
    }
}
