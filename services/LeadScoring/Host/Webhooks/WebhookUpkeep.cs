using LeadScoring.Host.Storage;
using LeadScoring.Host.Subscriptions;
using Marten;
using Npgsql;

namespace LeadScoring.Host.Webhooks;

/// <summary>Removes finished deliveries after their time, and what deleted subscriptions left, in slices.</summary>
public sealed class WebhookUpkeep(
    IDocumentStore documents, NpgsqlDataSource database, WebhookOptions options, TimeProvider clock, ILogger<WebhookUpkeep> logger) : BackgroundService
{
    /// <summary>Deliveries removed together, and deleted subscriptions looked at in one run, the oldest first.</summary>
    public const int SliceMax = 2_000;

    public static readonly TimeSpan Pause = TimeSpan.FromMinutes(5);

    private const string OfSubscription = "subscription_id = $1";
    private const string FinishedBefore = "finished_at < $1";

    /// <summary>Between two slices: others want the database too.</summary>
    private static readonly TimeSpan SlicePause = TimeSpan.FromMilliseconds(100);

    /// <summary>An outcome that was on its way when a subscription was deleted is stored before that goes.</summary>
    private static readonly TimeSpan DeletedFor = TimeSpan.FromHours(1);

    /// <summary>Removes everything whose time has come.</summary>
    public async Task RunOnceAsync(CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        await RemoveDeliveriesAsync(FinishedBefore, now - options.KeepFor, ct);
        await using var session = documents.LightweightSession();
        var deleted = await session.Query<WebhookSubscription>()
            .Where(s => s.AnyTenant() && s.DeletedAt != null)
            .OrderBy(s => s.DeletedAt)
            .Take(SliceMax)
            .ToListAsync(ct);
        foreach (var subscription in deleted)
        {
            await RemoveDeliveriesAsync(OfSubscription, subscription.Id, ct);
            if (subscription.DeletedAt >= now - DeletedFor) continue;
            session.ForTenant(subscription.TenantId).Delete<SubscriptionProgress>(subscription.Id);
            session.ForTenant(subscription.TenantId).Delete(subscription);
        }

        await session.SaveChangesAsync(ct);
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

    /// <param name="which">A condition on one value, which an index serves.</param>
    private async Task RemoveDeliveriesAsync(string which, object value, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            $"delete from mt_doc_webhook_delivery where ctid = any(array(select ctid from mt_doc_webhook_delivery where {which} limit {SliceMax}))");
        command.Parameters.Add(new() { Value = value });
        while (await command.ExecuteNonQueryAsync(ct) == SliceMax) await Task.Delay(SlicePause, clock, ct);
    }
}
