using LeadScoring.Contracts;
using LeadScoring.IntegrationTests.Setup;

namespace LeadScoring.IntegrationTests.Feed;

/// <summary>The feed as Server-Sent Events.</summary>
public sealed class FeedStreamTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    [Fact]
    public async Task A_stream_sends_what_is_there_and_then_what_comes()
    {
        await using var app = await RunningApp.StartAsync(database.ConnectionString);
        using var client = await app.ClientAsync("streamed");
        var lead = await EngageAsync(client, "one");
        using var stream = await client.StreamAsync();

        var first = await stream.NextAsync();
        await client.PostTextAsync($"/v1/leads/{lead}/accept", """{"actor":"sam"}""");
        var second = await stream.NextAsync();

        (first.Id, first.Type, first.Event.Sequence).ShouldBe(("1", IntegrationEventTypes.LeadMarketingQualified, "1"));
        (second.Id, second.Type, second.Event.Subject).ShouldBe(("2", IntegrationEventTypes.LeadSalesAccepted, $"{lead}"));
    }

    [Fact]
    public async Task A_client_that_connects_again_goes_on_where_it_was()
    {
        await using var app = await RunningApp.StartAsync(database.ConnectionString);
        using var client = await app.ClientAsync("resumed");
        for (var i = 0; i < 5; i++) await EngageAsync(client, $"r{i}");
        await client.TakeAsync(5);
        string last;
        using (var stream = await client.StreamAsync())
        {
            await stream.NextAsync();
            await stream.NextAsync();
            last = stream.LastId!;
        }

        using var again = await client.StreamAsync("?after=0", lastEventId: last);

        (await again.NextAsync()).Id.ShouldBe("3");
        (await again.NextAsync()).Id.ShouldBe("4");
    }

    [Fact]
    public async Task A_stream_from_beyond_the_feeds_end_is_refused()
    {
        await using var app = await RunningApp.StartAsync(database.ConnectionString);
        using var client = await app.ClientAsync("ahead");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/feed") { Headers = { { "Accept", "text/event-stream" }, { "Last-Event-ID", "7" } } };

        using var answer = await client.SendAsync(request);

        await answer.ShouldBeProblemAsync(409, "position_beyond_head");
    }

    [Fact]
    public async Task A_stream_of_one_type_sends_no_other()
    {
        await using var app = await RunningApp.StartAsync(database.ConnectionString);
        using var client = await app.ClientAsync("one-type");
        using var stream = await client.StreamAsync($"?types={IntegrationEventTypes.LeadSalesAccepted}");
        var lead = await EngageAsync(client, "t");
        await client.PostTextAsync($"/v1/leads/{lead}/accept", """{"actor":"sam"}""");

        (await stream.NextAsync()).ShouldSatisfyAllConditions(
            e => e.Id.ShouldBe("2"), e => e.Type.ShouldBe(IntegrationEventTypes.LeadSalesAccepted));
    }

    [Fact]
    public async Task Whoever_reads_slowly_gets_everything_and_holds_up_nobody()
    {
        await using var app = await RunningApp.StartAsync(database.ConnectionString);
        using var client = await app.ClientAsync("slow");
        using var slow = await client.StreamAsync();
        for (var i = 0; i < 300; i++) await EngageAsync(client, $"s{i}");

        using var quick = await client.StreamAsync();
        for (var i = 1; i <= 300; i++) (await quick.NextAsync()).Id.ShouldBe($"{i}");
        for (var i = 1; i <= 300; i++) (await slow.NextAsync()).Id.ShouldBe($"{i}");
    }

    [Fact]
    public async Task More_streams_than_there_are_seats_are_refused_and_a_closed_one_makes_room()
    {
        await using var app = await RunningApp.StartAsync(database.ConnectionString, ("Feed:StreamsPerTenantMax", "2"), ("Feed:StreamsMax", "3"));
        using var client = await app.ClientAsync("seated");
        using var other = await app.ClientAsync("seated-too");
        using var first = await client.StreamAsync();
        var second = await client.StreamAsync();

        (await RefusedStreamAsync(client)).ShouldBe((429, "too_many_streams"));
        using (var waiting = await client.GetAsync(new Uri("/v1/feed?wait=1", UriKind.Relative))) await waiting.ShouldBeProblemAsync(429, "too_many_streams");
        using var third = await other.StreamAsync();
        (await RefusedStreamAsync(other)).ShouldBe((503, "busy"));
        (await client.FeedAsync()).Head.ShouldBe(0, "who does not wait needs no seat");

        second.Dispose();
        await UntilAsync(async () => await RefusedStreamAsync(client) == (200, ""));
    }

    [Fact]
    public async Task Streams_and_waiting_requests_end_when_the_service_does()
    {
        var app = await RunningApp.StartAsync(database.ConnectionString);
        using var client = await app.ClientAsync("stopped");
        using var stream = await client.StreamAsync();
        var waiting = client.FeedAsync("?wait=30");
        await EngageAsync(client, "never-mind");
        await stream.NextAsync();
        var started = TimeProvider.System.GetTimestamp();

        await app.DisposeAsync();

        (await stream.NextOrEndAsync()).ShouldBeNull();
        (await waiting).Events.Count.ShouldBeLessThanOrEqualTo(1);
        TimeProvider.System.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(20), "they are told, not waited for");
    }

    [Fact]
    public async Task A_stream_ends_after_a_while_so_that_its_key_is_asked_for_again()
    {
        await using var app = await RunningApp.StartAsync(database.ConnectionString, ("Feed:StreamSecondsMax", "1"));
        using var client = await app.ClientAsync("aged");
        using var stream = await client.StreamAsync();

        (await stream.NextOrEndAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task A_stream_cannot_go_on_after_what_is_no_position()
    {
        await using var app = await RunningApp.StartAsync(database.ConnectionString);
        using var client = await app.ClientAsync("mistaken");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/feed");
        request.Headers.Add("Accept", "text/event-stream");
        request.Headers.Add("Last-Event-ID", "the last");

        using var answer = await client.SendAsync(request);

        (await answer.ShouldBeProblemAsync(400, "validation_failed")).Errors!.Keys.ShouldBe(["Last-Event-ID"]);
    }

    private static async Task<Guid> EngageAsync(HttpClient client, string person)
    {
        using var posted = await client.PostTextAsync(
            "/v1/engagements",
            $$"""{"id":"{{person}}","source":"web","type":"demo_requested","occurredAt":"2026-03-02T12:00:00Z","lead":{"email":"{{person}}@example.com"} }""");
        return (await posted.ReadAsync<EngagementReceipt>(System.Net.HttpStatusCode.Created)).Lead.LeadId;
    }

    private static async Task<(int Status, string Code)> RefusedStreamAsync(HttpClient client)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/feed");
        request.Headers.Add("Accept", "text/event-stream");
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return answer.IsSuccessStatusCode ? (200, "") : ((int)answer.StatusCode, (await answer.ShouldBeProblemAsync((int)answer.StatusCode, await CodeAsync(answer))).Code);
    }

    private static async Task<string> CodeAsync(HttpResponseMessage answer)
    {
        await answer.Content.LoadIntoBufferAsync();
        using var problem = System.Text.Json.JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return problem.RootElement.GetProperty("code").GetString()!;
    }

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await holds()) await Task.Delay(5, patience.Token);
    }
}
