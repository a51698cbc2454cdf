using System.Globalization;
using LeadScoring.Contracts;

namespace LeadScoring.Host.Scoring.Suggestions;

/// <summary>A suggestion in the few lines somebody at a terminal reads.</summary>
public static class SuggestionSummary
{
    public static IEnumerable<string> Lines(SuggestionResult result)
    {
        yield return $"{result.Samples.Used:N0} handoffs were learned from: {result.Samples.WithOutcome:N0} ended with the outcome, "
            + $"{result.Samples.WithoutOutcome:N0} without; {result.Samples.Undecided:N0} are undecided.";
        if (result.RefusedBecause is { } reason)
        {
            yield return $"No suggestion: {reason}";
            yield break;
        }

        if (result.Quality is { } quality)
        {
            yield return $"Ranking (ROC-AUC), judged by handoffs not learned from: {Number(quality.CrossValidated, "0.000")} ± {Number(quality.StandardError, "0.000")}; "
                + $"score with present points {Number(quality.PresentScore, "0.000")}, with suggested ones {Number(quality.SuggestedScore, "0.000")}.";
        }

        yield return "";
        yield return Row("rule", "points", "suggested", "odds ratio (95 %)", "handoffs with", "why");
        foreach (var rule in result.Rules)
        {
            var (e, odds) = (rule.Evidence, "-");
            if (e.OddsRatio is { } ratio) odds = $"{Number(ratio)} ({Number(e.OddsRatioLow)} to {Number(e.OddsRatioHigh)})";
            var suggested = rule.SuggestedPoints is { } points ? Number(points) : "leave out";
            yield return Row(rule.Rule, Number(rule.Points), suggested, odds, e.With.ToString("N0", CultureInfo.InvariantCulture), WordOf(rule.Reason));
        }

        yield return "";
        foreach (var grade in result.Grades.Where(g => g.FromFit is not null))
        {
            yield return $"Grade {grade.Grade} from {Number(grade.FromFit)} fit points (present: {Number(grade.PresentFromFit)}): {grade.Handoffs:N0} handoffs, "
                + (grade.Rate is { } rate ? $"{Number(rate * 100, "0")} % with the outcome." : "no outcome known.");
        }

        foreach (var note in result.Notes) yield return $"Note: {note}";
        yield return $"Drafted as version {result.DraftVersion}, based on version {result.BasedOn}: try it with 'leadscoring backtest --version {result.DraftVersion}'.";
    }

    private static string WordOf(SuggestionReason reason) => reason switch
    {
        SuggestionReason.Evidence => "evidence",
        SuggestionReason.Noise => "noise",
        SuggestionReason.Unclear => "unclear",
        SuggestionReason.TooRare => "too rare",
        SuggestionReason.FastTrack => "fast track",
        _ => "unchanged",
    };

    private static string Row(string rule, string points, string suggested, string odds, string with, string why) =>
        $"{rule,-28}{points,8}{suggested,12}{odds,26}{with,15}  {why}";

    private static string Number(double? value, string format = "0.##") => value?.ToString(format, CultureInfo.InvariantCulture) ?? "-";
}
