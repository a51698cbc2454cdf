namespace LeadScoring.IntegrationTests.Leads;

/// <summary>A clock that shows what a test sets. Timers run in real time all the same.</summary>
internal sealed class SetClock(DateTimeOffset now) : TimeProvider
{
    public DateTimeOffset Now { get; set; } = now;

    public override DateTimeOffset GetUtcNow() => Now;
}
