using System.Diagnostics;
using System.Net;
using Npgsql;

namespace LeadScoring.IntegrationTests.Setup;

/// <summary>
/// A temporary PostgreSQL cluster with default durability on a free port. It hangs on a pipe to this process: when the
/// process ends, however it ends, the shell that started the server stops it and removes its folder.
/// </summary>
internal sealed class TestCluster : IDisposable
{
    private const int StartAttemptsMax = 3;
    private const int ConnectionsMax = 200;
    private const string Ready = "ready";
    private const string Down = "down";
    private static readonly TimeSpan StopWaitMax = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan OrderWaitMax = TimeSpan.FromSeconds(60);

    // Reads its parameters from the environment, says "ready" when the server takes connections, obeys "crash" and "start",
    // and stops it at end of input.
    private const string Script =
        """
        start() {
          "$BIN/pg_ctl" -D "$folder/data" -l "$folder/server.log" -w -s \
            -o "-p $PORT -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=$CONNECTIONS" start </dev/null \
            || { cat "$folder/server.log" >&2; exit 1; }
          echo ready
        }
        stop() { "$BIN/pg_ctl" -D "$folder/data" -m immediate -w -s stop; }
        folder=$(mktemp -d -t leadscoring-tests-XXXXXX) || exit 1
        trap 'rm -rf "$folder"' EXIT
        "$BIN/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C --no-sync >"$folder/initdb.log" 2>&1 \
          || { cat "$folder/initdb.log" >&2; exit 1; }
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
    private readonly int _port;

    private TestCluster(Process shell, int port)
    {
        _shell = shell;
        _port = port;
    }

    public static async Task<TestCluster> StartAsync()
    {
        for (var attempt = 1; ; attempt++)
        {
            var port = Ports.Free();
            var shell = Process.Start(Shell(port))!;
            if (await shell.StandardOutput.ReadLineAsync() == Ready)
            {
                return new TestCluster(shell, port);
            }

            var error = await shell.StandardError.ReadToEndAsync();
            shell.Dispose();
            if (attempt == StartAttemptsMax)
            {
                throw new InvalidOperationException($"PostgreSQL did not start: {error}");
            }
        }
    }

    public string ConnectionString(string database) => new NpgsqlConnectionStringBuilder
    {
        Host = IPAddress.Loopback.ToString(),
        Port = _port,
        Username = "postgres",
        Database = database,
        IncludeErrorDetail = true,
    }.ConnectionString;

    /// <summary>Stops the server in immediate mode: its processes end at once, and it has to recover when started again.</summary>
    public Task CrashAsync() => OrderAsync("crash", Down);

    /// <summary>Starts it again after a crash; returns when it has recovered and takes connections.</summary>
    public Task StartAgainAsync() => OrderAsync("start", Ready);

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

    private static ProcessStartInfo Shell(int port)
    {
        var start = ServerShell.Of("postgres", "sh", Script);
        start.Environment["BIN"] = BinFolder();
        start.Environment["PORT"] = $"{port}";
        start.Environment["CONNECTIONS"] = $"{ConnectionsMax}";
        return start;
    }

    private static string BinFolder() =>
        Directory.EnumerateDirectories("/usr/lib/postgresql")
            .OrderByDescending(version => int.TryParse(Path.GetFileName(version), out var number) ? number : 0)
            .Select(version => Path.Combine(version, "bin"))
            .First(bin => File.Exists(Path.Combine(bin, "initdb")));
}
