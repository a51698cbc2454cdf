using System.Diagnostics;
using LeadScoring.ContractTests;
using Npgsql;

namespace LeadScoring.IntegrationTests.Setup;

/// <summary>
/// A temporary PostgreSQL cluster, made and started by <c>deploy/postgres.sh</c>. It hangs on a pipe to this process: when the
/// process ends, however it ends, the shell that started the server stops it and removes its folder.
/// </summary>
internal sealed class TestCluster : IDisposable
{
    private const string Down = "down";
    private static readonly TimeSpan StopWaitMax = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan OrderWaitMax = TimeSpan.FromSeconds(60);

    // Says its connection string when the server takes connections, obeys "crash" and "start", and stops it at end of input. Room
    // for all classes' connections; what many short databases write shall neither fill the disk nor crowd out the tests.
    private const string Script =
        """
        trap '' INT TERM HUP
        folder=$(mktemp -d -t leadscoring-tests-XXXXXX) && chmod 711 "$folder" || exit 1
        trap 'rm -rf "$folder"' EXIT
        start() {
          "$POSTGRES" start "$folder" -c max_connections=200 -c shared_buffers=128MB -c min_wal_size=80MB -c max_wal_size=1GB \
            </dev/null 2>"$folder/said" || { cat "$folder/said" "$folder/server/server.log" >&2; exit 1; }
        }
        stop() { "$POSTGRES" stop "$folder" --immediate </dev/null 2>"$folder/said"; }
        start
        while read -r order; do
          case $order in
            crash) stop && echo down || echo failed ;;
            start) start ;;
          esac
        done
        stop
        """;

    private readonly Process _shell;
    private readonly string _connectionString;

    private TestCluster(Process shell, string connectionString)
    {
        _shell = shell;
        _connectionString = connectionString;
    }

    public static async Task<TestCluster> StartAsync()
    {
        var start = ServerShell.Of(user: null, "bash", Script);
        start.Environment["POSTGRES"] = Repository.PathOf("deploy", "postgres.sh");
        var shell = Process.Start(start)!;
        if (await shell.StandardOutput.ReadLineAsync() is { } connectionString) return new(shell, connectionString);

        using (shell)
        {
            throw new InvalidOperationException($"PostgreSQL did not start: {await shell.StandardError.ReadToEndAsync()}");
        }
    }

    public string ConnectionString(string database) => new NpgsqlConnectionStringBuilder(_connectionString)
    {
        Username = "postgres",
        Database = database,
        IncludeErrorDetail = true,
    }.ConnectionString;

    /// <summary>Stops the server in immediate mode: its processes end at once, and it has to recover when started again.</summary>
    public Task CrashAsync() => OrderAsync("crash", Down);

    /// <summary>Starts it again after a crash; returns when it has recovered and takes connections.</summary>
    public Task StartAgainAsync() => OrderAsync("start", _connectionString);

    public void Dispose()
    {
        _shell.StandardInput.Close();
        _shell.WaitForExit(StopWaitMax);
        _shell.Dispose();
    }

    private async Task OrderAsync(string order, string expected)
    {
        await _shell.StandardInput.WriteLineAsync(order);
        await _shell.StandardInput.FlushAsync();
        if (await _shell.StandardOutput.ReadLineAsync().WaitAsync(OrderWaitMax) is var answer && answer != expected)
        {
            var reason = answer ?? await _shell.StandardError.ReadToEndAsync();
            throw new InvalidOperationException($"PostgreSQL did not {order}: {reason}");
        }
    }
}
