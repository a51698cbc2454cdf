using System.Diagnostics.Metrics;
using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Operations;

namespace LeadScoring.Host.Webhooks;

/// <summary>What delivering measures of itself. Only the instance that delivers reports anything.</summary>
public sealed class WebhookTelemetry
{
    private readonly Counter<long> _attempts;
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _disabled;
    private Standing _now = new(0, 0, 0);

    public WebhookTelemetry(IMeterFactory meters)
    {
        const string name = "leadscoring.webhooks.";
        var meter = meters.Create(Telemetry.Name);
        _attempts = meter.CreateCounter<long>($"{name}attempts", "{attempt}", "Requests to endpoints, by outcome: delivered, failed, gone.");
        _duration = meter.CreateHistogram<double>($"{name}attempt.duration", "s", "From sending to the answer's head, or to the failure.");
        _disabled = meter.CreateCounter<long>($"{name}disabled", "{subscription}", "Subscriptions switched off, by reason: gone, failing.");
        meter.CreateObservableUpDownCounter($"{name}held", () => _now.Held, "{delivery}", "Deliveries held back for a retry or behind one.");
        meter.CreateObservableUpDownCounter(
            $"{name}subscriptions",
            () => (Measurement<long>[])[
                new(_now.Active, Tag("state", SubscriptionState.Active)), new(_now.Failing, Tag("state", SubscriptionState.Failing)),
            ],
            "{subscription}",
            "Enabled subscriptions, by state: active, failing.");
    }

    public void Count(AttemptOutcome outcome)
    {
        _attempts.Add(1, Tag("outcome", outcome.Result));
        _duration.Record(outcome.LatencyMs / 1_000.0, Tag("outcome", outcome.Result));
    }

    public void CountDisabled(SubscriptionDisabledReason reason) => _disabled.Add(1, Tag("reason", reason));

    /// <summary>How it stands; all zero when this instance no longer delivers.</summary>
    public void Note(long held, long active, long failing) => _now = new(held, active, failing);

    private static KeyValuePair<string, object?> Tag<T>(string name, T code)
        where T : struct, Enum => new(name, JsonNamingPolicy.SnakeCaseLower.ConvertName(code.ToString()));

    private sealed record Standing(long Held, long Active, long Failing);
}
