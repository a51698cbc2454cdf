using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Qualification;

namespace LeadScoring.Domain.Nurture;

/// <summary>
/// Who is in the cadence: an inquiry enters on its first conversion and again when it comes back from sales or marketing;
/// it leaves by advancing, by being disqualified, or by unsubscribing, which keeps it out until it subscribes again.
/// </summary>
public static class Nurturing
{
    /// <summary>What follows for the cadence from what has just happened to a lead.</summary>
    /// <param name="lead">Afterwards.</param>
    /// <param name="events">What happened.</param>
    public static IReadOnlyList<LeadEvent> Decide(Lead lead, IReadOnlyList<LeadEvent> events, Facts facts)
    {
        if (facts.Cadence is not { } cadence) return [];
        var decided = new List<LeadEvent>();
        var isOut = lead.IsOutOfNurture(cadence);
        for (var i = 0; i < events.Count; i++)
        {
            switch (events[i])
            {
                case EngagementRecorded e when cadence.UnsubscribeTypes.Contains(e.Type) && IsNews(e):
                    decided.Add(new NurtureEnded(lead.Cycle, NurtureEndReason.Unsubscribed, e.OccurredAt, facts.Now));
                    isOut = true;
                    break;
                case EngagementRecorded e when cadence.ResubscribeTypes.Contains(e.Type) && IsNews(e):
                    decided.Add(new NurtureResumed(lead.Cycle, e.OccurredAt, facts.Now));
                    if (!isOut) break;
                    isOut = false;
                    Enter(e.OccurredAt);
                    break;
                case EngagementRecorded e when lead.Nurture is null && !(e.OccurredAt <= lead.CountFrom) && cadence.EntryTypes.Contains(e.Type):
                    Enter(e.OccurredAt);
                    break;
                case LeadRecycled e:
                    Enter(e.At);
                    break;
            }
        }

        return decided;

        // What a person said later counts, in whichever order it arrives.
        bool IsNews(EngagementRecorded e) => !(e.OccurredAt < lead.NurtureWish?.Since);

        void Enter(DateTimeOffset startedAt)
        {
            if (isOut || !cadence.IsEnabled || lead.Stage != Stage.Inquiry) return;
            if (cadence.FirstAhead(startedAt, facts.Now) is not { } first) return;
            decided.Add(new NurtureStarted(lead.Cycle, lead.Engagements.LatestProduct?.Product, startedAt, first, facts.Now));
        }
    }

    /// <summary>When the lead's next step is due; null: it is in no cadence.</summary>
    public static DateTimeOffset? NextAt(Lead lead) => lead.Stage == Stage.Inquiry ? lead.Nurture?.Next?.DueAt : null;

    /// <summary>
    /// The steps that are due, in order; after an absence of the service there may be several. What follows a step is
    /// planned by the cadence as it is by then. Without one, which only says that it could not be read, nothing is raised.
    /// </summary>
    public static IReadOnlyList<LeadEvent> Raise(Lead lead, Facts facts)
    {
        if (NextAt(lead) is null || lead.Nurture is not { } nurture || facts.Cadence is not { } cadence) return [];
        var raised = new List<LeadEvent>();
        for (var step = nurture.Next; step is not null && step.DueAt <= facts.Now;)
        {
            if (!cadence.IsEnabled)
            {
                raised.Add(new NurtureEnded(lead.Cycle, NurtureEndReason.CadenceOff, facts.Now, facts.Now));
                break;
            }

            var next = cadence.NextAfter(step.Day, nurture.StartedAt);
            raised.Add(new NurtureStepDue(lead.Cycle, step, lead.Engagements.LatestProduct?.Product, nurture.StartedAt, next, facts.Now));
            step = next;
        }

        return raised;
    }

    /// <summary>
    /// Whether the person wishes no mail. What was recorded before the tenant set a cadence is only counted: then who ever
    /// unsubscribed is out.
    /// </summary>
    private static bool IsOutOfNurture(this Lead lead, NurtureCadence cadence) =>
        lead.NurtureWish?.IsOut ?? cadence.UnsubscribeTypes.Any(type => lead.Engagements.CountByType.ContainsKey(type));
}
