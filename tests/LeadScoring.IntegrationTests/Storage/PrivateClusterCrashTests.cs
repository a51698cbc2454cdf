using System.Diagnostics;
using System.Runtime.Versioning;
using LeadScoring.Host.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace LeadScoring.IntegrationTests.Storage;

[SupportedOSPlatform("linux")]
public sealed class PrivateClusterCrashTests : IDisposable
{
    private readonly ScratchFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_server_whose_owner_was_killed_is_taken_over_and_stopped_at_the_end()
    {
        using var owner = await OwnerProcess.StartReadyAsync(folder.Path);
        var orphan = ServerProcessId();
        await owner.KillAsync();
        Machine.IsAlive(orphan).ShouldBeTrue();

        await using (var cluster = await StartAsync())
        {
            cluster.ServerProcessId.ShouldBe(orphan);
            (await CountDatabasesAsync(cluster)).ShouldBe(1);
        }

        Machine.IsAlive(orphan).ShouldBeFalse();
    }

    [Fact]
    public async Task A_server_taken_over_moves_to_the_fixed_port()
    {
        using var owner = await OwnerProcess.StartReadyAsync(folder.Path);
        await owner.KillAsync();
        var port = Machine.FreePort();

        await using var cluster = await PrivateCluster.StartAsync(new PrivateClusterOptions(folder.Path, Port: port), NullLogger.Instance, CancellationToken.None);
        cluster.Port.ShouldBe(port);
        (await CountDatabasesAsync(cluster)).ShouldBe(1);
    }

    [Fact]
    public async Task Owner_and_server_killed_the_next_start_recovers_every_committed_row_on_the_same_port()
    {
        using var owner = await OwnerProcess.StartReadyAsync(folder.Path);
        await using var joined = await StartAsync();
        await using var source = NpgsqlDataSource.Create(joined.ConnectionString);
        await using (var make = source.CreateCommand("create table kept as select generate_series(1, 1000) as id"))
        {
            await make.ExecuteNonQueryAsync();
        }

        await owner.KillAsync();
        using (var server = Process.GetProcessById(joined.ServerProcessId))
        {
            server.Kill();
        }

        await Machine.UntilAsync(() => !Machine.IsAlive(joined.ServerProcessId), "the server is dead");
        File.Exists(folder.PidFile).ShouldBeTrue();

        await using var cluster = await StartAsync();
        cluster.Port.ShouldBe(joined.Port);
        await using var again = NpgsqlDataSource.Create(cluster.ConnectionString);
        await using var count = again.CreateCommand("select count(*) from kept");
        (await count.ExecuteScalarAsync()).ShouldBe(1000L);
    }

    [Fact]
    public async Task Told_to_stop_while_it_makes_the_cluster_it_leaves_nothing_running_and_the_next_start_works()
    {
        using var owner = OwnerProcess.Start(folder.Path);
        await Machine.UntilAsync(DraftExists, "initdb has begun");
        (await owner.TerminateAsync()).ShouldBe(0);
        Machine.ProcessesNaming(folder.Path).ShouldBeEmpty();
        await StartsWellAsync();
    }

    [Fact]
    public async Task Told_to_stop_while_the_server_starts_it_leaves_nothing_running_and_the_next_start_works()
    {
        using var owner = OwnerProcess.Start(folder.Path);
        await Machine.UntilAsync(() => File.Exists(folder.PidFile), "the server has begun to start");
        (await owner.TerminateAsync()).ShouldBe(0);
        Machine.ProcessesNaming(folder.Path).ShouldBeEmpty();
        await StartsWellAsync();
    }

    [Fact]
    public async Task Killed_while_it_makes_the_cluster_the_next_start_begins_anew()
    {
        using var owner = OwnerProcess.Start(folder.Path);
        await Machine.UntilAsync(DraftExists, "initdb has begun");
        await owner.KillAsync();
        Directory.Exists(folder.Data).ShouldBeFalse();
        await StartsWellAsync();
    }

    [Fact]
    public async Task Killed_while_the_server_starts_the_next_start_finds_it_or_starts_it()
    {
        using var owner = OwnerProcess.Start(folder.Path);
        await Machine.UntilAsync(() => File.Exists(folder.PidFile), "the server has begun to start");
        await owner.KillAsync();
        await StartsWellAsync();
    }

    private bool DraftExists() => Directory.Exists(folder.In("server")) && Directory.GetDirectories(folder.In("server"), "draft-*").Length > 0;

    private int ServerProcessId() => int.Parse(File.ReadLines(folder.PidFile).First());

    private async Task StartsWellAsync()
    {
        await using (var cluster = await StartAsync())
        {
            (await CountDatabasesAsync(cluster)).ShouldBe(1);
        }

        // A killed process's initdb may be the last to end.
        await Machine.UntilAsync(() => Machine.ProcessesNaming(folder.Path).Count == 0, "nothing runs any more");
    }

    private Task<PrivateCluster> StartAsync() =>
        PrivateCluster.StartAsync(new PrivateClusterOptions(folder.Path), NullLogger.Instance, CancellationToken.None);

    private static async Task<long> CountDatabasesAsync(PrivateCluster cluster)
    {
        await using var source = NpgsqlDataSource.Create(cluster.ConnectionString);
        await using var count = source.CreateCommand("select count(*) from pg_database where datname = 'leadscoring'");
        return (long)(await count.ExecuteScalarAsync())!;
    }
}
