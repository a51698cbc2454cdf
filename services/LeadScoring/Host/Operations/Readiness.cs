using LeadScoring.Host.Broker;
using LeadScoring.Host.Storage;
using Marten;

namespace LeadScoring.Host.Operations;

/// <summary>One thing that must hold before traffic is sent here.</summary>
/// <param name="Reason">Why it does not hold; null when it does.</param>
/// <param name="Required">Whether the instance is not ready without it; otherwise it is told for information.</param>
public sealed record ReadinessCheck(string Name, bool Ok, string? Reason, bool Required = true);

/// <summary>Whether this instance can do its work now. Asked often, so the answer is kept for a moment.</summary>
public sealed class Readiness(IDocumentStore store, BrokerStatusReader broker, IHostApplicationLifetime lifetime, TimeProvider clock) : IDisposable
{
    public static readonly TimeSpan KeptFor = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CheckMax = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim oneAtATime = new(1);
    private IReadOnlyList<ReadinessCheck> latest = [];
    private long? checkedAt;

    public async Task<IReadOnlyList<ReadinessCheck>> CheckAsync()
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return [new ReadinessCheck("running", Ok: false, "The service is shutting down.")];
        }

        await oneAtATime.WaitAsync();
        try
        {
            if (checkedAt is not { } at || clock.GetElapsedTime(at) >= KeptFor)
            {
                latest = await CheckDatabaseAsync();
                checkedAt = clock.GetTimestamp();
            }

            return latest;
        }
        finally
        {
            oneAtATime.Release();
        }
    }

    public void Dispose() => oneAtATime.Dispose();

    private async Task<IReadOnlyList<ReadinessCheck>> CheckDatabaseAsync()
    {
        using var patience = new CancellationTokenSource(CheckMax, clock);
        try
        {
            var isMigrated = await Schema.VersionAsync(store, patience.Token) >= Schema.Version; // A newer program's tables come while this one still runs.
            return
            [
                new ReadinessCheck("database", Ok: true, null),
                new ReadinessCheck("migrations", isMigrated, isMigrated ? null : "The database lacks tables of this program."),
                .. isMigrated && broker.IsConfigured ? [await CheckBrokerAsync(patience.Token)] : Array.Empty<ReadinessCheck>(),
            ];
        }
        catch (Exception)
        {
            // Open to everybody: the reason stays general, the log of whoever needed the database has the particulars.
            return [new ReadinessCheck("database", Ok: false, "The database does not answer.")];
        }
    }

    /// <summary>Without the broker events wait in the feed, and everything else goes on.</summary>
    private async Task<ReadinessCheck> CheckBrokerAsync(CancellationToken ct)
    {
        var state = (await broker.ReadStateAsync(ct)).State;
        var reason = state switch
        {
            BrokerState.Running or BrokerState.Connecting => null,
            BrokerState.Blocked => "RabbitMQ takes nothing at the moment because of an alarm; events wait in the feed.",
            BrokerState.Unroutable => "No queue in RabbitMQ takes some type of event; these events wait in the feed.",
            BrokerState.Refused => "RabbitMQ refuses what is asked of it; events wait in the feed.",
            _ => "RabbitMQ cannot be reached; events wait in the feed.",
        };
        return new ReadinessCheck("broker", reason is null, reason, Required: false);
    }
}
