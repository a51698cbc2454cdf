using LeadScoring.Host.Events;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Webhooks;

/// <summary>Removes finished deliveries after their time, and what deleted subscriptions left, in slices.</summary>
public sealed class WebhookUpkeep(NpgsqlDataSource database, WebhookOptions options, TimeProvider clock, ILogger<WebhookUpkeep> logger)
    : BackgroundService
{
    /// <summary>Rows one statement removes.</summary>
    public const int SliceMax = 2_000;

    public static readonly TimeSpan Pause = TimeSpan.FromMinutes(5);

    /// <summary>Between two slices: others want the database too.</summary>
    private static readonly TimeSpan SlicePause = TimeSpan.FromMilliseconds(100);

    /// <summary>An outcome that was on its way when a subscription was deleted is stored before its row goes.</summary>
    private static readonly TimeSpan DeletedFor = TimeSpan.FromHours(1);

    private static readonly string RemoveFinished = SqlText.Load(typeof(WebhookUpkeep), "remove_finished.sql");
    private static readonly string RemoveOfDeleted = SqlText.Load(typeof(WebhookUpkeep), "remove_of_deleted.sql");
    private static readonly string RemoveDeletedProgress = SqlText.Load(typeof(WebhookUpkeep), "remove_deleted_progress.sql");
    private static readonly string RemoveDeleted = SqlText.Load(typeof(WebhookUpkeep), "remove_deleted.sql");

    /// <summary>Removes everything whose time has come.</summary>
    public async Task RunOnceAsync(CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        await RemoveAsync(RemoveFinished, now - options.KeepFor, ct);
        await RemoveAsync(RemoveOfDeleted, now, ct);
        await RemoveAsync(RemoveDeletedProgress, now - DeletedFor, ct);
        await RemoveAsync(RemoveDeleted, now - DeletedFor, ct);
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

    private async Task RemoveAsync(string sql, DateTimeOffset before, CancellationToken ct)
    {
        while (true)
        {
            await using var command = database.CreateCommand(sql);
            command.Parameters.AddAll(Sql.Of(before, NpgsqlDbType.TimestampTz), Sql.Of(SliceMax, NpgsqlDbType.Integer));
            if (await command.ExecuteNonQueryAsync(ct) < SliceMax) return;
            await Task.Delay(SlicePause, clock, ct);
        }
    }
}
