using LeadScoring.Host.Storage;
using LeadScoring.Host.Subscriptions;
using Marten;

namespace LeadScoring.Host.Webhooks;

/// <summary>Removes finished deliveries after their time, and what deleted subscriptions left, in slices.</summary>
public sealed class WebhookUpkeep(IDocumentStore documents, WebhookOptions options, TimeProvider clock, ILogger<WebhookUpkeep> logger)
    : BackgroundService
{
    /// <summary>Deliveries removed together, and deleted subscriptions looked at in one run, the oldest first.</summary>
    public const int SliceMax = 2_000;

    public static readonly TimeSpan Pause = TimeSpan.FromMinutes(5);

    /// <summary>Between two slices: others want the database too.</summary>
    private static readonly TimeSpan SlicePause = TimeSpan.FromMilliseconds(100);

    /// <summary>An outcome that was on its way when a subscription was deleted is stored before that goes.</summary>
    private static readonly TimeSpan DeletedFor = TimeSpan.FromHours(1);

    /// <summary>Removes everything whose time has come.</summary>
    public async Task RunOnceAsync(CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        await RemoveFinishedAsync(now - options.KeepFor, ct);
        await using var session = documents.QuerySession();
        var deleted = await session.Query<WebhookSubscription>().Where(s => s.AnyTenant() && s.DeletedAt != null).OrderBy(s => s.DeletedAt).Take(SliceMax).ToListAsync(ct);
        foreach (var subscription in deleted)
        {
            await RemoveDeliveriesAsync(subscription, ct);
            if (subscription.DeletedAt < now - DeletedFor) await RemoveAsync(subscription, ct);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RunOnceAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                if (StoreFailures.IsUnavailable(e)) logger.LogWarning("Old deliveries were not removed: {Fault}", e.Message);
                else logger.LogError(e, "Old deliveries could not be removed");
            }

            await Task.Delay(Pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task RemoveFinishedAsync(DateTimeOffset before, CancellationToken ct)
    {
        while (true)
        {
            await using var session = documents.LightweightSession();
            var last = await session.Query<WebhookDelivery>()
                .Where(d => d.AnyTenant() && d.FinishedAt < before)
                .OrderBy(d => d.FinishedAt)
                .Skip(SliceMax - 1)
                .FirstOrDefaultAsync(ct);
            var upTo = last?.FinishedAt ?? before;
            session.DeleteWhere<WebhookDelivery>(d => d.AnyTenant() && d.FinishedAt < before && d.FinishedAt <= upTo);
            await session.SaveChangesAsync(ct);
            if (last is null) return;
            await Task.Delay(SlicePause, clock, ct);
        }
    }

    private async Task RemoveDeliveriesAsync(WebhookSubscription subscription, CancellationToken ct)
    {
        while (true)
        {
            await using var session = documents.LightweightSession(subscription.TenantId);
            var last = await session.Query<WebhookDelivery>()
                .Where(d => d.SubscriptionId == subscription.Id)
                .OrderBy(d => d.Position)
                .Skip(SliceMax - 1)
                .FirstOrDefaultAsync(ct);
            var upTo = last?.Position ?? long.MaxValue;
            session.DeleteWhere<WebhookDelivery>(d => d.SubscriptionId == subscription.Id && d.Position <= upTo);
            await session.SaveChangesAsync(ct);
            if (last is null) return;
            await Task.Delay(SlicePause, clock, ct);
        }
    }

    private async Task RemoveAsync(WebhookSubscription subscription, CancellationToken ct)
    {
        await using var session = documents.LightweightSession(subscription.TenantId);
        session.Delete<SubscriptionProgress>(subscription.Id);
        session.Delete(subscription);
        await session.SaveChangesAsync(ct);
    }
}
