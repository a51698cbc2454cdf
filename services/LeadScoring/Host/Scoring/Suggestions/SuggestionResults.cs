using System.Globalization;
using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Domain.Scoring;
using LeadScoring.Domain.Scoring.Suggestions;
using LeadScoring.Domain.Scoring.Versions;
using LeadScoring.Domain.Statistics;
using Grade = LeadScoring.Contracts.Grade;

namespace LeadScoring.Host.Scoring.Suggestions;

/// <summary>A suggestion as it is answered: rounded to six decimals.</summary>
internal static class SuggestionResults
{
    private const int Decimals = 6;

    /// <param name="draft">Null when there is no proposal.</param>
    public static SuggestionResult Of(
        long upTo, SuggestionTarget target, ScoringModel basedOn, Suggestion suggestion, SuggestionSamples samples, int leadsPerSample, ModelVersion? draft)
    {
        var proposal = suggestion.Proposal;
        var columns = new RuleColumns(basedOn);
        return new(
            upTo,
            basedOn.Version,
            target,
            suggestion.Fault is { } fault ? Enum.Parse<SuggestionRefusal>(fault.ToString()) : null,
            suggestion.Because,
            draft?.Version,
            draft is null ? null : JsonElement.Parse(draft.Document),
            samples,
            proposal is null ? null : QualityOf(proposal.Quality),
            proposal is null ? [] : [.. proposal.Rules.Select(r => RuleOf(r, columns))],
            proposal is null ? [] : [.. proposal.Grades.Select(g => GradeOf(g, basedOn))],
            NotesOn(proposal, leadsPerSample));
    }

    private static SuggestionQuality QualityOf(ProposalQuality quality) => new(
        Rounded(quality.CrossValidated),
        Rounded(quality.StandardError),
        Rounded(quality.SuggestedScore),
        Rounded(quality.PresentScore),
        Rounded(quality.SuggestedFit),
        Rounded(quality.PresentFit));

    private static SuggestedRule RuleOf(ProposedRule rule, RuleColumns columns)
    {
        var (with, without) = (rule.Evidence.With, rule.Evidence.Without);
        return new(
            columns.NameOf(rule.Column),
            columns.IsFit(rule.Column) ? RuleKind.Fit : RuleKind.Engagement,
            columns.PointsOf(rule.Column),
            rule.Points,
            rule.Cap,
            Enum.Parse<SuggestionReason>(rule.Reason.ToString()),
            new(
                with.Trials,
                with.Hits,
                without.Trials,
                without.Hits,
                Rounded(with.Rate),
                Rounded(without.Rate),
                Rounded(rule.Evidence.InformationValue),
                Rounded(rule.Evidence.OddsRatio),
                Rounded(rule.Evidence.OddsRatioInterval?.Low),
                Rounded(rule.Evidence.OddsRatioInterval?.High),
                Rounded(rule.Evidence.P)));
    }

    private static SuggestedGrade GradeOf(ProposedGrade grade, ScoringModel basedOn)
    {
        var place = (int)grade.Grade;
        var interval = Proportions.Wilson(grade.Outcomes);
        return new(
            Enum.Parse<Grade>(grade.Grade.ToString()),
            grade.FromFit,
            place < basedOn.CutOffs.Count ? basedOn.CutOffs[place] : null,
            grade.Outcomes.Trials,
            grade.Outcomes.Hits,
            Rounded(grade.Outcomes.Rate),
            Rounded(interval?.Low),
            Rounded(interval?.High));
    }

    private static List<string> NotesOn(Proposal? proposal, int leadsPerSample)
    {
        var notes = new List<string>();
        if (leadsPerSample > 1)
        {
            notes.Add(string.Create(
                CultureInfo.InvariantCulture, $"There were more handoffs than are learned from at once: those of one lead in {leadsPerSample} were looked at."));
        }

        if (proposal is null) return notes;
        notes.Add("Only handoffs have an outcome: of leads nobody handed off, nothing is known. Backtest the draft before you propose it.");
        notes.Add("Rates with and without a rule mislead, as handoffs are chosen by their score; the odds ratio compares leads that are equal in everything else.");
        if (proposal.Rules.Any(r => r.Reason is PointsReason.TooRare or PointsReason.Unclear)) notes.Add("Rules with too few handoffs to tell keep their points.");
        return notes;
    }

    /// <returns>Null also for what is not finite, which JSON has no word for.</returns>
    private static double? Rounded(double? value) =>
        value is { } number && double.IsFinite(number) ? Math.Round(number, Decimals) : null;

    private static double Rounded(double value) => Math.Round(value, Decimals);
}
