using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;

namespace LeadScoring.Domain.Qualification;

/// <summary>
/// The definition of a lead, applied after everything that happens to one: enough interest in this cycle, from somebody
/// who fits, decided once a cycle. A FastTrack engagement needs neither the threshold nor marketing's review, but it
/// does need the grade.
/// </summary>
public static class AutomaticQualification
{
    /// <summary>Whether a definition of a lead is met, whatever the lead's stage.</summary>
    /// <param name="qualifyingScore">EngagementScore of the current cycle, unrounded.</param>
    public static bool IsMet(ScoringModel model, double qualifyingScore, Grade grade, bool isFastTracked) =>
        grade <= model.MinimumGrade && (isFastTracked || qualifyingScore >= model.Threshold);

    /// <inheritdoc cref="IsMet(ScoringModel, double, Grade, bool)"/>
    /// <param name="lead">Its score must be able to answer for the instant under the model.</param>
    public static bool IsMet(Lead lead, ScoringModel model, DateTimeOffset at) => IsMet(
        model, lead.Score.InCycleAt(at, model), model.GradeOf(model.FitOf(lead.Attributes)), lead.FastTrackedAt is not null);

    /// <param name="before">
    /// The lead before what has just happened to it: one that is held, or waits for marketing's review, goes on by itself only by what it
    /// has just done, not by what a change of the model has made of it.
    /// </param>
    /// <returns>The decision, or null when nothing is to be decided.</returns>
    public static LeadEvent? Decide(Lead lead, Facts facts, Lead before)
    {
        var waitsForReview = lead.Stage == Stage.AutomationQualified;
        if (!waitsForReview && (lead.Stage != Stage.Inquiry || lead.QualifiedThisCycle)) return null;
        if (facts.Now < lead.CoolDownUntil) return null;

        var model = facts.Model;
        if (model.GradeOf(model.FitOf(lead.Attributes)) > model.MinimumGrade) return null;
        if (!IsFastTrackedBy(lead, before))
        {
            if (waitsForReview && (before.FastTrackedAt is null || model.GradeOf(model.FitOf(before.Attributes)) <= model.MinimumGrade)) return null;
            if (lead.Hold is not null && IsMet(before, model, facts.Now)) return null;
        }

        if (lead.FastTrackedAt is not null) return Handoffs.Make(lead, facts, QualificationReason.FastTrack, actor: null, note: null);
        if (waitsForReview || lead.Score.InCycleAt(facts.Now, model) < model.Threshold) return null;
        return model.Review == ReviewMode.Automatic
            ? Handoffs.Make(lead, facts, QualificationReason.Threshold, actor: null, note: null)
            : new AutomationQualified(lead.Cycle, Judgement.Of(lead, model, facts.Now), facts.Now);
    }

    private static bool IsFastTrackedBy(Lead lead, Lead before) =>
        lead.FastTrackedAt is { } at && (before.FastTrackedAt is null || at > before.FastTrackedAt);
}
