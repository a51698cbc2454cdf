using System.Net;
using LeadScoring.Host.Operations;
using LeadScoring.IntegrationTests.Setup;
using Npgsql;

namespace LeadScoring.IntegrationTests.Operations;

public sealed class HealthTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    private static readonly Uri Live = new("/health/live", UriKind.Relative);
    private static readonly Uri Ready = new("/health/ready", UriKind.Relative);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_running_service_on_a_migrated_database_is_ready()
    {
        await using var app = await RunningApp.StartAsync(database.ConnectionString);
        using var client = app.Client();

        using var answer = await client.GetAsync(Ready);

        var report = await answer.ReadAsync<ReadinessReport>();
        report.Status.ShouldBe("ready");
        report.Checks.Select(c => (c.Name, c.Ok)).ShouldBe([("database", true), ("migrations", true)]);
    }

    [Fact]
    public async Task Probes_may_ask_for_the_head_only()
    {
        await using var app = await RunningApp.StartAsync(database.ConnectionString);
        using var client = app.Client();
        using var request = new HttpRequestMessage(HttpMethod.Head, Ready);

        (await client.SendAsync(request)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task While_the_database_is_away_the_service_lives_but_is_not_ready_and_then_it_is_again()
    {
        using var gate = new DatabaseGate(database.ConnectionString);
        await using var app = await RunningApp.StartAsync(gate.ConnectionString);
        using var client = app.Client();
        gate.Shut();

        var report = await UntilAsync(client, HttpStatusCode.ServiceUnavailable);
        report.Status.ShouldBe("not_ready");
        report.Checks.ShouldHaveSingleItem().Reason.ShouldBe("The database does not answer.");
        (await client.GetAsync(Live)).StatusCode.ShouldBe(HttpStatusCode.OK);

        gate.Open();
        (await UntilAsync(client, HttpStatusCode.OK)).Status.ShouldBe("ready");
    }

    [Fact]
    public async Task A_database_without_our_tables_is_not_ready()
    {
        var connectionString = await PostgresRun.CloneMigratedAsync();
        await using var app = await RunningApp.StartAsync(connectionString, ("Logging:LogLevel:Default", "None"));
        using var client = app.Client();
        await using (var database = NpgsqlDataSource.Create(connectionString + ";Pooling=false"))
        {
            await using var drop = database.CreateCommand("drop schema public cascade; create schema public");
            await drop.ExecuteNonQueryAsync();
        }

        using var answer = await client.GetAsync(Ready);

        var report = await answer.ReadAsync<ReadinessReport>(HttpStatusCode.ServiceUnavailable);
        report.Checks.Single(c => !c.Ok).Name.ShouldBe("migrations");
        report.Checks.Single(c => c.Ok).Name.ShouldBe("database");
    }

    private static async Task<ReadinessReport> UntilAsync(HttpClient client, HttpStatusCode status)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            using var answer = await client.GetAsync(Ready, patience.Token);
            if (answer.StatusCode == status) return await answer.ReadAsync<ReadinessReport>(status);
        }
    }
}
