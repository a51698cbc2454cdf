using LeadScoring.Host.Storage;
using LeadScoring.IntegrationTests.Setup;
using Microsoft.Extensions.Logging.Abstractions;

namespace LeadScoring.IntegrationTests.Feed;

/// <summary>One leads at a time, and somebody always does.</summary>
public sealed class LeadershipTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Work_that_fails_lets_another_instance_lead()
    {
        using var stop = new CancellationTokenSource();
        var began = new TaskCompletionSource();
        var mayFail = new TaskCompletionSource();
        var elsewhere = new TaskCompletionSource();
        var failing = Leader().RunAsync(
            LeaderOf.Timers,
            async ct =>
            {
                began.TrySetResult();
                await mayFail.Task.WaitAsync(ct);
                throw new InvalidOperationException("as work does");
            },
            stop.Token);
        await began.Task.WaitAsync(WaitMax);
        var other = Leader().RunAsync(LeaderOf.Timers, ct => { elsewhere.TrySetResult(); return Task.Delay(Timeout.Infinite, ct); }, stop.Token);
        mayFail.SetResult();

        await elsewhere.Task.WaitAsync(WaitMax);
        await stop.CancelAsync();
        await Task.WhenAll(failing, other);
    }

    private Leadership Leader() => new(database.DataSource, TimeProvider.System, NullLogger<Leadership>.Instance);
}
