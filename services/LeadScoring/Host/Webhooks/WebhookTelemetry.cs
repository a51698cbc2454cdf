using System.Diagnostics.Metrics;
using LeadScoring.Host.Operations;

namespace LeadScoring.Host.Webhooks;

/// <summary>What delivering measures of itself. Only the instance that delivers reports anything.</summary>
public sealed class WebhookTelemetry
{
    private readonly Counter<long> _attempts;
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _disabled;

    /// <summary>Deliveries held back for a retry, and what waits behind them.</summary>
    private long _held;
    private long _failing;
    private long _active;

    public WebhookTelemetry(IMeterFactory meters)
    {
        var meter = meters.Create(Telemetry.Name);
        _attempts = meter.CreateCounter<long>("leadscoring.webhooks.attempts", "{attempt}", "Requests to endpoints, by outcome: delivered, failed, gone.");
        _duration = meter.CreateHistogram<double>("leadscoring.webhooks.attempt.duration", "s", "From sending to the answer's head, or to the failure.");
        _disabled = meter.CreateCounter<long>("leadscoring.webhooks.disabled", "{subscription}", "Subscriptions switched off, by reason: gone, failing.");
        meter.CreateObservableUpDownCounter("leadscoring.webhooks.held", () => Volatile.Read(ref _held), "{delivery}", "Deliveries held back for a retry or behind one.");
        meter.CreateObservableUpDownCounter("leadscoring.webhooks.subscriptions", Subscriptions, "{subscription}", "Enabled subscriptions, by state: active, failing.");
    }

    public void Count(AttemptOutcome outcome)
    {
        var result = new KeyValuePair<string, object?>("outcome", outcome.Result switch
        {
            AttemptResult.Delivered => "delivered",
            AttemptResult.Gone => "gone",
            _ => "failed",
        });
        _attempts.Add(1, result);
        _duration.Record(outcome.LatencyMs / 1_000.0, result);
    }

    public void CountDisabled(string reason) => _disabled.Add(1, new KeyValuePair<string, object?>("reason", reason));

    /// <summary>How it stands; all zero when this instance no longer delivers.</summary>
    public void Note(long held, long active, long failing)
    {
        Volatile.Write(ref _held, held);
        Volatile.Write(ref _active, active);
        Volatile.Write(ref _failing, failing);
    }

    private Measurement<long>[] Subscriptions() =>
    [
        new(Volatile.Read(ref _active), new KeyValuePair<string, object?>("state", "active")),
        new(Volatile.Read(ref _failing), new KeyValuePair<string, object?>("state", "failing")),
    ];
}
