using LeadScoring.Host.Storage;
using LeadScoring.IntegrationTests.Setup;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace LeadScoring.IntegrationTests.Storage;

public sealed class LeadershipTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_leader_whose_work_fails_leaves_the_lead_to_others()
    {
        // Its connections are pooled and not reset, as in production, and it does not ask again.
        await using var failing = NpgsqlDataSource.Create(database.ConnectionString + ";No Reset On Close=true");
        using var ended = new CancellationTokenSource();
        var failed = new Leadership(failing, TimeProvider.System, NullLogger<Leadership>.Instance).RunAsync(
            LeaderOf.BrokerRelay,
            async _ =>
            {
                await ended.CancelAsync();
                throw new InvalidOperationException("The work fails.");
            },
            ended.Token);
        await failed.WaitAsync(WaitMax);

        using var stop = new CancellationTokenSource(WaitMax);
        var leads = false;
        await new Leadership(database.DataSource, TimeProvider.System, NullLogger<Leadership>.Instance).RunAsync(
            LeaderOf.BrokerRelay,
            async _ =>
            {
                leads = true;
                await stop.CancelAsync();
            },
            stop.Token);

        leads.ShouldBeTrue();
    }
}
