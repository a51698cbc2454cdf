using LeadScoring.Host.Storage;

namespace LeadScoring.Host.Timers;

/// <summary>Looks for what is due, leads' timers and long work, for as long as the service runs; one instance at a time does, any may take over.</summary>
/// <param name="others">What else is looked for each time.</param>
public sealed class TimerLoop(DueTimers timers, IReadOnlyList<Func<CancellationToken, Task>> others, Leadership leadership, TimeProvider clock) : BackgroundService
{
    /// <summary>Between two looks when nothing is left: how late a timer may be raised.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Pages without a pause; then the writer has a moment for others.</summary>
    public const int PagesInARowMax = 20;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => leadership.RunAsync(LeaderOf.Timers, RunAsync, stoppingToken);

    private async Task RunAsync(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            foreach (var look in others) await look(ct);
            for (var page = 0; page < PagesInARowMax; page++)
            {
                var (leads, areDone) = await timers.RunPageAsync(ct);
                if (leads < DueTimers.PageLeadsMax || !areDone) break;
            }

            await Task.Delay(Pause, clock, ct);
        }
    }
}
