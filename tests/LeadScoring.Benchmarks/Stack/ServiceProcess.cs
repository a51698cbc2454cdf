using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using LeadScoring.Benchmarks.Load;
using LeadScoring.Host;

namespace LeadScoring.Benchmarks.Stack;

/// <summary>The service as a process of its own, on a free loopback port, configured as in production.</summary>
internal sealed class ServiceProcess : IAsyncDisposable
{
    public const string TenantId = "benchmark";

    private const int OutputLinesMax = 40;
    /// <summary>As deploy/run.sh and the image set it; in hexadecimal.</summary>
    private const string Gen0Bytes = "0x4000000";

    private const string NoLimit = "10000000";
    private static readonly TimeSpan CommandMax = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ReadyMax = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ReadyPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan StopMax = TimeSpan.FromSeconds(40);

    private readonly Process process;
    private readonly ConcurrentQueue<string> output = new();

    private ServiceProcess(Process process, IPEndPoint endPoint, string apiKey)
    {
        (this.process, EndPoint, ApiKey) = (process, endPoint, apiKey);
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int ProcessId => process.Id;

    public IPEndPoint EndPoint { get; }

    /// <summary>Of the tenant <see cref="TenantId"/>, with all scopes.</summary>
    public string ApiKey { get; }

    /// <summary>The last lines the service wrote.</summary>
    public string Output => string.Join('\n', output);

    /// <summary>Migrates the database, makes a tenant and a key, and returns when the service is ready.</summary>
    /// <exception cref="StartupRefusal">The service does not start.</exception>
    public static Task<ServiceProcess> StartAsync(string connectionString, CancellationToken ct) =>
        StartAsync(connectionString, new Dictionary<string, string>(StringComparer.Ordinal), ct);

    /// <param name="settings">Environment variables of the service, e.g. <c>Broker__Host</c>.</param>
    /// <inheritdoc cref="StartAsync(string, CancellationToken)"/>
    public static async Task<ServiceProcess> StartAsync(string connectionString, IReadOnlyDictionary<string, string> settings, CancellationToken ct)
    {
        await RunAsync(connectionString, ct, "migrate");
        var key = await CreateKeyAsync(connectionString, TenantId, ct);

        var endPoint = FreeEndPoint();
        var service = new ServiceProcess(Start(connectionString, settings, "serve", "--urls", $"http://{endPoint}"), endPoint, key);
        try
        {
            await service.WaitUntilReadyAsync(ct);
            return service;
        }
        catch
        {
            await service.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes the tenant when there is none of that id.</summary>
    /// <returns>An API key of the tenant, with all scopes.</returns>
    /// <exception cref="StartupRefusal">The database takes no key.</exception>
    public static async Task<string> CreateKeyAsync(string connectionString, string tenantId, CancellationToken ct)
    {
        var key = await RunAsync(
            connectionString, ct, "keys", "create", "--tenant", tenantId, "--create-tenant", "--name", "benchmark", "--scopes", "all", "--quiet");
        return key.Trim();
    }

    /// <summary>Ends it with SIGKILL, as a machine that fails would.</summary>
    public async Task KillAsync(CancellationToken ct)
    {
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync(ct);
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited) Posix.Terminate(process.Id);
        using var timer = new CancellationTokenSource(StopMax);
        try
        {
            await process.WaitForExitAsync(timer.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
        }

        process.Dispose();
    }

    private static async Task<string> RunAsync(string connectionString, CancellationToken ct, params string[] arguments)
    {
        using var process = Start(connectionString, arguments);
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(ct);
        timer.CancelAfter(CommandMax);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(timer.Token);
            var error = process.StandardError.ReadToEndAsync(timer.Token);
            await process.WaitForExitAsync(timer.Token);
            return process.ExitCode == 0
                ? await output
                : throw new StartupRefusal($"'leadscoring {string.Join(' ', arguments)}' failed: {await error}");
        }
        catch (OperationCanceledException e)
        {
            process.Kill(entireProcessTree: true);
            ct.ThrowIfCancellationRequested();
            throw new StartupRefusal($"'leadscoring {string.Join(' ', arguments)}' did not end within {CommandMax.TotalSeconds:0} s.", e);
        }
    }

    internal static Process Start(string connectionString, params string[] arguments) =>
        Start(connectionString, new Dictionary<string, string>(StringComparer.Ordinal), arguments);

    private static Process Start(string connectionString, IReadOnlyDictionary<string, string> settings, params string[] arguments)
    {
        // The build lays the host beside this program.
        var host = typeof(StartupRefusal).Assembly.Location;
        var start = new ProcessStartInfo("dotnet", [host, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        InlineSockets.Remove(start.Environment);
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        start.Environment.TryAdd("DOTNET_GCgen0size", Gen0Bytes);
        start.Environment["ConnectionStrings__LeadScoring"] = connectionString;

        // The limiter stays in the way of every request; only its limit is out of reach.
        start.Environment["Limits__RequestsPerSecond"] = NoLimit;
        start.Environment["Limits__Burst"] = NoLimit;
        foreach (var (name, value) in settings) start.Environment[name] = value;
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new StartupRefusal($"The program dotnet cannot be run ({e.Message}): put it on the PATH.", e);
        }
    }

    private static IPEndPoint FreeEndPoint()
    {
        using var listener = new TcpListener(IPAddress.Loopback, port: 0);
        listener.Start();
        return (IPEndPoint)listener.LocalEndpoint;
    }

    private async Task WaitUntilReadyAsync(CancellationToken ct)
    {
        var request = GetRequest.Compose("/health/ready", ApiKey);
        for (var giveUpAt = Environment.TickCount64 + (long)ReadyMax.TotalMilliseconds; Environment.TickCount64 < giveUpAt;)
        {
            if (process.HasExited) throw new StartupRefusal($"The service ended while starting: {Output}");
            try
            {
                using var connection = await HttpConnection.OpenAsync(EndPoint, ct);
                if ((await connection.ExchangeAsync(request)).Status == 200) return;
            }
            catch (SocketException)
            {
                // Not listening yet.
            }

            await Task.Delay(ReadyPause, ct);
        }

        throw new StartupRefusal($"The service was not ready within {ReadyMax.TotalSeconds:0} s: {Output}");
    }

    private void Keep(string? line)
    {
        if (line is null) return;
        output.Enqueue(line);
        while (output.Count > OutputLinesMax) output.TryDequeue(out _);
    }
}
