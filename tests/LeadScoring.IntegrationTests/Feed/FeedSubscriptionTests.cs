using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using JasperFx.Events.Daemon;
using LeadScoring.Contracts;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Qualification;
using LeadScoring.Host.Feed;
using LeadScoring.Host.Leads;
using LeadScoring.IntegrationTests.Setup;
using LeadScoring.IntegrationTests.Writing;
using Marten;
using static LeadScoring.IntegrationTests.Writing.WriterHarness;
using RecycleReason = LeadScoring.Domain.Qualification.RecycleReason;

namespace LeadScoring.IntegrationTests.Feed;

/// <summary>Everything once, in order, whoever publishes and however it ends. Each test has a log of its own.</summary>
public sealed class FeedSubscriptionTests : IAsyncLifetime
{
    private static readonly string[] Tenants = ["acme", "beta", "gamma"];

    private readonly MigratedDatabase _database = new();

    public Task InitializeAsync() => _database.InitializeAsync();

    public Task DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task Two_that_both_believe_to_lead_publish_everything_once()
    {
        await using var first = new Publisher(_database, "first", daemon: DaemonMode.Solo);
        await using var second = new Publisher(_database, "second", daemon: DaemonMode.Solo);
        await first.StartAsync();
        await second.StartAsync();

        await PlayAsync(leadsPerTenant: 60);
        await _database.UntilPublishedAsync();

        await (await _database.FeedAsync()).ShouldHoldTheLogOnceAsync(_database);
        (first.Warnings.Count + second.Warnings.Count).ShouldBeGreaterThan(0, "otherwise they never met");
    }

    [Fact]
    public async Task Publishers_whose_sessions_are_cut_again_and_again_lose_nothing_and_repeat_nothing()
    {
        await using var first = new Publisher(_database, "publisher");
        await using var second = new Publisher(_database, "publisher");
        await first.StartAsync();
        await second.StartAsync();
        using var end = new CancellationTokenSource();
        var cutting = CutSessionsAsync(end.Token);

        await PlayAsync(leadsPerTenant: 60);
        await end.CancelAsync();
        (await cutting).ShouldBeGreaterThan(0);
        await _database.UntilPublishedAsync();

        await (await _database.FeedAsync()).ShouldHoldTheLogOnceAsync(_database);
    }

    [Fact]
    public async Task A_successor_goes_on_where_the_one_before_it_ended()
    {
        await using (var first = new Publisher(_database, "first"))
        {
            await first.StartAsync();
            await PlayAsync(leadsPerTenant: 3);
            await _database.UntilPublishedAsync();
        }

        var before = await _database.FeedAsync();
        await PlayAsync(leadsPerTenant: 3, round: 2);
        await using var second = new Publisher(_database, "second");
        await second.StartAsync();
        await _database.UntilPublishedAsync();

        var after = await _database.FeedAsync();
        await after.ShouldHoldTheLogOnceAsync(_database);
        after.Count.ShouldBe(before.Count * 2);
        after.Take(before.Count).Select(e => e.Body).ShouldBe(before.Select(e => e.Body));
    }

    [Fact]
    public async Task A_log_that_lies_there_already_is_published_from_its_beginning_page_by_page()
    {
        await PlayAsync(leadsPerTenant: 250);
        await using var publisher = new Publisher(_database, "late");

        await publisher.StartAsync();
        await _database.UntilPublishedAsync();

        var feed = await _database.FeedAsync();
        feed.Count.ShouldBeGreaterThan(2 * FeedSubscription.PageEventsMax);
        await feed.ShouldHoldTheLogOnceAsync(_database);
    }

    [Fact]
    public async Task An_event_that_cannot_be_read_is_set_aside_and_said_and_keeps_no_other_from_being_published()
    {
        await using var publisher = new Publisher(_database, "publisher", FeedOptions.Default with { UnreadableWaitMax = TimeSpan.FromSeconds(1) });
        var broken = (await _database.StoreRawAsync(new(Tenant, Guid.NewGuid()), DateTimeOffset.UtcNow, ("marketing_qualified", """{"Cycle": "one"}""")))[0];
        await PlayAsync(leadsPerTenant: 1);

        await publisher.StartAsync();
        await _database.UntilPublishedAsync();

        var feed = await _database.FeedAsync();
        feed.ShouldNotContain(e => e.EventId == broken);
        feed.Where(e => e.TenantId == Tenant).Select(e => e.Position).ShouldBe([1, 2, 3]);
        await using var session = _database.Documents.QuerySession();
        var letter = (await session.Query<DeadLetterEvent>().ToListAsync()).DistinctBy(d => d.EventSequence).ShouldHaveSingleItem();
        letter.EventSequence.ShouldBe(await _database.ScalarAsync<long>("select seq_id from mt_events where id = $1", broken));
        await UntilAsync(() => publisher.Warnings.Any(w => w.Contains("are dead letters") && w.Contains($"{letter.EventSequence}")));
    }

    [Fact]
    public async Task What_an_older_instance_cannot_read_is_left_to_a_newer_one()
    {
        // It leads, and does not know this shape of a handoff.
        await using var older = new Publisher(
            _database, "older", configure: o => o.UseSystemTextJsonForSerialization(configure: json => json.Converters.Add(new NotUnderstood())));
        await older.StartAsync();
        await older.UntilLeadingAsync();
        await using var newer = new Publisher(_database, "newer");
        await newer.StartAsync();

        await PlayAsync(leadsPerTenant: 2);
        await _database.UntilPublishedAsync();

        await (await _database.FeedAsync()).ShouldHoldTheLogOnceAsync(_database);
        await using var session = _database.Documents.QuerySession();
        (await session.Query<DeadLetterEvent>().CountAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task What_cannot_be_read_of_a_leads_past_is_missing_from_the_story_and_no_more()
    {
        var lead = Guid.NewGuid();
        await using var publisher = new Publisher(_database, "publisher");
        var at = new DateTimeOffset(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);
        await _database.StoreRawAsync(
            new(Tenant, lead),
            at,
            RawEvents.Of(new LeadCaptured("web", at)),
            ("attributes_changed", """{"Changes": 7}"""),
            ("from_another_program", "{}"),
            RawEvents.Of(new LeadReinstated(2, "mia", null, at)));

        await publisher.StartAsync();
        await _database.UntilPublishedAsync();

        var told = (await _database.FeedAsync()).ShouldHaveSingleItem().CloudEvent();
        told.DataAs<LeadReinstatedV1>().ShouldBe(
            new(new(lead, null, null, null, null, null, $"/v1/leads/{lead}"), 2, at, "mia", null));
        publisher.Warnings.ShouldHaveSingleItem().ShouldContain("lacks event 2");
    }

    [Fact]
    public async Task Events_of_types_that_are_not_published_move_the_position_and_nothing_else()
    {
        await using var publisher = new Publisher(_database, "publisher");
        await using (var writer = await WriterHarness.StartAsync(_database))
        {
            for (var i = 0; i < 30; i++) await writer.RecordAsync(Engagement($"quiet-{i}", email: "quiet@example.com"));
            await publisher.StartAsync();
            await writer.RecordAsync(Engagement("demo", email: "loud@example.com", type: "demo_requested"));
            await _database.UntilPublishedAsync();
        }

        (await _database.FeedAsync()).ShouldHaveSingleItem().Position.ShouldBe(1);
        var last = await _database.ScalarAsync<long>("select max(seq_id) from mt_events");
        await MigratedDatabase.UntilAsync(
            async () => (await _database.Documents.Advanced.AllProjectionProgress()).Any(p => p.ShardName.StartsWith(FeedSubscription.SubscriptionName) && p.Sequence == last),
            "the progress is the log's end");
    }

    /// <summary>Handoffs, answers and recycles of many leads at once, through two instances.</summary>
    private async Task PlayAsync(int leadsPerTenant, int round = 1)
    {
        await using var one = await WriterHarness.StartAsync(_database);
        await using var two = await WriterHarness.StartAsync(_database);
        await Task.WhenAll(
            from tenant in Tenants
            from n in Enumerable.Range(0, leadsPerTenant)
            select PlayAsync(n % 2 == 0 ? one : two, tenant, $"{round}-{n}"));
    }

    private static async Task PlayAsync(WriterHarness service, string tenant, string person)
    {
        var recorded = await service.RecordAsync(Engagement($"demo-{person}", email: $"p{person}@example.com", type: "demo_requested"), tenant);
        var lead = recorded.Lead.ShouldNotBeNull().Lead.Id;
        (await service.SubmitAsync(lead, new AcceptLead("sam"), tenant: tenant)).Changed.ShouldBeTrue();
        (await service.SubmitAsync(lead, new RecycleLead("sam", RecycleReason.NotReady), tenant: tenant)).Changed.ShouldBeTrue();
    }

    private async Task<int> CutSessionsAsync(CancellationToken end)
    {
        var cut = 0;
        do
        {
            cut += (int)await _database.ScalarAsync<long>(
                "select count(pg_terminate_backend(pid)) from (select pid from pg_stat_activity"
                + " where application_name = 'publisher' order by random() limit 2) s");
            await Task.Delay(Random.Shared.Next(60), CancellationToken.None);
        }
        while (!end.IsCancellationRequested);
        return cut;
    }

    private sealed class NotUnderstood : JsonConverter<MarketingQualified>
    {
        public override MarketingQualified Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new JsonException();

        public override void Write(Utf8JsonWriter writer, MarketingQualified value, JsonSerializerOptions options) => throw new JsonException();
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!holds()) await Task.Delay(5, patience.Token);
    }
}
