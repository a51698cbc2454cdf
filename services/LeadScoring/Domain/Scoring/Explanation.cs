using LeadScoring.Domain.Leads;

namespace LeadScoring.Domain.Scoring;

public enum LineKind
{
    /// <summary>The engagement counts under its rule.</summary>
    Counted,

    /// <summary>Its rule's daily allowance was used up; worth 0.</summary>
    FrequencyCapped,

    /// <summary>No rule of the model speaks of it; worth 0.</summary>
    NoRule,

    /// <summary>The model takes it for a bot's (<see cref="ClickBurst"/>); worth 0.</summary>
    SuspectedBot,

    /// <summary>Somebody said that it was none; worth 0.</summary>
    Retracted,

    /// <summary>What a rule's cap takes from the total of its engagements.</summary>
    CapCorrection,

    /// <summary>What raises the total to the model's floor.</summary>
    FloorCorrection,

    /// <summary>What lowers the total to the model's ceiling.</summary>
    CeilingCorrection,

    /// <summary>What is left between the lines, shown to six decimals, and the score, shown to one.</summary>
    Rounding,
}

/// <param name="Rule">Null for lines that belong to no rule.</param>
/// <param name="Engagement">Null for corrections.</param>
/// <param name="Points">As shown, six decimals.</param>
public sealed record ExplanationLine(LineKind Kind, string? Rule, EngagementRecorded? Engagement, decimal Points);

/// <summary>Why a lead has the score it has at a time.</summary>
/// <param name="Score">As shown, one decimal: exactly the sum of the lines.</param>
/// <param name="UnroundedScore">What comparisons use.</param>
/// <param name="Lines">Engagements oldest first, then corrections, then rounding if there is any.</param>
public sealed record Explanation(decimal Score, double UnroundedScore, DateTimeOffset At, IReadOnlyList<ExplanationLine> Lines)
{
    private const int LineDecimals = 6;

    /// <param name="history">All the lead has done; what occurred after <paramref name="at"/> is left out.</param>
    public static Explanation Of(EngagementHistory history, ScoringModel model, DateTimeOffset at)
    {
        var suspects = SuspectedBots.Of(history, model);
        var lines = new List<ExplanationLine>();
        var countedToday = new Dictionary<(string Rule, DateTime Day), int>();
        var totals = new Dictionary<string, double>();
        foreach (var engagement in ScoreState.InOrder(history.Recorded.Where(e => e.OccurredAt <= at)))
        {
            var rule = model.RuleFor(engagement);
            if (WorthNothing(engagement, rule) is { } kind)
            {
                lines.Add(new(kind, rule?.Name, engagement, 0));
                continue;
            }

            var day = (rule!.Name, engagement.OccurredAt.UtcDateTime.Date);
            var counted = countedToday.GetValueOrDefault(day);
            if (rule.MaxPerDay <= counted)
            {
                lines.Add(new(LineKind.FrequencyCapped, rule.Name, engagement, 0));
                continue;
            }

            countedToday[day] = counted + 1;
            var points = rule.Points * rule.Decay(at - engagement.OccurredAt);
            totals[rule.Name] = totals.GetValueOrDefault(rule.Name) + points;
            lines.Add(new(LineKind.Counted, rule.Name, engagement, Shown(points)));
        }

        var total = 0.0;
        foreach (var (name, uncapped) in totals)
        {
            var capped = model.RuleNamed(name).Capped(uncapped);
            if (capped != uncapped) lines.Add(new(LineKind.CapCorrection, name, null, Shown(capped - uncapped)));
            total += capped;
        }

        var score = model.Clamp(total);
        if (score > total) lines.Add(new(LineKind.FloorCorrection, null, null, Shown(score - total)));
        if (score < total) lines.Add(new(LineKind.CeilingCorrection, null, null, Shown(score - total)));

        var shown = ScoreShown(score);
        var rounding = shown - lines.Sum(l => l.Points);
        if (rounding != 0) lines.Add(new(LineKind.Rounding, null, null, rounding));
        return new(shown, score, at, lines);

        LineKind? WorthNothing(EngagementRecorded engagement, Rule? rule) =>
            history.IsRetracted(engagement) ? LineKind.Retracted
            : suspects.Since(engagement) <= at ? LineKind.SuspectedBot
            : rule is null ? LineKind.NoRule
            : null;
    }

    /// <summary>A score as people see it: one decimal, half up.</summary>
    public static decimal ScoreShown(double score) => Math.Floor(((decimal)score * 10) + 0.5m) / 10;

    private static decimal Shown(double points) => Math.Round((decimal)points, LineDecimals);
}
