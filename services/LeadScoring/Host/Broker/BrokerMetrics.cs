using System.Diagnostics.Metrics;
using LeadScoring.Host.Operations;

namespace LeadScoring.Host.Broker;

/// <summary>What the relay to the broker measures of itself; only the instance that relays has figures.</summary>
public sealed class BrokerMetrics
{
    private int _windowUsed;
    private long _behind;

    public BrokerMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(Telemetry.Name);
        Published = meter.CreateCounter<long>("leadscoring.broker.published", "{message}", "Messages sent to the broker, repeats included.");
        Confirmed = meter.CreateCounter<long>("leadscoring.broker.confirmed", "{message}", "Messages the broker has confirmed to hold.");
        Nacked = meter.CreateCounter<long>("leadscoring.broker.nacked", "{message}", "Messages the broker did not take: no queue is bound for their type, or it takes no more.");
        Reconnects = meter.CreateCounter<long>("leadscoring.broker.reconnects", "{attempt}", "Attempts to connect after a connection was lost or refused.");
        ConfirmTime = meter.CreateHistogram<double>("leadscoring.broker.confirm.duration", "s", "From sending a message to its confirmation.");
        meter.CreateObservableUpDownCounter(
            "leadscoring.broker.window.used", () => Volatile.Read(ref _windowUsed), "{message}", "Messages sent and not confirmed yet.");
        meter.CreateObservableGauge(
            "leadscoring.broker.behind", () => Volatile.Read(ref _behind), "{event}", $"Events of the feed not with the broker yet, counted up to {BrokerStatusBoard.BehindCountedMax}.");
    }

    public Counter<long> Published { get; }

    public Counter<long> Confirmed { get; }

    public Counter<long> Nacked { get; }

    public Counter<long> Reconnects { get; }

    public Histogram<double> ConfirmTime { get; }

    public int WindowUsed
    {
        set => Volatile.Write(ref _windowUsed, value);
    }

    public long Behind
    {
        set => Volatile.Write(ref _behind, value);
    }
}
