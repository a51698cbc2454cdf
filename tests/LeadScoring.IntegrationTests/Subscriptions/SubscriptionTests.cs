using System.Net;
using System.Net.Http.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Feed;
using LeadScoring.Host.Http;
using LeadScoring.Host.Storage;
using LeadScoring.Host.Subscriptions;
using LeadScoring.Host.Webhooks;
using LeadScoring.IntegrationTests.Setup;
using LeadScoring.IntegrationTests.Webhooks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace LeadScoring.IntegrationTests.Subscriptions;

/// <summary>Managing subscriptions over the API.</summary>
public sealed class SubscriptionTests : IAsyncLifetime
{
    private const string Unused = "http://127.0.0.1:9/hook";

    private readonly MigratedDatabase _database = new();
    private WebhookReceiver _receiver = null!;
    private RunningApp _app = null!;
    private HttpClient _http = null!;

    public async Task InitializeAsync()
    {
        await _database.InitializeAsync();
        _receiver = await WebhookReceiver.StartAsync();
        _app = await RunningApp.StartAsync(_database.ConnectionString, [.. WebhookApi.Local, ("Webhooks:RetryDelaysSeconds", "0"), ("Webhooks:SecretsKey", Convert.ToBase64String(new byte[32]))]);
        _http = await _app.ClientAsync("acme", Scopes.FeedRead);
    }

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
        await _receiver.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task A_subscription_is_made_looked_at_changed_listed_and_deleted()
    {
        var created = await _http.SubscribeAsync(Unused, types: [IntegrationEventTypes.LeadRecycled, IntegrationEventTypes.OpportunityWon]);
        var id = created.Subscription.Id!.Value;
        WebhookSignature.KeyOf(created.Secret).ShouldNotBeNull().Length.ShouldBe(32);
        (created.Subscription.Kind, created.Subscription.State, created.Subscription.Enabled).ShouldBe((SubscriptionKind.Webhook, SubscriptionState.Active, true));

        (await _http.SubscriptionAsync(id)).ShouldBeEquivalentTo(created.Subscription);
        var changed = await _http.ChangeAsync(id, new(_receiver.Url(), ["*"], "CRM of the west", Enabled: false));
        (changed.Url, changed.EventTypes, changed.Description).ShouldBe((_receiver.Url(), null, "CRM of the west"));
        (changed.Enabled, changed.State, changed.DisabledReason).ShouldBe((false, SubscriptionState.Disabled, SubscriptionDisabledReason.ByRequest));
        (await _http.ChangeAsync(id, new(Description: ""))).Description.ShouldBeNull();
        (await ListAsync()).Subscriptions.ShouldHaveSingleItem().Id.ShouldBe(id);

        using var deleted = await _http.DeleteAsync(new Uri($"/v1/subscriptions/{id}", UriKind.Relative));
        deleted.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        using var again = await _http.DeleteAsync(new Uri($"/v1/subscriptions/{id}", UriKind.Relative));
        await again.ShouldBeProblemAsync(404, "subscription_not_found");
        (await ListAsync()).Subscriptions.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_repeat_with_the_same_key_makes_no_second_one_and_another_request_is_refused()
    {
        var first = await CreateAsync("key-1", new(Unused));
        var repeat = await CreateAsync("key-1", new(Unused));
        var other = await CreateAsync("key-2", new(Unused));

        first.StatusCode.ShouldBe(HttpStatusCode.Created);
        var created = await first.ReadAsync<CreatedSubscription>(HttpStatusCode.Created);
        var repeated = await repeat.ReadAsync<CreatedSubscription>();
        (repeated.Secret, repeated.Subscription.Id).ShouldBe((created.Secret, created.Subscription.Id));
        (await other.ReadAsync<CreatedSubscription>(HttpStatusCode.Created)).Subscription.Id.ShouldNotBe(created.Subscription.Id);
        await (await CreateAsync("key-1", new(_receiver.Url()))).ShouldBeProblemAsync(422, "idempotency_key_reused");
        await (await CreateAsync("key with spaces", new(Unused))).ShouldBeProblemAsync(400, "idempotency_key_invalid");
    }

    [Theory]
    [InlineData("""{}""", "$.url")]
    [InlineData("""{"url":"http://user@127.0.0.1/"}""", "$.url")]
    [InlineData("""{"url":"http://169.254.169.254/"}""", "$.url")]
    [InlineData("""{"url":"http://127.0.0.1/","eventTypes":[]}""", "$.eventTypes")]
    [InlineData("""{"url":"http://127.0.0.1/","eventTypes":["leadscoring.lead.recycled.v1","leadscoring.lead.recycled.v2"]}""", "$.eventTypes[1]")]
    [InlineData("""{"url":"http://127.0.0.1/","eventTypes":["leadscoring.lead.recycled.v1","leadscoring.lead.recycled.v1"]}""", "$.eventTypes")]
    [InlineData("""{"url":"http://127.0.0.1/","startAt":"tomorrow"}""", "$.startAt")]
    [InlineData("""{"url":"http://127.0.0.1/","startAt":"-1"}""", "$.startAt")]
    [InlineData("""{"url":"http://127.0.0.1/","description":"a\nb"}""", "$.description")]
    [InlineData("""{"url":"http://127.0.0.1/","contentType":"text/plain"}""", "$.contentType")]
    [InlineData("""{"url":"http://127.0.0.1/","secret":"whsec_x"}""", "$.secret")]
    public async Task What_is_wrong_with_a_subscription_is_named(string body, string path)
    {
        using var answer = await _http.PostTextAsync("/v1/subscriptions", body);

        (await answer.ShouldBeProblemAsync(400, "validation_failed")).Errors.ShouldNotBeNull().Keys.ShouldBe([path]);
    }

    [Fact]
    public async Task A_beginning_beyond_the_feeds_end_is_refused_and_the_end_named()
    {
        using var answer = await _http.PostTextAsync("/v1/subscriptions", """{"url":"http://127.0.0.1/","startAt":"4711"}""");

        (await answer.ShouldBeProblemAsync(409, "position_beyond_head")).Detail.ShouldNotBeNull().ShouldContain("ends at position 0;");
    }

    [Fact]
    public async Task In_production_only_public_https_is_taken()
    {
        await using var production = await RunningApp.StartAsync(_database.ConnectionString);
        using var http = await production.ClientAsync();

        foreach (var url in new[] { "http://crm.example.com/", "https://127.0.0.1/", "https://localhost/", "https://[::ffff:10.0.0.1]/" })
        {
            using var answer = await http.PostAsync("/v1/subscriptions", new(url), WireJson.Default.CreateSubscriptionRequest);
            (await answer.ShouldBeProblemAsync(400, "validation_failed")).Errors.ShouldNotBeNull().Keys.ShouldBe(["$.url"]);
        }

        await http.SubscribeAsync("https://crm.example.com/hook");
    }

    [Fact]
    public async Task Another_tenants_subscription_is_as_good_as_none()
    {
        var id = (await _http.SubscribeAsync(Unused)).Subscription.Id!.Value;
        using var other = await _app.ClientAsync("other", Scopes.FeedRead);
        var path = $"/v1/subscriptions/{id}";

        using var get = await other.GetAsync(new Uri(path, UriKind.Relative));
        await get.ShouldBeProblemAsync(404, "subscription_not_found");
        using var patch = await other.PatchAsJsonAsync(new Uri(path, UriKind.Relative), new(Enabled: false), WireJson.Default.PatchSubscriptionRequest);
        await patch.ShouldBeProblemAsync(404, "subscription_not_found");
        using var delete = await other.DeleteAsync(new Uri(path, UriKind.Relative));
        await delete.ShouldBeProblemAsync(404, "subscription_not_found");
        foreach (var (action, body) in new[] { ("/secret/rotate", "{}"), ("/test", ""), ("/deliveries/1/resend", ""), ("/resend", """{"failedSince":"2026-01-01T00:00:00Z"}""") })
        {
            using var answer = await other.PostTextAsync(path + action, body);
            await answer.ShouldBeProblemAsync(404, "subscription_not_found");
        }

        using var deliveries = await other.GetAsync(new Uri($"{path}/deliveries", UriKind.Relative));
        await deliveries.ShouldBeProblemAsync(404, "subscription_not_found");
        (await _http.SubscriptionAsync(id)).Enabled.ShouldBeTrue();
        using var without = await _app.ClientAsync("acme", Scopes.LeadsRead);
        using var refused = await without.GetAsync(new Uri(path, UriKind.Relative));
        await refused.ShouldBeProblemAsync(403, "missing_scope");
    }

    [Fact]
    public async Task A_list_is_paged_the_newest_first()
    {
        var ids = new List<Guid>();
        for (var i = 0; i < 5; i++) ids.Add((await _http.SubscribeAsync(Unused)).Subscription.Id!.Value);

        var first = await ListAsync("?limit=3");
        var second = await ListAsync($"?limit=3&cursor={first.NextCursor}");

        first.Subscriptions.Concat(second.Subscriptions).Select(s => s.Id!.Value).ShouldBe(ids.AsEnumerable().Reverse());
        second.NextCursor.ShouldBeNull();
    }

    [Fact]
    public async Task The_broker_stands_first_where_one_is_configured()
    {
        await _http.SubscribeAsync(Unused);
        await using var app = await RunningApp.StartAsync(_database.ConnectionString, ("Broker:Host", "127.0.0.1"), ("Broker:Port", "9"));
        using var http = await app.ClientAsync("acme", Scopes.FeedRead);

        using var answer = await http.GetAsync(new Uri("/v1/subscriptions", UriKind.Relative));

        var subscriptions = (await answer.ReadAsync<SubscriptionPage>()).Subscriptions;
        subscriptions.Select(s => s.Kind).ShouldBe([SubscriptionKind.Rabbitmq, SubscriptionKind.Webhook]);
        (subscriptions[0].Id, subscriptions[0].State, subscriptions[0].Position).ShouldBe((null, SubscriptionState.Failing, 0));
    }

    [Fact]
    public async Task While_a_secret_is_changed_both_sign_and_in_the_database_neither_can_be_read()
    {
        var created = await _http.SubscribeAsync(_receiver.Url());
        var id = created.Subscription.Id!.Value;
        using var rotation = await _http.PostTextAsync($"/v1/subscriptions/{id}/secret/rotate", """{"formerValidForHours":2}""");
        var rotated = await rotation.ReadAsync<RotatedSecret>();
        (await _http.SubscriptionAsync(id)).FormerSecretUntil.ShouldNotBeNull().ShouldBe(rotated.FormerValidUntil, TimeSpan.FromMilliseconds(1));

        (await TestAsync(id)).Delivered.ShouldBeTrue();
        var both = (await _receiver.UntilAsync(1))[0];
        both.Signatures.Split(' ').Length.ShouldBe(2);
        both.IsSignedWith(rotated.Secret, DateTimeOffset.UtcNow).ShouldBeTrue();
        both.IsSignedWith(created.Secret, DateTimeOffset.UtcNow).ShouldBeTrue();
        both.Signatures.ShouldStartWith(WebhookSignature.Sign(WebhookSignature.KeyOf(rotated.Secret)!, both.Id, long.Parse(both.Timestamp), both.Body));

        using var at_once = await _http.PostTextAsync($"/v1/subscriptions/{id}/secret/rotate", """{"formerValidForHours":0}""");
        var latest = await at_once.ReadAsync<RotatedSecret>();
        await TestAsync(id);
        var one = (await _receiver.UntilAsync(2))[1];
        one.IsSignedWith(latest.Secret, DateTimeOffset.UtcNow).ShouldBeTrue();
        one.IsSignedWith(rotated.Secret, DateTimeOffset.UtcNow).ShouldBeFalse();

        await using var session = _database.Documents.QuerySession("acme");
        var stored = await session.LoadAsync<WebhookSubscription>(id);
        Convert.ToHexString(stored!.Secret).ShouldNotContain(Convert.ToHexString(WebhookSignature.KeyOf(latest.Secret)!));
        var text = await _http.GetStringAsync(new Uri($"/v1/subscriptions/{id}", UriKind.Relative));
        text.ShouldNotContain("whsec_");
    }

    [Fact]
    public async Task A_secret_sealed_with_another_key_signs_nothing_until_it_is_rotated()
    {
        var id = (await _http.SubscribeAsync(_receiver.Url())).Subscription.Id!.Value;
        await using var other = await RunningApp.StartAsync(_database.ConnectionString, WebhookApi.Local);
        using var http = await other.ClientAsync("acme", Scopes.FeedRead);
        using var refused = await http.PostAsync(new Uri($"/v1/subscriptions/{id}/test", UriKind.Relative), null);
        await refused.ShouldBeProblemAsync(409, "secret_unreadable");

        using var rotation = await http.PostTextAsync($"/v1/subscriptions/{id}/secret/rotate", "{}");
        var rotated = await rotation.ReadAsync<RotatedSecret>();

        using var test = await http.PostAsync(new Uri($"/v1/subscriptions/{id}/test", UriKind.Relative), null);
        (await test.ReadAsync<TestResult>()).Delivered.ShouldBeTrue();
        var request = (await _receiver.UntilAsync(1)).ShouldHaveSingleItem();
        request.Signatures.ShouldNotContain(' ');
        request.IsSignedWith(rotated.Secret, DateTimeOffset.UtcNow).ShouldBeTrue();
    }

    [Fact]
    public async Task A_receiver_that_reads_plain_json_gets_the_same_body_called_so()
    {
        using var answer = await _http.PostAsync(
            "/v1/subscriptions", new(_receiver.Url("/plain"), ContentType: "application/json"), WireJson.Default.CreateSubscriptionRequest);
        var plain = (await answer.ReadAsync<CreatedSubscription>(HttpStatusCode.Created)).Subscription;
        var usual = (await _http.SubscribeAsync(_receiver.Url())).Subscription;
        (plain.ContentType, usual.ContentType).ShouldBe(("application/json", "application/cloudevents+json"));

        await _database.PublishAsync("acme", 1);

        var (json, cloudEvent) = ((await _receiver.UntilAsync(1, "/plain"))[0], (await _receiver.UntilAsync(1))[0]);
        (json.ContentType, cloudEvent.ContentType).ShouldBe(("application/json; charset=utf-8", "application/cloudevents+json; charset=utf-8"));
        json.Body.ShouldBe(cloudEvent.Body);
        await _http.ChangeAsync(plain.Id!.Value, new(ContentType: "application/cloudevents+json"));
        (await TestAsync(plain.Id!.Value)).Delivered.ShouldBeTrue();
        (await _receiver.UntilAsync(2, "/plain"))[1].ContentType.ShouldBe("application/cloudevents+json; charset=utf-8");
    }

    [Fact]
    public async Task A_test_event_tells_what_the_endpoint_said()
    {
        _receiver.Answer = async (_, http) =>
        {
            http.Response.StatusCode = 422;
            await http.Response.WriteAsync("what is this?");
        };
        var created = await _http.SubscribeAsync(_receiver.Url());

        var result = await TestAsync(created.Subscription.Id!.Value);

        (result.Delivered, result.StatusCode, result.Answer, result.Error).ShouldBe((false, 422, "what is this?", "The endpoint answered 422."));
        var request = (await _receiver.UntilAsync(1))[0];
        request.Id.ShouldBe(result.EventId.ToString());
        request.IsSignedWith(created.Secret, DateTimeOffset.UtcNow).ShouldBeTrue();
        var cloudEvent = System.Text.Json.JsonDocument.Parse(request.Body).RootElement;
        cloudEvent.GetProperty("type").GetString().ShouldBe(IntegrationEventTypes.SubscriptionTest);
        cloudEvent.GetProperty("specversion").GetString().ShouldBe("1.0");
        (await _http.SubscriptionAsync(created.Subscription.Id!.Value)).State.ShouldBe(SubscriptionState.Active);
    }

    [Fact]
    public async Task What_was_given_up_can_be_sent_again_one_or_all()
    {
        var status = 500;
        _receiver.Answer = (_, http) =>
        {
            http.Response.StatusCode = Volatile.Read(ref status);
            return Task.CompletedTask;
        };
        var id = (await _http.SubscribeAsync(_receiver.Url())).Subscription.Id!.Value;
        await _database.PublishAsync("acme", 4);
        var failed = await _http.UntilDeliveriesAsync(id, DeliveryStatus.Failed, 4);
        failed.ShouldAllBe(d => d.Attempts == 2);
        Volatile.Write(ref status, 200);

        using var one = await _http.PostAsync(new Uri($"/v1/subscriptions/{id}/deliveries/3/resend", UriKind.Relative), null);
        (await one.ReadAsync<DeliveryView>()).Status.ShouldBe(DeliveryStatus.Pending);
        (await _http.UntilDeliveriesAsync(id, DeliveryStatus.Delivered, 1))[0].Position.ShouldBe(3);

        using var none = await ResendAsync(id, DateTimeOffset.UtcNow.AddHours(1));
        (await none.ReadAsync<ResendReceipt>()).ShouldBe(new ResendReceipt(0, More: false));
        using var all = await ResendAsync(id, DateTimeOffset.UtcNow.AddHours(-1));
        (await all.ReadAsync<ResendReceipt>()).ShouldBe(new ResendReceipt(3, More: false));
        await _http.UntilDeliveriesAsync(id, DeliveryStatus.Delivered, 4);

        using var delivered = await _http.PostAsync(new Uri($"/v1/subscriptions/{id}/deliveries/1/resend", UriKind.Relative), null);
        delivered.EnsureSuccessStatusCode();
        await Eventually.TrueAsync(() => Task.FromResult(_receiver.Received().Count(r => r.Position == 1) == 4), "position 1 a fourth time");
        _receiver.Received().GroupBy(r => r.Position).ShouldAllBe(same => same.Select(r => r.Id).Distinct().Count() == 1);

        using var unknown = await _http.PostAsync(new Uri($"/v1/subscriptions/{id}/deliveries/99/resend", UriKind.Relative), null);
        await unknown.ShouldBeProblemAsync(404, "delivery_not_found");
        await _http.ChangeAsync(id, new(Enabled: false));
        using var off = await ResendAsync(id, DateTimeOffset.UtcNow);
        await off.ShouldBeProblemAsync(409, "subscription_disabled");
    }

    [Fact]
    public async Task A_subscription_switched_off_gets_nothing_and_goes_on_where_it_stopped()
    {
        var id = (await _http.SubscribeAsync(_receiver.Url())).Subscription.Id!.Value;
        await _database.PublishAsync("acme", 2);
        await _http.UntilAsync(id, s => s.Position == 2, "position 2");
        await _http.ChangeAsync(id, new(Enabled: false));
        await MigratedDatabase.UntilAsync(async () => await _database.CountAsync<FeedEntry>("acme", e => e.Position == 3) == 1, "the event of it is published");
        var other = (await _http.SubscribeAsync(_receiver.Url("/other"), "2")).Subscription.Id!.Value;
        await _receiver.UntilAsync(1, "/other"); // Whoever delivers knows of this one, and so of the change before it.
        var before = _receiver.Received().Count;
        await _database.PublishAsync("acme", 2);
        await _receiver.UntilAsync(3, "/other");
        _receiver.Received().Count.ShouldBe(before);

        await _http.ChangeAsync(id, new(Enabled: true));

        await Eventually.TrueAsync(async () => (await _http.SubscriptionAsync(id)).Behind == 0, "nothing behind");
        _receiver.Received().Select(r => r.Position).Order().ShouldBe([1, 2, 3, 4, 5]);
        (await _http.SubscriptionAsync(other)).State.ShouldBe(SubscriptionState.Active);
    }

    [Fact]
    public async Task Old_deliveries_and_what_a_deleted_subscription_left_are_removed()
    {
        var (kept, gone) = ((await _http.SubscribeAsync(_receiver.Url("/kept"))).Subscription.Id!.Value, (await _http.SubscribeAsync(_receiver.Url("/gone"))).Subscription.Id!.Value);
        await _database.PublishAsync("acme", 3);
        await _http.UntilDeliveriesAsync(kept, DeliveryStatus.Delivered, 3);
        await _http.UntilDeliveriesAsync(gone, DeliveryStatus.Delivered, 3);
        await _database.Documents.ChangeAsync<WebhookDelivery>(
            "acme", WebhookDelivery.IdOf(kept, position: 2), d => d with { FinishedAt = DateTimeOffset.UtcNow.AddDays(-31) }, default);
        using (var deleted = await _http.DeleteAsync(new Uri($"/v1/subscriptions/{gone}", UriKind.Relative))) deleted.EnsureSuccessStatusCode();
        await _database.Documents.ChangeAsync<WebhookSubscription>("acme", gone, s => s with { DeletedAt = DateTimeOffset.UtcNow.AddHours(-2) }, default);

        await _app.Services.GetServices<Microsoft.Extensions.Hosting.IHostedService>().OfType<WebhookUpkeep>().Single().RunOnceAsync(default);

        (await _http.DeliveriesAsync(kept)).Deliveries.Select(d => d.Position).ShouldBe([3, 1]);
        (await _database.CountAsync<WebhookDelivery>("acme", d => d.SubscriptionId == gone)).ShouldBe(0);
        (await _database.CountAsync<SubscriptionProgress>("acme", p => p.Id == gone)).ShouldBe(0);
        (await _database.CountAsync<WebhookSubscription>("acme", s => s.Id == gone)).ShouldBe(0);
    }

    private async Task<SubscriptionPage> ListAsync(string query = "")
    {
        using var answer = await _http.GetAsync(new Uri($"/v1/subscriptions{query}", UriKind.Relative));
        return await answer.ReadAsync<SubscriptionPage>();
    }

    private async Task<TestResult> TestAsync(Guid id)
    {
        using var answer = await _http.PostAsync(new Uri($"/v1/subscriptions/{id}/test", UriKind.Relative), null);
        return await answer.ReadAsync<TestResult>();
    }

    private Task<HttpResponseMessage> ResendAsync(Guid id, DateTimeOffset since) =>
        _http.PostAsync($"/v1/subscriptions/{id}/resend", new(since), WireJson.Default.ResendRequest);

    private async Task<HttpResponseMessage> CreateAsync(string key, CreateSubscriptionRequest request)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, new Uri("/v1/subscriptions", UriKind.Relative))
        {
            Content = JsonContent.Create(request, WireJson.Default.CreateSubscriptionRequest),
        };
        message.Headers.Add("Idempotency-Key", key);
        return await _http.SendAsync(message);
    }
}
