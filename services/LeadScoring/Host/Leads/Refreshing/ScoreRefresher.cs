using LeadScoring.Host.Http;
using LeadScoring.Host.Storage;

namespace LeadScoring.Host.Leads.Refreshing;

/// <summary>Keeps stored scores within their tolerance for as long as the service runs.</summary>
public sealed class ScoreRefresher(ScoreRefresh refresh, TimeProvider clock, ILogger<ScoreRefresher> logger) : BackgroundService
{
    /// <summary>Pages without a pause; then the database has a moment for others.</summary>
    public const int PagesInARowMax = 20;

    /// <summary>Pause after anything was due.</summary>
    public static readonly TimeSpan BusyPause = TimeSpan.FromSeconds(1);

    /// <summary>Pause after nothing was due, or the database was away: how late a refresh may be.</summary>
    public static readonly TimeSpan IdlePause = TimeSpan.FromSeconds(15);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var isAway = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            var pause = IdlePause;
            try
            {
                if (await RunPagesAsync(stoppingToken) > 0) pause = BusyPause;
                isAway = false;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Said once an outage: the loop goes on, and others say it too.
                if (!StoreFailures.IsUnavailable(e)) logger.LogError(e, "Scores could not be refreshed");
                else if (!isAway) logger.LogWarning("Scores are not refreshed while the database is away: {Fault}", e.Message);
                isAway = true;
            }

            await Task.Delay(pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<int> RunPagesAsync(CancellationToken ct)
    {
        var rows = 0;
        for (var page = 0; page < PagesInARowMax; page++)
        {
            var due = await refresh.RunPageAsync(ct);
            rows += due;
            if (due < ScoreRefresh.PageRowsMax) break;
        }

        return rows;
    }
}
