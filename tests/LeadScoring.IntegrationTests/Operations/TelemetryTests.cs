using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text;
using LeadScoring.Host.Operations;
using LeadScoring.IntegrationTests.Setup;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LeadScoring.IntegrationTests.Operations;

public sealed class TelemetryTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    [Fact]
    public async Task Traces_and_metrics_reach_the_collector()
    {
        await using var collector = await Collector.StartAsync();
        await using (var app = await RunningApp.StartAsync(database.ConnectionString, ("Otlp:Endpoint", collector.Url)))
        {
            var telemetry = app.Services.GetRequiredService<Telemetry>();
            telemetry.ObserveQueueLength(() => 7);
            telemetry.BatchSize.Record(32);
            telemetry.CommitTime.Record(0.004);
            telemetry.Conflicts.Add(1);
            using var client = await app.ClientAsync();
            (await client.GetAsync(new Uri("/v1/tenants/acme/api-keys?secret=not-to-be-told", UriKind.Relative))).EnsureSuccessStatusCode();
            await client.GetAsync(new Uri("/v1/leads-of/not-to-be-told", UriKind.Relative));
        }

        // Protobuf keeps texts as they are.
        var traces = collector.Received("/v1/traces");
        traces.ShouldContain("leadscoring");
        traces.ShouldContain("/v1/tenants/{tenantId}/api-keys");
        traces.ShouldContain("Npgsql");
        traces.ShouldNotContain("not-to-be-told");
        var metrics = collector.Received("/v1/metrics");
        metrics.ShouldContain("leadscoring.writer.queue.length");
        metrics.ShouldContain("leadscoring.writer.batch.size");
        metrics.ShouldContain("leadscoring.writer.commit.duration");
        metrics.ShouldContain("leadscoring.writer.conflicts");
        metrics.ShouldContain("http.server.request.duration");
    }

    [Fact]
    public async Task Leads_that_cannot_be_counted_do_not_stop_the_service()
    {
        await using var withoutTables = Npgsql.NpgsqlDataSource.Create(await PostgresRun.CreateEmptyAsync() + ";Pooling=false");
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var telemetry = new Telemetry(services.GetRequiredService<IMeterFactory>());
        var log = new RecordedLog<LeadsByStage>();
        using var counter = new LeadsByStage(withoutTables, telemetry, TimeProvider.System, log);

        await counter.StartAsync(default);
        while (log.Warnings.Count == 0 && !counter.ExecuteTask!.IsCompleted) await Task.Yield();

        counter.ExecuteTask!.IsCompleted.ShouldBeFalse("a background service that ends by an exception stops its host");
        await counter.StopAsync(default);
    }

    [Fact]
    public async Task Leads_are_counted_by_stage()
    {
        await database.ExecuteAsync(
            """
            insert into lead (tenant_id, id, version, stage, grade, score, score_as_of, model_id, sources, campaigns, last_engaged_at, updated_at, state)
            select 'counted', gen_random_uuid(), 1, (array['inquiry', 'inquiry', 'customer'])[n], 'A', 1, now(), '1', '{}', '{}', now(), now(), ''
            from generate_series(1, 3) n
            """);
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var telemetry = new Telemetry(services.GetRequiredService<IMeterFactory>());
        using var counter = new LeadsByStage(database.DataSource, telemetry, TimeProvider.System, NullLogger<LeadsByStage>.Instance);
        var counts = new ConcurrentDictionary<string, long>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, me) =>
        {
            if (instrument.Name == "leadscoring.leads") me.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, leads, tags, _) => counts[(string)tags[0].Value!] = leads);
        listener.Start();

        await counter.StartAsync(default);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (counts.IsEmpty)
        {
            patience.Token.ThrowIfCancellationRequested();
            listener.RecordObservableInstruments();
            await Task.Yield();
        }

        await counter.StopAsync(default);
        counts["inquiry"].ShouldBe(2);
        counts["customer"].ShouldBe(1);
    }

    [Fact]
    public async Task A_collector_that_is_away_holds_nothing_up()
    {
        await using var app = await RunningApp.StartAsync(database.ConnectionString, ("Otlp:Endpoint", "http://127.0.0.1:9"));
        using var client = await app.ClientAsync();

        (await client.GetAsync(new Uri("/v1/tenants", UriKind.Relative))).EnsureSuccessStatusCode();

        await app.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(25));
    }

    [Fact]
    public async Task Without_an_endpoint_nothing_is_exported()
    {
        await using var app = await RunningApp.StartAsync(database.ConnectionString);

        app.Services.GetServices<Microsoft.Extensions.Hosting.IHostedService>().ShouldNotContain(s => s is TelemetryExport);
    }

    private sealed class Collector(WebApplication app, ConcurrentQueue<(string Path, string Body)> received) : IAsyncDisposable
    {
        public string Url => app.Urls.First();

        public static async Task<Collector> StartAsync()
        {
            var received = new ConcurrentQueue<(string, string)>();
            var builder = WebApplication.CreateBuilder();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            builder.Logging.SetMinimumLevel(LogLevel.None);
            var app = builder.Build();
            app.Run(async http =>
            {
                using var body = new MemoryStream();
                await http.Request.Body.CopyToAsync(body);
                received.Enqueue((http.Request.Path, Encoding.Latin1.GetString(body.ToArray())));
                http.Response.ContentType = "application/x-protobuf";
            });
            await app.StartAsync();
            return new Collector(app, received);
        }

        public string Received(string path) => string.Concat(received.Where(r => r.Path == path).Select(r => r.Body));

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }
}
