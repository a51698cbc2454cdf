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
    /// <returns>The decision, or null when nothing is to be decided.</returns>
    public static LeadEvent? Decide(Lead lead, Facts facts)
    {
        var waitsForReview = lead.Stage == Stage.AutomationQualified;
        if (!waitsForReview && (lead.Stage != Stage.Inquiry || lead.QualifiedThisCycle)) return null;
        if (facts.Now < lead.CoolDownUntil) return null;

        var model = facts.Model;
        if (model.GradeOf(model.FitOf(lead.Attributes)) > model.MinimumGrade) return null;
        if (lead.FastTrackedAt is not null) return Handoffs.Make(lead, facts, QualificationReason.FastTrack, actor: null, note: null);
        if (waitsForReview || lead.Score.InCycleAt(facts.Now, model) < model.Threshold) return null;
        return model.Review == ReviewMode.Automatic
            ? Handoffs.Make(lead, facts, QualificationReason.Threshold, actor: null, note: null)
            : new AutomationQualified(lead.Cycle, Judgement.Of(lead, model, facts.Now), facts.Now);
    }
}
