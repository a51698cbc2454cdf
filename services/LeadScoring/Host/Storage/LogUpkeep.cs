using System.Globalization;
using LeadScoring.EventStore;
using LeadScoring.EventStore.Partitions;

namespace LeadScoring.Host.Storage;

/// <summary>Makes partitions of the log ahead of the writers and freezes full ones, for as long as the service runs.</summary>
public sealed class LogUpkeep(LogPartitions partitions, TimeProvider clock, ILogger<LogUpkeep> logger) : BackgroundService
{
    /// <summary>Between two looks. The two partitions ahead must last longer than this.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    /// <exception cref="StartupRefusal"><c>EventStore:PartitionEvents</c> is not a number in its range.</exception>
    public static EventStoreOptions OptionsFrom(IConfiguration configuration)
    {
        var options = new EventStoreOptions();
        var text = configuration["EventStore:PartitionEvents"];
        if (string.IsNullOrEmpty(text)) return options;
        try
        {
            return options with { PartitionEvents = long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture) };
        }
        catch (Exception e) when (e is FormatException or OverflowException or ArgumentOutOfRangeException)
        {
            throw new StartupRefusal($"EventStore:PartitionEvents is '{text}': give a whole number from 1000 to 1000000000.", e);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                foreach (var name in await partitions.MakeAheadAsync(stoppingToken)) logger.LogInformation("Made the log's partition {Name}", name);
                foreach (var name in await partitions.SealAsync(stoppingToken)) logger.LogInformation("Froze the log's full partition {Name}", name);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // An append that finds no partition makes it itself, so this only has to succeed now and then.
                if (StoreFailures.IsUnavailable(e)) logger.LogWarning("The log's partitions were not looked after: {Fault}", e.Message);
                else logger.LogError(e, "The log's partitions could not be looked after");
            }

            await Task.Delay(Pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
