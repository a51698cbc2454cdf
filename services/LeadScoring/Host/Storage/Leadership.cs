using JasperFx;
using Npgsql;

namespace LeadScoring.Host.Storage;

/// <summary>Work that one instance at a time does. The keys of advisory locks; the "LS" prefix keeps off other programs' keys.</summary>
public enum LeaderOf : long
{
    BrokerRelay = 0x4C53_0000_0011,
    Webhooks = 0x4C53_0000_0012,
    Timers = 0x4C53_0000_0013,
    ForeignAppends = 0x4C53_0000_0017,
}

/// <summary>
/// Lets one instance at a time do a piece of work, for as long as it lives and reaches the database; then another takes
/// over. This only saves work: that nothing happens twice is for the work itself to see to (a compare-and-set, a version).
/// </summary>
public sealed class Leadership(NpgsqlDataSource dataSource, TimeProvider clock, ILogger<Leadership> logger)
{
    /// <summary>Between two attempts to lead, and between two proofs that the session still lives.</summary>
    public static readonly TimeSpan AskAgainAfter = TimeSpan.FromMilliseconds(500);

    /// <summary>Returns when stopped. Faults of the work are logged, and it begins again.</summary>
    /// <param name="work">Runs while this instance leads; it must end soon after its token is cancelled.</param>
    public async Task RunAsync(LeaderOf what, Func<CancellationToken, Task> work, CancellationToken stopping)
    {
        var isAway = false;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await LeadOnceAsync(what, work, stopping);
                isAway = false;
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (ConcurrencyException e)
            {
                logger.LogWarning("{Work} goes on elsewhere: {Reason}", what, e.Message);
            }
            catch (Exception e)
            {
                if (!StoreFailures.IsUnavailable(e)) logger.LogError(e, "{Work} ended with a fault; it begins again", what);
                else if (!isAway) logger.LogWarning("{Work} waits while the database is away: {Fault}", what, e.Message);
                isAway = StoreFailures.IsUnavailable(e);
            }

            await Task.Delay(AskAgainAfter, clock, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task LeadOnceAsync(LeaderOf what, Func<CancellationToken, Task> work, CancellationToken stopping)
    {
        await using var held = await SessionLock.TryTakeAsync(dataSource, (long)what, stopping);
        if (held is null) return;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var watch = WatchAsync(held, ending);
        try
        {
            await work(ending.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested && !stopping.IsCancellationRequested)
        {
            // The session is lost: the watch says why.
        }
        finally
        {
            await ending.CancelAsync();
            await watch.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await watch;
    }

    /// <summary>A lock lasts as long as its session: without the session this instance leads no more.</summary>
    private async Task WatchAsync(SessionLock held, CancellationTokenSource ending)
    {
        try
        {
            while (!ending.IsCancellationRequested)
            {
                await Task.Delay(AskAgainAfter, clock, ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (ending.IsCancellationRequested) return;
                await held.ProveAsync();
            }
        }
        catch
        {
            await ending.CancelAsync();
            throw;
        }
    }
}
