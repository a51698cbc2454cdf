using LeadScoring.Host.Storage;

namespace LeadScoring.Host.Scoring.Models;

/// <summary>Keeps an instance's knowledge of the tenants' models fresh, so that nobody who decides has to.</summary>
public sealed class ModelWatch(TenantModels models, TimeProvider clock, ILogger<ModelWatch> logger) : BackgroundService
{
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await models.LookAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(TenantModels.LookPause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                await models.LookAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // While the database is away nothing is decided either; others say so.
                if (!StoreFailures.IsUnavailable(e)) logger.LogError(e, "The scoring models could not be looked up");
            }
        }
    }
}
