namespace LeadScoring.IntegrationTests.Setup;

/// <summary>A clock that stands still until it is moved. Its timers are real.</summary>
public sealed class ManualClock(DateTimeOffset start) : TimeProvider
{
    private DateTimeOffset _now = start;

    public override DateTimeOffset GetUtcNow() => _now;

    public void Advance(TimeSpan time) => _now += time;
}
