using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using LeadScoring.Host;
using LeadScoring.Host.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace LeadScoring.IntegrationTests.Storage;

[SupportedOSPlatform("linux")]
public sealed class PrivateClusterTests : IDisposable
{
    private readonly ScratchFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Data_outlives_a_restart_and_stopping_leaves_no_process()
    {
        await using (var first = await StartAsync())
        {
            await ExecuteAsync(first, "create table kept as select 42 as answer");
            await first.DisposeAsync();
            Machine.IsAlive(first.ServerProcessId).ShouldBeFalse();
            Machine.ProcessesNaming(folder.Path).ShouldBeEmpty();
        }

        await using var second = await StartAsync();
        (await ScalarAsync(second, "select answer from kept")).ShouldBe(42);
    }

    [Fact]
    public async Task The_cluster_is_durable_local_and_keeps_its_password_to_itself()
    {
        await using var cluster = await StartAsync();
        foreach (var (setting, value) in new[]
        {
            ("fsync", "on"), ("synchronous_commit", "on"), ("full_page_writes", "on"), ("data_checksums", "on"),
            ("listen_addresses", "127.0.0.1"), ("server_encoding", "UTF8"), ("lc_collate", "C"),
            ("password_encryption", "scram-sha-256"), ("log_error_verbosity", "terse"),
        })
        {
            (await ScalarAsync(cluster, $"select current_setting('{setting}')")).ShouldBe(value, setting);
        }

        (await ScalarAsync(cluster, "select rolsuper from pg_roles where rolname = current_user")).ShouldBe(false);
        File.GetUnixFileMode(folder.In("password")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var password = await File.ReadAllTextAsync(folder.In("password"));
        password.Length.ShouldBeGreaterThanOrEqualTo(32);
        (await File.ReadAllTextAsync(folder.In("server", "server.log"))).ShouldNotContain(password);
        Machine.ProcessesNaming(password).ShouldBeEmpty();
        var wrong = new NpgsqlConnectionStringBuilder(cluster.ConnectionString) { Password = "guess", Pooling = false };
        await using var intruder = new NpgsqlConnection(wrong.ConnectionString);
        (await Should.ThrowAsync<PostgresException>(() => intruder.OpenAsync())).SqlState.ShouldBe(PostgresErrorCodes.InvalidPassword);
    }

    [Fact]
    public async Task Two_folders_hold_two_clusters_at_once()
    {
        using var otherFolder = new ScratchFolder();
        var both = await Task.WhenAll(StartAsync(), StartAsync(new PrivateClusterOptions(otherFolder.Path)));
        await using var one = both[0];
        await using var other = both[1];
        one.Port.ShouldNotBe(other.Port);
        await ExecuteAsync(one, "create table mine (id int)");
        (await ScalarAsync(other, "select to_regclass('mine') is null")).ShouldBe(true);
    }

    [Fact]
    public async Task Whoever_comes_second_joins_and_the_last_to_leave_stops_the_server()
    {
        var first = await StartAsync();
        var second = await StartAsync();
        second.ServerProcessId.ShouldBe(first.ServerProcessId);

        await first.DisposeAsync();
        (await ScalarAsync(second, "select 1")).ShouldBe(1);

        await second.DisposeAsync();
        Machine.IsAlive(second.ServerProcessId).ShouldBeFalse();
    }

    [Fact]
    public async Task Started_many_times_at_once_it_is_one_server()
    {
        var clusters = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => StartAsync()));
        clusters.Select(cluster => cluster.ServerProcessId).Distinct().ShouldHaveSingleItem();
        await Task.WhenAll(clusters.Select(cluster => cluster.DisposeAsync().AsTask()));
        Machine.ProcessesNaming(folder.Path).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_pid_file_of_a_dead_process_is_no_obstacle()
    {
        await MakeAndStopAsync();
        using var dead = Machine.StartStranger();
        dead.Kill();
        await dead.WaitForExitAsync();
        WritePidFile(dead.Id, Machine.FreePort());

        await using var cluster = await StartAsync();
        (await ScalarAsync(cluster, "select 1")).ShouldBe(1);
    }

    [Fact]
    public async Task A_pid_file_that_now_names_a_strangers_process_is_no_obstacle_and_the_stranger_lives()
    {
        await MakeAndStopAsync();
        using var stranger = Machine.StartStranger();
        try
        {
            WritePidFile(stranger.Id, Machine.FreePort());
            await using (var cluster = await StartAsync())
            {
                cluster.ServerProcessId.ShouldNotBe(stranger.Id);
            }

            Machine.IsAlive(stranger.Id).ShouldBeTrue();
        }
        finally
        {
            stranger.Kill();
        }
    }

    [Fact]
    public async Task A_port_taken_meanwhile_is_replaced_by_another()
    {
        await MakeAndStopAsync();
        using var squatter = new TcpListener(IPAddress.Loopback, port: 0);
        squatter.Start();
        var taken = ((IPEndPoint)squatter.LocalEndpoint).Port;
        WritePidFile(processId: int.MaxValue, taken);

        await using var cluster = await StartAsync();
        cluster.Port.ShouldNotBe(taken);
        (await ScalarAsync(cluster, "select 1")).ShouldBe(1);
    }

    [Fact]
    public async Task A_taken_fixed_port_is_refused_in_a_sentence_and_a_free_one_is_used()
    {
        using var squatter = new TcpListener(IPAddress.Loopback, port: 0);
        squatter.Start();
        var port = ((IPEndPoint)squatter.LocalEndpoint).Port;
        var options = new PrivateClusterOptions(folder.Path, Port: port);

        var refusal = await Should.ThrowAsync<StartupRefusal>(() => StartAsync(options));
        refusal.Message.ShouldContain($"Postgres:Port is {port}, which another program on this machine uses");
        Machine.ProcessesNaming(folder.Path).ShouldBeEmpty();

        squatter.Stop();
        await using var cluster = await StartAsync(options);
        cluster.Port.ShouldBe(port);
    }

    [Fact]
    public async Task Missing_binaries_are_refused_in_a_sentence()
    {
        var refusal = await Should.ThrowAsync<StartupRefusal>(() => StartAsync(new PrivateClusterOptions(folder.Path, BinFolder: folder.Path)));
        refusal.Message.ShouldContain($"Postgres:BinFolder is {folder.Path}");
    }

    [Fact]
    public async Task A_folder_that_is_a_file_is_refused_in_a_sentence()
    {
        await File.WriteAllTextAsync(folder.In("file"), string.Empty);
        var refusal = await Should.ThrowAsync<StartupRefusal>(() => StartAsync(new PrivateClusterOptions(folder.In("file", "data"))));
        refusal.Message.ShouldContain(folder.In("file", "data"));
        refusal.Message.ShouldContain("set Data:Folder");
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_is_refused_in_a_sentence()
    {
        // Not even root may make a folder here.
        var refusal = await Should.ThrowAsync<StartupRefusal>(() => StartAsync(new PrivateClusterOptions("/sys/leadscoring")));
        refusal.Message.ShouldContain("The data folder /sys/leadscoring cannot be used");
    }

    [RootFact]
    public async Task A_folder_the_servers_account_cannot_reach_is_refused_in_a_sentence()
    {
        Directory.CreateDirectory(folder.In("closed"));
        File.SetUnixFileMode(folder.In("closed"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var refusal = await Should.ThrowAsync<StartupRefusal>(() => StartAsync(new PrivateClusterOptions(folder.In("closed", "data"))));
        refusal.Message.ShouldContain("The user 'postgres', who runs PostgreSQL, cannot write to");
    }

    [RootFact]
    public async Task Root_without_an_account_for_the_server_is_refused_in_a_sentence()
    {
        var refusal = await Should.ThrowAsync<StartupRefusal>(() => StartAsync(new PrivateClusterOptions(folder.Path, UserWhenRoot: "no-such-user")));
        refusal.Message.ShouldContain("there is no user 'no-such-user' to run it as");
    }

    [Fact]
    public async Task Data_of_a_version_that_is_not_installed_is_refused_in_a_sentence()
    {
        Directory.CreateDirectory(folder.Data);
        await File.WriteAllTextAsync(Path.Combine(folder.Data, "PG_VERSION"), "9\n");
        var refusal = await Should.ThrowAsync<StartupRefusal>(() => StartAsync());
        refusal.Message.ShouldContain("The data folder was made by PostgreSQL 9, but only");
    }

    [Fact]
    public async Task Data_without_its_password_is_refused_in_a_sentence_and_nothing_keeps_running()
    {
        await MakeAndStopAsync();
        File.Delete(folder.In("password"));
        (await Should.ThrowAsync<StartupRefusal>(() => StartAsync())).Message.ShouldContain("not its password");
        Machine.ProcessesNaming(folder.Path).ShouldBeEmpty();
    }

    private Task<PrivateCluster> StartAsync(PrivateClusterOptions? options = null) =>
        PrivateCluster.StartAsync(options ?? new PrivateClusterOptions(folder.Path), NullLogger.Instance, CancellationToken.None);

    private async Task MakeAndStopAsync()
    {
        await using var cluster = await StartAsync();
    }

    private void WritePidFile(int processId, int port) => File.WriteAllLines(
        folder.PidFile,
        [processId.ToString(CultureInfo.InvariantCulture), folder.Data, "1700000000", port.ToString(CultureInfo.InvariantCulture), "", "127.0.0.1", "", "ready   "]);

    private static async Task ExecuteAsync(PrivateCluster cluster, string sql)
    {
        await using var source = NpgsqlDataSource.Create(cluster.ConnectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<object?> ScalarAsync(PrivateCluster cluster, string sql)
    {
        await using var source = NpgsqlDataSource.Create(cluster.ConnectionString);
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }
}
