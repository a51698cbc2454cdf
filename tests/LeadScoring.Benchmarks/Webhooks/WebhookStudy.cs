using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using LeadScoring.Host.Storage;
using LeadScoring.Benchmarks.Reporting;
using LeadScoring.Benchmarks.Seeding;
using LeadScoring.Benchmarks.Stack;
using LeadScoring.Contracts;
using LeadScoring.Host;
using LeadScoring.Host.Http;
using Npgsql;
using Spectre.Console;

namespace LeadScoring.Benchmarks.Webhooks;

/// <summary>Events to very many webhooks, some of which are dead: the others must not notice.</summary>
internal static class WebhookStudy
{
    private const int WarmUpEvents = 5;
    private const int SubscribersAtOnce = 8;
    private static readonly TimeSpan CatchUpMax = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private static readonly string PublishEvent = SqlText.Load(typeof(WebhookStudy), "publish_event.sql");
    private static readonly string MoveHead = SqlText.Load(typeof(WebhookStudy), "move_head.sql");

    /// <exception cref="StartupRefusal">Something does not start, or no endpoint is to live.</exception>
    /// <exception cref="BenchmarkFailure">An event did not arrive.</exception>
    public static async Task RunAsync(WebhookStudyOptions options, CancellationToken ct)
    {
        if (options.Dead >= options.Endpoints) throw new StartupRefusal("--dead must be less than --endpoints.");
        using var folder = new TemporaryFolder(options.Folder);
        Console.WriteLine($"Starting PostgreSQL and the service in {folder.Path} ...");
        await using var cluster = await RoomyCluster.StartAsync(folder.Path, ct);
        var database = await NewDatabase.MakeAsync(cluster, "webhooks", ct);
        var settings = new Dictionary<string, string>(StringComparer.Ordinal) { ["Webhooks__AllowHttp"] = "true", ["Webhooks__AllowPrivateNetworks"] = "true" };
        await using var service = await ServiceProcess.StartAsync(database, settings, ct);
        await using var source = NpgsqlDataSource.Create(database);
        await using var endpoints = await Endpoints.StartAsync(ct);
        var live = options.Endpoints - options.Dead;
        Console.WriteLine($"Subscribing {live:N0} endpoints that live and {options.Dead:N0} that are dead ...");
        await SubscribeAsync(service, endpoints, live, options.Dead, ct);
        var machine = await Machine.ReadAsync(cluster.Folder, source, ct);
        var meter = new Meter(service.ProcessId, cluster.ServerProcessId, source);

        Console.WriteLine($"Publishing {options.PerSecond} events a second for {options.Seconds} s ...");
        var position = 0L;
        for (var i = 0; i < WarmUpEvents; i++) await PublishAsync(source, endpoints: null, ++position, options.BodyBytes, ct);
        await UntilTakenAsync(endpoints, WarmUpEvents * live, ct);
        var before = await meter.ReadAsync(ct);
        var started = Stopwatch.GetTimestamp();
        var events = options.PerSecond * options.Seconds;
        for (var i = 0; i < events; i++)
        {
            var due = TimeSpan.FromSeconds((double)i / options.PerSecond) - Stopwatch.GetElapsedTime(started);
            if (due > TimeSpan.Zero) await Task.Delay(due, ct);
            await PublishAsync(source, endpoints, ++position, options.BodyBytes, ct);
        }

        await UntilTakenAsync(endpoints, (WarmUpEvents + events) * live, ct);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var used = await meter.ReadAsync(ct) - before;
        var report = new WebhookReport(
            DateTimeOffset.UtcNow, machine, options.Endpoints, options.Dead, options.PerSecond, options.Seconds, options.BodyBytes,
            events * live / seconds, endpoints.Latency.Milliseconds(0.5), endpoints.Latency.Milliseconds(0.99), endpoints.Latency.Milliseconds(1),
            endpoints.Repeats, used.ServiceSeconds / seconds, used.DatabaseSeconds / seconds,
            Math.Max(0, used.MachineSeconds - used.ServiceSeconds - used.DatabaseSeconds - used.GeneratorSeconds) / (seconds * machine.Cores));
        report.Print();
        if (options.JsonFile is { } file) await StudyTables.WriteAsync(report, file, ct);
    }

    private static async Task SubscribeAsync(ServiceProcess service, Endpoints endpoints, int live, int dead, CancellationToken ct)
    {
        using var http = new HttpClient { BaseAddress = new($"http://{service.EndPoint}") };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", service.ApiKey);
        var urls = Enumerable.Range(0, live).Select(endpoints.LiveUrl)
            .Concat(Enumerable.Range(0, dead).Select(i => i % 2 == 0 ? endpoints.HangingUrl(i) : "http://127.0.0.1:9/"));
        await Parallel.ForEachAsync(urls, new ParallelOptions { MaxDegreeOfParallelism = SubscribersAtOnce, CancellationToken = ct }, async (url, token) =>
        {
            using var answer = await http.PostAsJsonAsync(
                new Uri("/v1/subscriptions", UriKind.Relative), new(url), WireJson.Default.CreateSubscriptionRequest, token);
            if (!answer.IsSuccessStatusCode) throw new BenchmarkFailure($"Subscribing was answered with {(int)answer.StatusCode}.");
        });
    }

    private static async Task PublishAsync(NpgsqlDataSource source, Endpoints? endpoints, long position, int bodyBytes, CancellationToken ct)
    {
        var id = Guid.NewGuid();
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var publish = new NpgsqlCommand(PublishEvent, connection))
        {
            publish.Parameters.AddRange(new NpgsqlParameter[]
            {
                new() { Value = ServiceProcess.TenantId }, new() { Value = position }, new() { Value = id },
                new() { Value = IntegrationEventTypes.LeadMarketingQualified }, new() { Value = bodyBytes },
            });
            await publish.ExecuteNonQueryAsync(ct);
        }

        await using (var move = new NpgsqlCommand(MoveHead, connection))
        {
            move.Parameters.AddRange(new NpgsqlParameter[] { new() { Value = ServiceProcess.TenantId }, new() { Value = position } });
            await move.ExecuteNonQueryAsync(ct);
        }

        endpoints?.Publish(id);
        await transaction.CommitAsync(ct);
    }

    /// <exception cref="BenchmarkFailure">Less came.</exception>
    private static async Task UntilTakenAsync(Endpoints endpoints, int expected, CancellationToken ct)
    {
        for (var started = Stopwatch.GetTimestamp(); endpoints.Taken < expected;)
        {
            if (Stopwatch.GetElapsedTime(started) > CatchUpMax) throw new BenchmarkFailure($"{endpoints.Taken:N0} of {expected:N0} deliveries came.");
            await Task.Delay(Pause, ct);
        }
    }
}

/// <summary>Everything the study found.</summary>
/// <param name="DeliveriesPerSecond">To the live endpoints.</param>
/// <param name="P50Ms">From just before the commit of an event to the arrival of the request's head.</param>
/// <param name="ServiceCores">Processors the service kept busy.</param>
/// <param name="OthersShare">0 to 1: of the processors, what other programs took.</param>
internal sealed record WebhookReport(
    DateTimeOffset At, Machine Machine, int Endpoints, int Dead, int PerSecond, int Seconds, int BodyBytes, double DeliveriesPerSecond, double P50Ms, double P99Ms,
    double MaxMs, int Repeats, double ServiceCores, double DatabaseCores, double OthersShare)
{
    public void Print()
    {
        Console.WriteLine();
        var table = StudyTables.Make("webhooks", "deliveries/s", "p50 ms", "p99 ms", "max ms", "sent twice", "service cores", "database cores", "target");
        table.AddRow(
            $"{Endpoints:N0} endpoints, {Dead:N0} of them dead, {PerSecond} events/s",
            $"{DeliveriesPerSecond:N0}", $"{P50Ms:0}", $"{P99Ms:0}", $"{MaxMs:0}", $"{Repeats:N0}", $"{ServiceCores:0.00}", $"{DatabaseCores:0.00}",
            $"p99 ≤ {WebhookStudyOptions.P99MsTarget:0} {(P99Ms <= WebhookStudyOptions.P99MsTarget ? "met" : "MISSED")}");
        AnsiConsole.Write(table);
        Console.WriteLine($"Bodies of {BodyBytes:N0} bytes. Every live endpoint got every event; half of the dead never answer, half refuse the connection.");
        StudyTables.PrintMachine(Machine, At, $"{Seconds} s", OthersShare);
    }
}
