using LeadScoring.Host.Leads.Writing;
using LeadScoring.Host.Operations;
using LeadScoring.Host.Storage;

namespace LeadScoring.Host.Engagements.Verdicts;

/// <summary>Goes on with what requests had no time for, and with what an instance that stopped has left.</summary>
public sealed class VerdictRunner(
    VerdictWork work, VerdictStore store, LeadWriter writer, TimeProvider clock, ILogger<VerdictRunner> logger) : BackgroundService
{
    /// <summary>Between two looks when there is nothing to do.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var isAway = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await store.NextAsync(stoppingToken) is { } next)
                {
                    await work.AdvanceAsync(next, timeMax: null, Pace.BesideOf(writer, clock), stoppingToken);
                }

                isAway = false;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Said once an outage: the loop goes on, and others say it too.
                if (!StoreFailures.IsUnavailable(e)) logger.LogError(e, "Retractions could not be gone on with");
                else if (!isAway) logger.LogWarning("Retractions wait while the database is away: {Fault}", e.Message);
                isAway = true;
            }

            await Task.Delay(Pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
