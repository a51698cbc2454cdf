using LeadScoring.Host.Feed;
using LeadScoring.Host.Storage;
using Marten;

namespace LeadScoring.Host.Broker;

/// <summary>
/// Publishes the feed of all tenants to RabbitMQ, from one instance at a time. The stored position moves only over what the broker
/// has confirmed, so that a crash repeats messages, with the same ids, and never loses one. A lead's events are never out of order:
/// not when one is given back, not over lost connections, and not between an instance that still sends and the one that took over,
/// which begins no further than what the first had confirmed.
/// </summary>
internal sealed class BrokerRelay(
    BrokerOptions? options,
    IDocumentStore store,
    Leadership leadership,
    FeedReader reader,
    FeedWatch watch,
    BrokerMetrics metrics,
    TimeProvider clock,
    ILogger<BrokerRelay> logger) : BackgroundService
{
    private readonly RelayPosition _position = new(store);
    private readonly BrokerStatusBoard _board = new(store, metrics, clock, logger);
    private readonly Signal _wakeup = new();
    private RelayWindow? _window;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options is null)
        {
            logger.LogInformation("No broker is configured (Broker:Uri): events leave by the feed and by webhooks alone.");
            return;
        }

        await leadership.RunAsync(LeaderOf.BrokerRelay, ct => LeadAsync(options, ct), stoppingToken);
    }

    public override void Dispose()
    {
        _board.Dispose();
        _wakeup.Dispose();
        base.Dispose();
    }

    private async Task LeadAsync(BrokerOptions settings, CancellationToken ct)
    {
        // What this process knows to be with the broker is kept over a loss of leadership, unless another has relayed meanwhile.
        var savedUpTo = _position.SavedUpTo;
        var position = await _position.ReadAsync(settings.StartAt, ct);
        var window = _window is { } known && known.CanGoOnFrom(position, savedUpTo) ? known : new RelayWindow(position, settings.AheadMax, settings.RetryDelayMax, settings.EventTypes);
        _window = window;
        _board.Clear();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var keeping = _board.KeepAsync(() => window.ConfirmedUpTo, ending.Token);
        try
        {
            await ConnectAgainAndAgainAsync(settings, window, ct);
        }
        finally
        {
            await ending.CancelAsync();
            await keeping;
        }
    }

    private async Task ConnectAgainAndAgainAsync(BrokerOptions settings, RelayWindow window, CancellationToken ct)
    {
        _board.Set(BrokerState.Connecting);
        for (var failures = 0; !ct.IsCancellationRequested;)
        {
            RelayRun? run = null;
            try
            {
                await using var publisher = await BrokerPublisher.OpenAsync(settings, ct);
                run = new RelayRun(publisher, window, reader, watch, _position, _wakeup, _board, metrics, settings, clock);
                await run.RunAsync(ct);
            }
            catch (BrokerFault fault)
            {
                failures = run is { HasConfirmed: true } ? 1 : failures + 1;
                _board.Set(fault.IsRefusal ? BrokerState.Refused : BrokerState.Away, fault.Message);
                metrics.Reconnects.Add(1);
                await Task.Delay(Backoff.After(failures, settings.ReconnectDelayMax), clock, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
