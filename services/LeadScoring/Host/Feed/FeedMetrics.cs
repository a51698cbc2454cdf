using System.Diagnostics.Metrics;
using LeadScoring.Host.Operations;

namespace LeadScoring.Host.Feed;

/// <summary>How far the feed is behind the log. Only the instance that publishes reports it: take the maximum over all.</summary>
public sealed class FeedMetrics
{
    private readonly TimeProvider _clock;
    private long _behind = -1;
    private long _caughtUpAt;

    public FeedMetrics(IMeterFactory meters, TimeProvider clock)
    {
        _clock = clock;
        var meter = meters.Create(Telemetry.Name);
        Published = meter.CreateCounter<long>("leadscoring.feed.published", "{event}", "Events put into the feed, by type.");
        SetAside = meter.CreateCounter<long>("leadscoring.feed.set_aside", "{event}", "Events that no subscription could read: dead letters; none are expected.");
        Delay = meter.CreateHistogram<double>("leadscoring.feed.delay", "s", "From the storing of an event to its standing in the feed.");
        meter.CreateObservableGauge(
            "leadscoring.feed.lag", () => Lag(), "s", "How long ago the feed last held everything that was in the log.");
        meter.CreateObservableGauge(
            "leadscoring.feed.behind", () => Behind(), "{event}", "Events of the log, of any type, that the subscription has not looked at.");
    }

    public Counter<long> Published { get; }

    public Counter<long> SetAside { get; }

    public Histogram<double> Delay { get; }

    /// <summary>This instance publishes, and has looked at all but so many events.</summary>
    public void Note(long behind)
    {
        if (behind == 0 || Interlocked.Read(ref _behind) < 0) Interlocked.Exchange(ref _caughtUpAt, _clock.GetTimestamp());
        Interlocked.Exchange(ref _behind, behind);
    }

    /// <summary>Another instance publishes, or nobody does.</summary>
    public void NoteStopped() => Interlocked.Exchange(ref _behind, -1);

    private IEnumerable<Measurement<double>> Lag() => Interlocked.Read(ref _behind) switch
    {
        < 0 => [],
        0 => [new(0)],
        _ => [new(_clock.GetElapsedTime(Interlocked.Read(ref _caughtUpAt)).TotalSeconds)],
    };

    private IEnumerable<Measurement<long>> Behind() => Interlocked.Read(ref _behind) is >= 0 and var behind ? [new(behind)] : [];
}
