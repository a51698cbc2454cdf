namespace LeadScoring.Host.Scoring.Models;

/// <summary>Keeps an instance's knowledge of the tenants' models fresh, so that nobody who decides has to.</summary>
public sealed class ModelWatch(TenantModels models, TimeProvider clock, ILogger<ModelWatch> logger) : BackgroundService
{
    private readonly HashSet<string> _unreadable = [];
    private bool _isFailing;

    /// <summary>What the models are is known before the first request, unless the database is away or has no tables: then nothing else works.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await TryLookAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(TenantModels.LookPause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await TryLookAsync(stoppingToken);
        }
    }

    private async Task TryLookAsync(CancellationToken ct)
    {
        try
        {
            var unreadable = await models.LookAsync(ct);
            foreach (var (tenantId, fault) in unreadable)
            {
                if (_unreadable.Add(tenantId)) logger.LogError("The scoring models of tenant {Tenant} cannot be read, and what they would decide is refused until they can: {Fault}", tenantId, fault);
            }

            _unreadable.IntersectWith(unreadable.Keys);
            _isFailing = false;
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Stopping.
        }
        catch (Exception e)
        {
            // Said once: the loop goes on, and others say it too.
            if (!_isFailing) logger.LogWarning("The scoring models could not be looked up: {Fault}", e.Message);
            _isFailing = true;
        }
    }
}
