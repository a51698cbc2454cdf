using LeadScoring.Domain.Leads;

namespace LeadScoring.Domain.Nurture;

/// <param name="Day">Days of 24 hours after the lead entered, 1 or more.</param>
/// <param name="Channel">snake_case, e.g. <c>direct_mail</c>.</param>
public sealed record CadenceStep(int Day, string Channel);

/// <summary>How a tenant keeps in touch with leads that are not ripe.</summary>
/// <param name="IsEnabled">False: nobody enters, and who is in it leaves at the next step. Who unsubscribes is noted all the same.</param>
/// <param name="Steps">In order of their days, each day once.</param>
/// <param name="EntryTypes">Engagements that let a lead enter: conversions.</param>
public sealed record NurtureCadence(
    bool IsEnabled,
    IReadOnlyList<CadenceStep> Steps,
    IReadOnlyCollection<string> EntryTypes,
    IReadOnlyCollection<string> UnsubscribeTypes,
    IReadOnlyCollection<string> ResubscribeTypes)
{
    public const int StepsMax = 50;
    public const int DayMax = 730;
    public const int TypesMax = 20;

    /// <summary>The first step that is still ahead; null: none is.</summary>
    public NurtureStep? FirstAhead(DateTimeOffset startedAt, DateTimeOffset now) => First(startedAt, step => startedAt.AddDays(step.Day) > now);

    /// <summary>The first step after a day; null: that day had the last one.</summary>
    public NurtureStep? NextAfter(int day, DateTimeOffset startedAt) => First(startedAt, step => step.Day > day);

    private NurtureStep? First(DateTimeOffset startedAt, Func<CadenceStep, bool> fits)
    {
        for (var i = 0; i < Steps.Count; i++)
        {
            if (fits(Steps[i])) return new(i + 1, Steps[i].Day, Steps[i].Channel, startedAt.AddDays(Steps[i].Day));
        }

        return null;
    }
}
