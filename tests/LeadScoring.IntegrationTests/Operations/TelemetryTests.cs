using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Text;
using LeadScoring.Contracts;
using LeadScoring.Host.Operations;
using LeadScoring.IntegrationTests.Engagements;
using LeadScoring.IntegrationTests.Setup;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace LeadScoring.IntegrationTests.Operations;

public sealed class TelemetryTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    [Fact]
    public async Task Traces_and_metrics_reach_the_collector()
    {
        await using var collector = await Collector.StartAsync();
        await using (var app = await StartAsync(collector.Url))
        {
            var telemetry = app.Services.GetRequiredService<Telemetry>();
            telemetry.ObserveQueueLength(() => 7);
            telemetry.BatchSize.Record(32);
            telemetry.CommitTime.Record(0.004);
            telemetry.Conflicts.Add(1);
            using var client = await app.ClientAsync();
            (await client.GetAsync("/v1/tenants/acme/api-keys")).EnsureSuccessStatusCode();
            using var marten = new ActivitySource("Marten");
            marten.StartActivity("marten.tried").ShouldNotBeNull().Dispose();
        }

        // Protobuf keeps texts as they are.
        var traces = collector.Received("/v1/traces");
        traces.ShouldContain("leadscoring");
        traces.ShouldContain("/v1/tenants/{tenantId}/api-keys");
        traces.ShouldContain("Npgsql");
        traces.ShouldContain("marten.tried");
        var metrics = collector.Received("/v1/metrics");
        metrics.ShouldContain("leadscoring.writer.queue.length");
        metrics.ShouldContain("leadscoring.writer.batch.size");
        metrics.ShouldContain("leadscoring.writer.commit.duration");
        metrics.ShouldContain("leadscoring.writer.conflicts");
        metrics.ShouldContain("http.server.request.duration");
        metrics.ShouldContain("db.client.operation.duration");
        metrics.ShouldContain("dotnet.gc.collections");
    }

    [Fact]
    public async Task Spans_hold_no_statement_no_id_and_nothing_a_caller_sent()
    {
        await using var collector = await Collector.StartAsync();
        string lead;
        await using (var app = await StartAsync(collector.Url))
        {
            using var client = await app.ClientAsync();
            client.DefaultRequestHeaders.UserAgent.ParseAdd("told-agent/1.0");
            lead = await EngageAsync(client);
            foreach (var path in (string[])["", "/timeline?limit=7", "/score?asOf=told-instant", "/told-unknown"]) await client.GetAsync($"/v1/leads/{lead}{path}");
            foreach (var path in (string[])["/v1/leads?campaign=told-campaign", "/told-nowhere?token=told-token"]) await client.GetAsync(path);
            await client.PostTextAsync("/v1/leads/lookup", """{"email":"told-person@example.org"}""");
            await client.PostTextAsync($"/v1/leads/{lead}/disqualify", """{"actor":"told-actor","reason":"other","note":"told-note"}""");
            await client.PostTextAsync("/v1/engagements", EngagementJson.With("type", "\"told Wrong\""));

            // PostgreSQL quotes the value in its message.
            await using var wrong = app.Services.GetRequiredService<NpgsqlDataSource>().CreateCommand("select 'told-value'::text::int");
            (await Should.ThrowAsync<PostgresException>(wrong.ExecuteScalarAsync())).Message.ShouldContain("told-value");
        }

        var traces = collector.Received("/v1/traces");
        traces.ShouldContain("POST /v1/engagements");
        traces.ShouldContain("GET /v1/leads/{leadId:guid}/timeline");
        traces.ShouldContain("leads.write");
        traces.ShouldContain("22P02", customMessage: "what failed is told by PostgreSQL's code");
        traces.ShouldNotContain("told", Case.Insensitive);
        traces.ShouldNotContain(lead, Case.Insensitive);
        traces.ShouldNotContain(lead.Replace("-", "", StringComparison.Ordinal), Case.Insensitive);
        foreach (var word in (string[])["select ", "insert ", "update "]) traces.ShouldNotContain(word, Case.Insensitive);
    }

    [Fact]
    public async Task Leads_that_cannot_be_counted_do_not_stop_the_service()
    {
        await using var withoutTables = NpgsqlDataSource.Create(await PostgresRun.CreateEmptyAsync() + ";Pooling=false");
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
            insert into mt_doc_lead (tenant_id, id, mt_version, stage, grade, score, model_id, last_engaged_at, updated_at, data)
            select 'counted', gen_random_uuid(), 1, (array['Inquiry', 'Inquiry', 'Customer'])[n], 'A', 1, '1', now(), now(), '{}'
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
        await using var app = await StartAsync("http://127.0.0.1:9");
        using var client = await app.ClientAsync();

        (await client.GetAsync(new Uri("/v1/tenants", UriKind.Relative))).EnsureSuccessStatusCode();

        await app.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(25));
    }

    [Fact]
    public async Task Without_an_endpoint_nothing_is_exported()
    {
        await using var app = await RunningApp.StartAsync(database.ConnectionString);

        app.Services.GetService<TracerProvider>().ShouldBeNull();
        app.Services.GetService<MeterProvider>().ShouldBeNull();
        app.Services.GetServices<IHostedService>().ShouldNotContain(s => s is LeadsByStage);
    }

    private Task<RunningApp> StartAsync(string collector) => RunningApp.StartAsync(
        database.ConnectionString, (TelemetrySetup.EndpointSetting, collector), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"));

    /// <summary>A person whose every value begins with "told".</summary>
    private static async Task<string> EngageAsync(HttpClient client)
    {
        using var posted = await client.PostTextAsync("/v1/engagements", EngagementJson.With(
            ("id", "\"told-id\""),
            ("lead", """{"email":"told-person@example.org","externalId":"told-crm-id"}"""),
            ("campaign", "\"told-campaign\""),
            ("properties", """{"company":"told-company"}""")));
        return (await posted.ReadAsync<EngagementReceipt>(HttpStatusCode.Created)).Lead.LeadId.ToString();
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
