namespace LeadScoring.Domain.Qualification;

/// <summary>When a tenant's salespeople work.</summary>
public interface IWorkingTime
{
    /// <summary>The instant at which this much working time has passed.</summary>
    /// <param name="from">The counting begins here, or when work next begins.</param>
    /// <param name="work">Elapsed working time, more than zero.</param>
    DateTimeOffset Add(DateTimeOffset from, TimeSpan work);
}

/// <summary>What a tenant asks of sales' answer to a handoff, beside the model's SLA.</summary>
/// <param name="DueSoonBefore">Working time from the reminder to the due time; null: a quarter of the SLA.</param>
/// <param name="EscalateTo">Whom reminders name; null: nobody.</param>
public sealed record AcceptanceTerms(IWorkingTime WorkingTime, TimeSpan? DueSoonBefore = null, string? EscalateTo = null)
{
    private const int SlaPartsBeforeDue = 4;

    public static readonly AcceptanceTerms AroundTheClock = new(new EveryHour());

    /// <summary>When the answer to a handoff is due, and when sales is reminded of it.</summary>
    /// <param name="acceptWithin">The model's SLA, as working time.</param>
    /// <returns>No reminder when it would have to come at the handoff itself or before.</returns>
    public (DateTimeOffset? DueSoonAt, DateTimeOffset DueAt) For(DateTimeOffset handedOffAt, TimeSpan acceptWithin)
    {
        var untilReminder = acceptWithin - (DueSoonBefore ?? (acceptWithin / SlaPartsBeforeDue));
        return (
            untilReminder > TimeSpan.Zero ? WorkingTime.Add(handedOffAt, untilReminder) : null,
            WorkingTime.Add(handedOffAt, acceptWithin));
    }

    private sealed class EveryHour : IWorkingTime
    {
        public DateTimeOffset Add(DateTimeOffset from, TimeSpan work) => from + work;
    }
}
