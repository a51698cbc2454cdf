using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using LeadScoring.ContractTests;
using LeadScoring.Host;
using LeadScoring.IntegrationTests.Setup;
using Npgsql;

namespace LeadScoring.IntegrationTests.Storage;

/// <summary>What <c>deploy/postgres.sh</c> promises who runs it.</summary>
[SupportedOSPlatform("linux")]
public sealed class PostgresScriptTests : IDisposable
{
    private readonly ScratchFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Data_and_port_outlive_a_restart_and_stopping_leaves_no_process()
    {
        var first = await StartAsync();
        await ExecuteAsync(first, "create table kept as select 42 as answer");
        await first.DisposeAsync();
        Machine.IsAlive(first.ServerProcessId).ShouldBeFalse();
        Machine.ProcessesNaming(folder.Path).ShouldBeEmpty();

        await using var second = await StartAsync();
        second.ConnectionString.ShouldBe(first.ConnectionString);
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
            ("password_encryption", "scram-sha-256"), ("log_error_verbosity", "terse"), ("wal_compression", "lz4"),
        })
        {
            (await ScalarAsync(cluster, $"select current_setting('{setting}')")).ShouldBe(value, setting);
        }

        (await ScalarAsync(cluster, "select rolsuper from pg_roles where rolname = current_user")).ShouldBe(false);
        (await ScalarAsync(cluster, "select rolcreatedb from pg_roles where rolname = current_user")).ShouldBe(true);
        File.GetUnixFileMode(folder.In("password")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var password = await File.ReadAllTextAsync(folder.In("password"));
        password.Length.ShouldBeGreaterThanOrEqualTo(32);
        (await File.ReadAllTextAsync(folder.In("server", "server.log"))).ShouldNotContain(password);
        Machine.ProcessesNaming(password).ShouldBeEmpty();
        foreach (var role in (string[])["leadscoring", "postgres"])
        {
            var wrong = new NpgsqlConnectionStringBuilder(cluster.ConnectionString) { Username = role, Password = "guess", Pooling = false };
            await using var intruder = new NpgsqlConnection(wrong.ConnectionString);
            (await Should.ThrowAsync<PostgresException>(() => intruder.OpenAsync())).SqlState.ShouldBe(PostgresErrorCodes.InvalidPassword);
        }
    }

    [Fact]
    public async Task Two_folders_hold_two_clusters_at_once()
    {
        using var otherFolder = new ScratchFolder();
        var both = await Task.WhenAll(StartAsync(), PrivateCluster.StartAsync(otherFolder.Path));
        await using var one = both[0];
        await using var other = both[1];
        one.Port.ShouldNotBe(other.Port);
        await ExecuteAsync(one, "create table mine (id int)");
        (await ScalarAsync(other, "select to_regclass('mine') is null")).ShouldBe(true);
    }

    [Fact]
    public async Task Started_again_or_many_times_at_once_it_is_one_server()
    {
        var clusters = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => StartAsync()));
        var again = await StartAsync();
        clusters.Append(again).Select(cluster => (cluster.ServerProcessId, cluster.ConnectionString)).Distinct().ShouldHaveSingleItem();
        (await ScalarAsync(again, "select 1")).ShouldBe(1);

        await Task.WhenAll(clusters.Select(cluster => cluster.DisposeAsync().AsTask()));
        Machine.ProcessesNaming(folder.Path).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_url_is_told_of_a_stopped_cluster_too_and_starts_nothing()
    {
        (await RefusalAsync("url", folder.Path)).ShouldContain("There is no private PostgreSQL");
        (await RefusalAsync("stop", folder.Path)).ShouldContain("There is no private PostgreSQL");
        Directory.EnumerateFileSystemEntries(folder.Path).ShouldBeEmpty();

        var cluster = await StartAsync();
        await cluster.DisposeAsync();
        (await PrivateCluster.RunAsync(["url", folder.Path])).Output.Trim().ShouldBe(cluster.ConnectionString);
        Machine.ProcessesNaming(folder.Path).ShouldBeEmpty();
        (await PrivateCluster.RunAsync(["stop", folder.Path])).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task Stopped_as_a_crash_would_it_recovers_every_committed_row()
    {
        await using var first = await StartAsync();
        await ExecuteAsync(first, "create table kept as select generate_series(1, 1000) as id");
        (await PrivateCluster.RunAsync(["stop", folder.Path, "--immediate"])).ExitCode.ShouldBe(0);
        Machine.IsAlive(first.ServerProcessId).ShouldBeFalse();
        File.Exists(folder.PidFile).ShouldBeFalse();

        await using var second = await StartAsync();
        (await ScalarAsync(second, "select count(*) from kept")).ShouldBe(1000L);
    }

    [Fact]
    public async Task A_killed_server_is_started_again_on_its_port_with_every_committed_row()
    {
        await using var killed = await StartAsync();
        await ExecuteAsync(killed, "create table kept as select generate_series(1, 1000) as id");
        using (var server = Process.GetProcessById(killed.ServerProcessId)) server.Kill();
        await Machine.UntilAsync(() => !Machine.IsAlive(killed.ServerProcessId), "the server is dead");
        File.Exists(folder.PidFile).ShouldBeTrue();

        await using var cluster = await StartAsync();
        cluster.Port.ShouldBe(killed.Port);
        (await ScalarAsync(cluster, "select count(*) from kept")).ShouldBe(1000L);
    }

    [Theory]
    [InlineData("draft.*")]
    [InlineData("data/postmaster.pid")]
    public async Task Killed_while_it_makes_or_starts_the_cluster_the_next_start_ends_well(string whenThereIs)
    {
        using (var start = Process.Start(PrivateCluster.CommandOf([PrivateCluster.Script, "start", folder.Path]))!)
        {
            var (below, pattern) = (folder.In("server", Path.GetDirectoryName(whenThereIs)!), Path.GetFileName(whenThereIs));
            await Machine.UntilAsync(() => Directory.Exists(below) && Directory.EnumerateFileSystemEntries(below, pattern).Any(), "it has begun");
            start.Kill();
            await start.WaitForExitAsync();
        }

        await using (var cluster = await StartAsync())
        {
            (await ScalarAsync(cluster, "select count(*) from pg_database where datname = 'leadscoring'")).ShouldBe(1L);
        }

        // The killed one's pg_ctl looks ten times a second whether there is anything to wait for.
        await Machine.UntilAsync(() => Machine.ProcessesNaming(folder.Path).Count == 0, "nothing is left of either");
        Directory.GetDirectories(folder.In("server")).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_pid_file_that_names_another_process_is_no_obstacle_and_that_process_lives()
    {
        var made = await StartAsync();
        await made.DisposeAsync();
        using var stranger = Machine.StartStranger();
        try
        {
            WritePidFile(stranger.Id, made.Port);
            (await PrivateCluster.RunAsync(["stop", folder.Path])).ExitCode.ShouldBe(0);
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

        await stranger.WaitForExitAsync();
        WritePidFile(stranger.Id, made.Port);
        await using var again = await StartAsync();
        (await ScalarAsync(again, "select 1")).ShouldBe(1);
    }

    [Fact]
    public async Task A_port_taken_meanwhile_is_replaced_by_another_which_is_kept()
    {
        var made = await StartAsync();
        await made.DisposeAsync();
        using var squatter = new TcpListener(IPAddress.Loopback, made.Port);
        squatter.Start();

        await using var cluster = await StartAsync();
        cluster.Port.ShouldNotBe(made.Port);
        (await ScalarAsync(cluster, "select 1")).ShouldBe(1);
        (await PrivateCluster.RunAsync(["url", folder.Path])).Output.Trim().ShouldBe(cluster.ConnectionString);
    }

    [Fact]
    public async Task A_setting_holds_for_one_start_and_a_malformed_one_is_refused()
    {
        await using (var cluster = await PrivateCluster.StartAsync(folder.Path, "max_connections=33"))
        {
            (await ScalarAsync(cluster, "show max_connections")).ShouldBe("33");
        }

        await using (var cluster = await StartAsync())
        {
            (await ScalarAsync(cluster, "show max_connections")).ShouldBe("100");
        }

        (await RefusalAsync("start", folder.Path, "-c", "port=1;reboot")).ShouldContain("-c takes NAME=VALUE");
        (await RefusalAsync("start", folder.Path, "-c", "max_connections=many")).ShouldContain("PostgreSQL does not start in");
    }

    [Fact]
    public async Task Programs_that_are_missing_too_old_or_of_another_version_than_the_data_are_refused_in_a_sentence()
    {
        Task<string> RefusalOfAsync(string programs) => RefusalAsync(["start", folder.In("data")], ("LEADSCORING_POSTGRES_BIN", programs));
        (await RefusalOfAsync("/nowhere")).ShouldContain("apt-get install postgresql");

        await File.WriteAllTextAsync(folder.In("initdb"), "#!/bin/sh\necho 'initdb (PostgreSQL) 14.2'\n");
        File.SetUnixFileMode(folder.In("initdb"), (UnixFileMode)0b111_101_101);
        (await RefusalOfAsync(folder.Path)).ShouldContain("PostgreSQL 14 is installed, but 15 or newer is needed");

        Directory.CreateDirectory(folder.In("data", "server", "data"));
        await File.WriteAllTextAsync(folder.In("data", "server", "data", "PG_VERSION"), "9\n");
        (await RefusalAsync("start", folder.In("data"))).ShouldContain("are of PostgreSQL 9, but only");
    }

    [Fact]
    public async Task A_folder_that_cannot_be_used_is_refused_in_a_sentence()
    {
        await File.WriteAllTextAsync(folder.In("file"), string.Empty);
        (await RefusalAsync("start", folder.In("file", "data"))).ShouldContain($"The data folder {folder.In("file", "data")} cannot be made");

        // Not even root may make a folder here.
        (await RefusalAsync("start", "/sys/leadscoring")).ShouldContain("The data folder /sys/leadscoring cannot be made");
    }

    [Fact]
    public async Task Data_without_its_password_is_refused_in_a_sentence_and_nothing_runs()
    {
        await (await StartAsync()).DisposeAsync();
        File.Delete(folder.In("password"));
        (await RefusalAsync("start", folder.Path)).ShouldContain("not its password");
        Machine.ProcessesNaming(folder.Path).ShouldBeEmpty();
    }

    [RootFact]
    public async Task What_the_servers_account_cannot_do_for_root_is_refused_in_a_sentence()
    {
        Directory.CreateDirectory(folder.In("closed"));
        File.SetUnixFileMode(folder.In("closed"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        (await RefusalAsync("start", folder.In("closed", "data"))).ShouldContain("The user 'postgres', who runs PostgreSQL, cannot write to");
        (await RefusalAsync(["start", folder.Path], ("LEADSCORING_POSTGRES_USER", "no-such-user"))).ShouldContain("there is no user 'no-such-user'");
    }

    [RootFact]
    public async Task Another_users_folder_is_refused_in_a_sentence()
    {
        await using (await StartAsync())
        {
            (await RefusalAsync(["start", folder.Path], ("LEADSCORING_POSTGRES_USER", "nobody"))).ShouldContain("belongs to postgres, not to nobody");

            // A checkout may lie where others cannot go.
            foreach (var script in (string[])["postgres.sh", "prepare.sh"])
            {
                File.Copy(Repository.PathOf("deploy", script), folder.In(script));
                File.SetUnixFileMode(folder.In(script), (UnixFileMode)0b111_101_101);
            }

            foreach (var order in (string[])["start", "stop", "url"])
            {
                using var process = Process.Start(PrivateCluster.CommandOf(
                    ["setpriv", "--reuid", "postgres", "--clear-groups", "--", folder.In("postgres.sh"), order, folder.Path]))!;
                var error = await process.StandardError.ReadToEndAsync();
                await process.WaitForExitAsync();
                process.ExitCode.ShouldBe(2, error);
                error.ShouldContain(order == "url" ? "no private PostgreSQL of yours" : "belongs to root, not to postgres");
            }
        }
    }

    [Fact]
    public async Task A_checkout_has_one_default_folder_and_two_checkouts_have_two()
    {
        async Task<string> DefaultAsync(string script, params (string Name, string Value)[] environment)
        {
            using var process = Process.Start(PrivateCluster.CommandOf(["bash", "-c", ". \"$0\" && data_folder", script], environment))!;
            return (await process.StandardOutput.ReadToEndAsync()).Trim();
        }

        var ours = Repository.PathOf("deploy", "prepare.sh");
        Directory.CreateDirectory(folder.In("other", "deploy"));
        File.Copy(ours, folder.In("other", "deploy", "prepare.sh"));
        var one = await DefaultAsync(ours);
        one.ShouldBe(await DefaultAsync(Repository.PathOf("services", "..", "deploy", "prepare.sh")));
        one.ShouldNotBe(await DefaultAsync(folder.In("other", "deploy", "prepare.sh")));
        (await DefaultAsync(ours, ("LEADSCORING_DATA", "/elsewhere"))).ShouldBe("/elsewhere");
    }

    [Fact]
    public async Task Who_started_it_for_the_service_stops_it_unless_another_still_uses_it()
    {
        using var first = await ScriptedUse.BeginAsync(folder.Path);
        using var second = await ScriptedUse.BeginAsync(folder.Path);
        var server = ServerProcessId();
        await first.EndAsync();
        Machine.IsAlive(server).ShouldBeTrue();
        await second.EndAsync();
        Machine.IsAlive(server).ShouldBeFalse();
    }

    [Fact]
    public async Task What_a_killed_script_left_running_is_stopped_by_the_next_and_what_somebody_started_by_hand_is_not()
    {
        using var killed = await ScriptedUse.BeginAsync(folder.Path);
        await killed.KillAsync();
        var orphan = ServerProcessId();
        Machine.IsAlive(orphan).ShouldBeTrue();
        using var next = await ScriptedUse.BeginAsync(folder.Path);
        ServerProcessId().ShouldBe(orphan);
        await next.EndAsync();
        Machine.IsAlive(orphan).ShouldBeFalse();

        await using var cluster = await StartAsync();
        using var guest = await ScriptedUse.BeginAsync(folder.Path);
        await guest.EndAsync();
        (await ScalarAsync(cluster, "select 1")).ShouldBe(1);
    }

    private Task<PrivateCluster> StartAsync() => PrivateCluster.StartAsync(folder.Path);

    private int ServerProcessId() => int.Parse(File.ReadLines(folder.PidFile).First(), CultureInfo.InvariantCulture);

    private void WritePidFile(int processId, int port) => File.WriteAllLines(
        folder.PidFile,
        [processId.ToString(CultureInfo.InvariantCulture), folder.Data, "1700000000", port.ToString(CultureInfo.InvariantCulture), "", "127.0.0.1", "", "ready   "]);

    private static Task<string> RefusalAsync(params string[] arguments) => RefusalAsync(arguments, []);

    private static async Task<string> RefusalAsync(IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        var refused = await PrivateCluster.RunAsync(arguments, environment);
        refused.ExitCode.ShouldBe(StartupRefusal.ExitCode, refused.Output + refused.Error);
        refused.Output.ShouldBeEmpty();
        return refused.Error;
    }

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

    /// <summary>A script that uses the cluster as run.sh does, from its first line of output to the end of its input.</summary>
    private sealed class ScriptedUse : IDisposable
    {
        private const string Script =
            """
            set -euo pipefail
            . "$0"
            open_database
            echo "$ConnectionStrings__LeadScoring"
            read -r _ || true
            close_database
            """;

        private readonly Process process;

        private ScriptedUse(Process process) => this.process = process;

        public static async Task<ScriptedUse> BeginAsync(string folder)
        {
            var use = new ScriptedUse(Process.Start(
                PrivateCluster.CommandOf(["bash", "-c", Script, Repository.PathOf("deploy", "prepare.sh")], ("LEADSCORING_DATA", folder)))!);
            var said = await use.process.StandardOutput.ReadLineAsync();
            said.ShouldNotBeNull(said is null ? await use.process.StandardError.ReadToEndAsync() : "").ShouldStartWith("Host=127.0.0.1;");
            return use;
        }

        public async Task EndAsync()
        {
            process.StandardInput.Close();
            await process.WaitForExitAsync();
            process.ExitCode.ShouldBe(0);
        }

        public async Task KillAsync()
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        public void Dispose() => process.Dispose();
    }
}
