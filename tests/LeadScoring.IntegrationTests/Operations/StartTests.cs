using System.Net;
using System.Net.Sockets;
using LeadScoring.Host.Operations.Commands;
using LeadScoring.Host.Storage;
using LeadScoring.IntegrationTests.Faults;
using LeadScoring.IntegrationTests.Setup;
using Npgsql;

namespace LeadScoring.IntegrationTests.Operations;

/// <summary>What cannot start says so in one sentence on standard error and ends with code 2.</summary>
public sealed class StartTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    [Fact]
    public async Task A_taken_port_is_named()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var url = $"http://127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}";

        (await RefusalAsync(database.ConnectionString, "serve", "--urls", url)).ShouldContain(url);
    }

    [Fact]
    public async Task Serving_is_what_happens_without_a_command()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var url = $"http://127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}";

        (await RefusalAsync(database.ConnectionString, "--urls", url)).ShouldContain("already in use");
    }

    [Theory]
    [InlineData("foo")]
    [InlineData("http://127.0.0.1:80999")]
    [InlineData("ftp://127.0.0.1:5000")]
    public async Task What_is_no_address_is_named(string url) =>
        (await RefusalAsync(database.ConnectionString, "serve", "--urls", url)).ShouldContain($"'{url}' is no address");

    [Theory]
    [InlineData("Limits:RequestsPerSecond=many", "Limits:RequestsPerSecond")]
    [InlineData("Logging:Format=xml", "Logging:Format")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=nowhere", "OTEL_EXPORTER_OTLP_ENDPOINT")]
    [InlineData("Migrations:ApplyAtStart=maybe", "Migrations:ApplyAtStart")]
    [InlineData("nonsense", "KEY=VALUE")]
    public async Task A_setting_that_makes_no_sense_is_named(string setting, string named) =>
        (await RefusalAsync(database.ConnectionString, "serve", "--urls", "http://127.0.0.1:0", "--set", setting)).ShouldContain(named);

    [Fact]
    public async Task Missing_migrations_are_not_applied_unasked()
    {
        var empty = await PostgresRun.CreateEmptyAsync();

        (await RefusalAsync(empty, "serve", "--urls", "http://127.0.0.1:0")).ShouldContain("leadscoring db-apply");

        // By a process of its own: here Alba's tests have Marten's commands start the host.
        var first = await ServiceProcess.RunAsync(empty, "db-apply");
        first.ExitCode.ShouldBe(0, first.Error);
        first.Output.ShouldContain("up to date");
        (await ServiceProcess.RunAsync(empty, "db-apply")).ExitCode.ShouldBe(0);
        (await ServiceProcess.RunAsync(empty, "db-assert")).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task Two_may_make_the_tables_at_once()
    {
        var empty = await PostgresRun.CreateEmptyAsync();

        var both = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => ServiceProcess.RunAsync(empty, "db-apply")));

        both.ShouldAllBe(run => run.ExitCode == 0);
        (await ServiceProcess.RunAsync(empty, "verify")).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task The_tables_of_a_newer_program_are_left_alone()
    {
        var newer = await PostgresRun.CloneMigratedAsync();
        await using (var source = NpgsqlDataSource.Create(newer + ";Pooling=false"))
        {
            await using var command = source.CreateCommand("update mt_doc_schema_version set data = jsonb_set(data, '{Version}', '99')");
            await command.ExecuteNonQueryAsync();
        }

        foreach (var verb in new[] { "serve", "db-apply", "verify" })
        {
            (await RefusalAsync(newer, verb)).ShouldStartWith(
                $"The database has the tables of a newer LeadScoring (version 99; this program knows {Schema.Version}): run that one.");
        }
    }

    [Fact]
    public async Task Nobody_serves_while_projections_are_rebuilt()
    {
        await using (await SessionLock.TakeAsync(database.DataSource, SessionLock.ProjectionRebuild, default))
        {
            (await RefusalAsync(database.ConnectionString, "serve", "--urls", "http://127.0.0.1:0")).ShouldStartWith("Projections are being rebuilt");
            (await RefusalAsync(database.ConnectionString, "projections", "list")).ShouldStartWith("Projections are being rebuilt");
        }
    }

    [Fact]
    public async Task An_unknown_command_is_refused()
    {
        using var error = new StringWriter();

        (await CommandLine.RunAsync(["frobnicate"], TextWriter.Null, error)).ShouldNotBe(0);

        error.ToString().ShouldContain("frobnicate");
    }

    private static async Task<string> RefusalAsync(string connectionString, params string[] arguments)
    {
        using var error = new StringWriter();
        string[] all = [.. arguments, "--set", $"ConnectionStrings:LeadScoring={connectionString}", "--set", "Logging:LogLevel:Default=None"];

        var code = await CommandLine.RunAsync(all, TextWriter.Null, error).WaitAsync(TimeSpan.FromSeconds(30));

        code.ShouldBe(2, error.ToString());
        return error.ToString().TrimEnd().Split(Environment.NewLine).ShouldHaveSingleItem();
    }
}
