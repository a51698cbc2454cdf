using LeadScoring.Benchmarks.Scenarios;
using LeadScoring.Benchmarks.Seeding;
using LeadScoring.Benchmarks.Stack;
using LeadScoring.IntegrationTests.Setup;
using Npgsql;

namespace LeadScoring.Benchmarks.Comparison;

/// <summary>One of the builds that are compared, with a database of its own in the common cluster. It is asked over HTTP and by its commands alone.</summary>
internal sealed class Contender : IAsyncDisposable
{
    private static readonly TimeSpan VerifyMax = TimeSpan.FromHours(2);

    private readonly PrivateCluster cluster;
    private readonly Dictionary<string, IScenario> loads = new(StringComparer.Ordinal);
    private Meter meter;

    private Contender(ServiceBuild build, PrivateCluster cluster, string connectionString, ServiceProcess service)
    {
        (Build, this.cluster, ConnectionString, Service) = (build, cluster, connectionString, service);
        Database = NpgsqlDataSource.Create(connectionString + ";Command Timeout=0");
        meter = new(service.ProcessId, cluster.ServerProcessId, Database);
    }

    public ServiceBuild Build { get; }

    public string Name => Build.Name;

    public string ConnectionString { get; }

    public ServiceProcess Service { get; private set; }

    public NpgsqlDataSource Database { get; }

    public Meter Meter => meter;

    /// <summary>What it acknowledged.</summary>
    public Ledger Posted { get; } = new();

    /// <exception cref="Host.StartupRefusal">It does not start.</exception>
    public static async Task<Contender> StartAsync(ServiceBuild build, Stage stage, PrivateCluster cluster, CancellationToken ct)
    {
        var connectionString = await NewDatabase.MakeAsync(cluster, $"{stage}_{build.Name}".ToLowerInvariant(), ct);
        return new(build, cluster, connectionString, await ServiceProcess.StartAsync(build, connectionString, ct));
    }

    public Task StopAsync() => Service.DisposeAsync().AsTask();

    /// <exception cref="Host.StartupRefusal">It does not start.</exception>
    public async Task StartAgainAsync(CancellationToken ct)
    {
        Service = await ServiceProcess.StartAsync(Build, ConnectionString, ct);
        meter = new(Service.ProcessId, cluster.ServerProcessId, Database);
    }

    /// <summary>Measures one load; what it needs is made when it is first asked for.</summary>
    /// <exception cref="BenchmarkFailure">Something was answered wrongly.</exception>
    public async Task<Measurement> MeasureAsync(string figure, Func<Contender, Task<IScenario>> make, int round, TimeSpan window, CancellationToken ct)
    {
        if (!loads.TryGetValue(figure, out var load)) loads[figure] = load = await make(this);
        var edges = new List<Consumption>();
        var result = await load.RunAsync(window, async () => edges.Add(await Meter.ReadAsync(ct)), ct);
        return Measurement.Of(load, round, result, edges[1] - edges[0], Meter.ServiceMegabytes());
    }

    /// <inheritdoc cref="NewDatabase.SettleAsync"/>
    public Task SettleAsync(CancellationToken ct) => NewDatabase.SettleAsync(cluster, ConnectionString, ct);

    /// <exception cref="BenchmarkFailure">It does not hold exactly what it acknowledged.</exception>
    /// <exception cref="Host.StartupRefusal"><c>verify</c> found a difference.</exception>
    public async Task CheckAsync(CancellationToken ct)
    {
        Posted.Check(Name, await StoredEvents.CountEngagementsAsync(Database, ct));
        if (Build == ServiceBuild.Idiomatic) return;
        var verified = await HostCommand.RunAsync(Build, ConnectionString, VerifyMax, ct, "verify");
        Console.WriteLine($"  {Name}: {verified.LastLine} ({verified.Seconds:0} s)");
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await Database.DisposeAsync();
        await NewDatabase.DropAsync(cluster, ConnectionString);
    }
}
