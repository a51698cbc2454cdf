namespace LeadScoring.IntegrationTests.Setup;

/// <summary>A clock whose timestamps stand still until they are moved.</summary>
internal sealed class SetTimestamp : TimeProvider
{
    private long _now = 1;

    public override long GetTimestamp() => _now;

    public void Advance(TimeSpan time) => _now += (long)(time.TotalSeconds * TimestampFrequency);
}
