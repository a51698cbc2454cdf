using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using LeadScoring.ContractTests;
using LeadScoring.IntegrationTests.Setup;

namespace LeadScoring.IntegrationTests.Faults;

/// <summary>
/// The service as an operator runs it: a process of its own on a port that stays the same when it is killed and started
/// again. It hangs on a pipe to this process, so that it never outlives it.
/// </summary>
internal sealed class ServiceProcess : IAsyncDisposable
{
    private const int LinesKeptMax = 200;
    private static readonly TimeSpan StartMax = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan CommandMax = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan EndMax = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PollPause = TimeSpan.FromMilliseconds(25);

    // Runs the command line it is given and ends as that ends; kills it (-9) at the end of its own input.
    private const string Leash =
        """
        exec 3<&0
        "$@" </dev/null 3<&- &
        service=$!
        { read -r _ <&3; kill -KILL "$service"; } >/dev/null 2>&1 &
        leash=$!
        exec 3<&-
        wait "$service" 2>/dev/null
        status=$?
        kill "$leash" 2>/dev/null
        exit $status
        """;

    private readonly string _connectionString;
    private readonly IReadOnlyDictionary<string, string> _settings;
    private readonly ConcurrentQueue<string> _lines = new();
    private Process? _process;

    private ServiceProcess(string connectionString, IReadOnlyDictionary<string, string> settings)
    {
        _connectionString = connectionString;
        _settings = settings;
        Address = new($"http://{IPAddress.Loopback}:{Ports.Free()}");
    }

    public Uri Address { get; }

    public bool IsRunning => _process is { HasExited: false };

    /// <summary>The last lines it wrote, over all its lives.</summary>
    public string Output => string.Join('\n', _lines);

    /// <summary>Starts it and returns when it is ready.</summary>
    /// <param name="settings">Environment variables, e.g. <c>Writer__AnswerWithinMs</c>.</param>
    public static async Task<ServiceProcess> StartAsync(string connectionString, IReadOnlyDictionary<string, string> settings)
    {
        var service = new ServiceProcess(connectionString, settings);
        try
        {
            await service.StartAgainAsync();
            return service;
        }
        catch
        {
            await service.DisposeAsync();
            throw;
        }
    }

    /// <summary>As it is installed: without the tests' libraries beside it, among which Marten's commands would look for more.</summary>
    public static string Program { get; } = Repository.PathOf("services", "LeadScoring", "Host", "bin", "Release", "net10.0", "leadscoring.dll");

    /// <summary>Runs one of the service's commands to its end.</summary>
    /// <returns>The exit code and what it wrote.</returns>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(
        string connectionString, params string[] command)
    {
        using var process = Process.Start(CommandLine(connectionString, command))!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(CommandMax);
        return (process.ExitCode, await output, await error);
    }

    public async Task StartAgainAsync()
    {
        var start = CommandLine(_connectionString, ["serve", "--urls", Address.ToString()]);
        foreach (var (name, value) in _settings)
        {
            start.Environment[name] = value;
        }

        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.Start();
        _process = process;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await UntilReadyAsync();
    }

    /// <summary>Ends it with SIGKILL, in the middle of whatever it does.</summary>
    public async Task KillAsync()
    {
        using var process = _process!;
        _process = null;
        process.StandardInput.Close();
        await process.WaitForExitAsync().WaitAsync(EndMax);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await KillAsync();
        }
    }

    private static ProcessStartInfo CommandLine(string connectionString, params ReadOnlySpan<string> command)
    {
        var start = new ProcessStartInfo("sh", ["-c", Leash, "sh", "dotnet", Program, .. command])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ConnectionStrings__LeadScoring"] = connectionString;
        return start;
    }

    private void Keep(string? line)
    {
        if (line is null)
        {
            return;
        }

        _lines.Enqueue(line);
        while (_lines.Count > LinesKeptMax)
        {
            _lines.TryDequeue(out _);
        }
    }

    private async Task UntilReadyAsync()
    {
        using var http = new HttpClient { BaseAddress = Address };
        for (var started = Stopwatch.GetTimestamp(); !await IsReadyAsync(http);)
        {
            if (!IsRunning || Stopwatch.GetElapsedTime(started) > StartMax)
            {
                throw new InvalidOperationException($"The service did not become ready:\n{Output}");
            }

            await Task.Delay(PollPause);
        }
    }

    private static async Task<bool> IsReadyAsync(HttpClient http)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri("/health/ready", UriKind.Relative));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
