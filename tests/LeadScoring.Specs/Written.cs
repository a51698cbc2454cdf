using System.Text.Json;
using System.Text.Json.Serialization;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;

namespace LeadScoring.Specs;

/// <summary>
/// Events and leads as text, so that lists and dictionaries compare by what they hold and a difference reads well.
/// </summary>
public static class Written
{
    private static readonly JsonSerializerOptions Json = new() { Converters = { new JsonStringEnumConverter() } };

    public static string Lines(IEnumerable<LeadEvent> events) =>
        string.Join('\n', events.Select(e => $"{e.GetType().Name} {JsonSerializer.Serialize(e, e.GetType(), Json)}"));

    /// <summary>The same lead; sums that were added up in another order may differ in the last digits.</summary>
    public static void ShouldBeTheSame(Lead actual, Lead expected)
    {
        WithoutScore(actual).ShouldBe(WithoutScore(expected));
        ShouldBeTheSame(actual.Score, expected.Score);
    }

    public static void ShouldBeTheSame(ScoreState actual, ScoreState expected)
    {
        (actual.ModelId, actual.Latest, actual.Exact).ShouldBe((expected.ModelId, expected.Latest, expected.Exact));
        actual.Clicks.ShouldBe(expected.Clicks);
        var pairs = actual.Rules.OrderBy(r => r.Rule).Zip(expected.Rules.OrderBy(r => r.Rule)).ToList();
        pairs.Count.ShouldBe(Math.Max(actual.Rules.Count, expected.Rules.Count));
        foreach (var (mine, theirs) in pairs)
        {
            (mine.Rule, mine.At, mine.Engagements).ShouldBe((theirs.Rule, theirs.At, theirs.Engagements));
            (mine.Days ?? []).ShouldBe(theirs.Days ?? []);
            mine.Points.ShouldBeNear(theirs.Points);
            mine.InCycle.ShouldBeNear(theirs.InCycle);
        }
    }

    /// <summary>Equal but for the rounding of doubles: 1e-9 of the magnitude.</summary>
    public static void ShouldBeNear(this double actual, double expected) =>
        Math.Abs(actual - expected).ShouldBeLessThanOrEqualTo(1e-9 * Math.Max(1, Math.Abs(expected)), $"{actual} and {expected}");

    private static string WithoutScore(Lead lead) =>
        JsonSerializer.Serialize(lead with { Score = new("", DateTimeOffset.MinValue, Exact: true, []) }, Json);
}
