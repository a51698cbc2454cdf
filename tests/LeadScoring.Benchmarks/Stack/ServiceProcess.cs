using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using LeadScoring.Benchmarks.Idiomatic;
using LeadScoring.Benchmarks.Load;
using LeadScoring.Benchmarks.Seeding;
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

    private static readonly Dictionary<string, string> NoSettings = new(StringComparer.Ordinal);

    private readonly Process process;
    private readonly ConcurrentQueue<string> output = new();
    private bool isDisposed;

    private ServiceProcess(Process process, IPEndPoint endPoint)
    {
        (this.process, EndPoint) = (process, endPoint);
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int ProcessId => process.Id;

    public IPEndPoint EndPoint { get; }

    /// <summary>Of the tenant <see cref="TenantId"/>, with all scopes.</summary>
    public string ApiKey { get; private set; } = "";

    /// <summary>The last lines the service wrote.</summary>
    public string Output => string.Join('\n', output);

    /// <summary>Starts it on a database that it makes the tables of, and makes a tenant and a key when it is ready.</summary>
    /// <exception cref="StartupRefusal">The service does not start.</exception>
    public static Task<ServiceProcess> StartAsync(string connectionString, CancellationToken ct) => StartAsync(ServiceBuild.This, connectionString, NoSettings, ct);

    /// <inheritdoc cref="StartAsync(string, CancellationToken)"/>
    public static Task<ServiceProcess> StartAsync(ServiceBuild build, string connectionString, CancellationToken ct) => StartAsync(build, connectionString, NoSettings, ct);

    /// <param name="settings">Environment variables of the service, e.g. <c>Broker__Host</c>.</param>
    /// <inheritdoc cref="StartAsync(string, CancellationToken)"/>
    public static Task<ServiceProcess> StartAsync(string connectionString, IReadOnlyDictionary<string, string> settings, CancellationToken ct) =>
        StartAsync(ServiceBuild.This, connectionString, settings, ct);

    private static async Task<ServiceProcess> StartAsync(
        ServiceBuild build, string connectionString, IReadOnlyDictionary<string, string> settings, CancellationToken ct)
    {
        var endPoint = FreeEndPoint();
        var own = new Dictionary<string, string>(settings, StringComparer.Ordinal) { ["ASPNETCORE_URLS"] = $"http://{endPoint}" };
        var service = new ServiceProcess(Start(build, connectionString, own, build == ServiceBuild.Idiomatic ? IdiomaticPosts.Verb : "serve"), endPoint);
        try
        {
            await service.WaitUntilReadyAsync(ct);
            service.ApiKey = build == ServiceBuild.Idiomatic ? IdiomaticPosts.ApiKey : await CreateKeyAsync(build, connectionString, TenantId, ct);
            return service;
        }
        catch
        {
            await service.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes the tenant when there is none of that id.</summary>
    /// <param name="tenantId">Of the operator tenant the key manages all others.</param>
    /// <returns>An API key of the tenant, with all scopes.</returns>
    /// <exception cref="StartupRefusal">The database takes no key.</exception>
    public static async Task<string> CreateKeyAsync(ServiceBuild build, string connectionString, string tenantId, CancellationToken ct)
    {
        var created = await HostCommand.RunAsync(
            build, connectionString, CommandMax, ct,
            "keys", "create", "--tenant", tenantId, "--create-tenant", "--name", "benchmark", "--scopes", "all", "--quiet");
        return created.LastLine;
    }

    /// <summary>Ends it with SIGKILL, as a machine that fails would.</summary>
    public async Task KillAsync(CancellationToken ct)
    {
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync(ct);
    }

    public async ValueTask DisposeAsync()
    {
        if (isDisposed) return;
        isDisposed = true;
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

    internal static Process Start(ServiceBuild build, string connectionString, params string[] arguments) =>
        Start(build, connectionString, NoSettings, arguments);

    private static Process Start(ServiceBuild build, string connectionString, IReadOnlyDictionary<string, string> settings, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [build.Program, .. arguments])
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
        start.Environment["Migrations__ApplyAtStart"] = "true";

        if (build == ServiceBuild.Idiomatic)
        {
            // It is part of this program, whose own runtime settings are a generator's: these are the service's.
            start.Environment["DOTNET_gcConcurrent"] = "1";
            start.Environment["DOTNET_ThreadPool_UnfairSemaphoreSpinLimit"] = "0";
        }

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
