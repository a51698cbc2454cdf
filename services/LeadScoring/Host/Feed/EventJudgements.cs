using System.Globalization;
using LeadScoring.Contracts;
using LeadScoring.Domain.Qualification;
using LeadScoring.Domain.Scoring;
using LeadScoring.Host.Leads;

namespace LeadScoring.Host.Feed;

/// <summary>The judgement a decision was made on, as subscribers see it.</summary>
internal static class EventJudgements
{
    /// <summary>Contributions told one by one.</summary>
    public const int ContributionsMax = 20;

    private const int PointsDecimals = 6;

    public static EventJudgement Of(Judgement judgement) => new(
        Explanation.ScoreShown(judgement.Score),
        Explanation.ScoreShown(judgement.QualifyingScore),
        Explanation.ScoreShown(judgement.Fit),
        (Contracts.Grade)judgement.Grade,
        LeadViews.Rating(judgement.Grade, judgement.Score),
        judgement.ModelId,
        ScoringModel.VersionIn(judgement.ModelId),
        [.. judgement.Contributions.OrderByDescending(c => Math.Abs(c.Points)).Take(ContributionsMax).Select(Of)]);

    private static EventContribution Of(RuleContribution part) =>
        new(part.Rule, Math.Round((decimal)part.Points, PointsDecimals), part.Engagements, ReasonOf(part));

    private static string ReasonOf(RuleContribution part)
    {
        var points = Explanation.ScoreShown(part.Points).ToString("+0.#;-0.#;0", CultureInfo.InvariantCulture);
        return part.Rule switch
        {
            "floor" => $"The score is held at the model's least: {points}.",
            "ceiling" => $"The score is held at the model's most: {points}.",
            _ => $"{Sentence(part.Rule)}, {Times(part.Engagements)}: {points} points.",
        };
    }

    private static string Times(int count) => count switch
    {
        1 => "once",
        2 => "twice",
        _ => $"{count} times",
    };

    private static string Sentence(string rule) => char.ToUpperInvariant(rule[0]) + rule[1..].Replace('_', ' ');
}
