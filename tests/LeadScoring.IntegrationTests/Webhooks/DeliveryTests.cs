using System.Globalization;
using LeadScoring.Contracts;
using LeadScoring.IntegrationTests.Feed;
using LeadScoring.IntegrationTests.Setup;

namespace LeadScoring.IntegrationTests.Webhooks;

/// <summary>What a receiver gets, in good times and bad.</summary>
public sealed class DeliveryTests : IAsyncLifetime
{
    private static readonly Guid Ann = Guid.NewGuid();
    private static readonly Guid Bob = Guid.NewGuid();

    private readonly MigratedDatabase _database = new();
    private WebhookReceiver _receiver = null!;

    public async Task InitializeAsync()
    {
        await _database.InitializeAsync();
        _receiver = await WebhookReceiver.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _receiver.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task An_event_arrives_as_it_was_published_signed_and_once()
    {
        await using var app = await StartAsync();
        using var http = await app.ClientAsync();
        var created = await http.SubscribeAsync(_receiver.Url());
        await _database.PublishAsync("acme", [Ann, Bob, Ann]);

        var received = await _receiver.UntilAsync(3);

        var view = await http.UntilAsync(created.Subscription.Id!.Value, s => s.Position == 3, "position 3");
        (view.State, view.Behind, view.Pending, view.FailingSince).ShouldBe((SubscriptionState.Active, 0, 0, null));
        view.LastSuccessAt.ShouldNotBeNull();
        _receiver.Received().Count.ShouldBe(3);
        received.Select(r => r.Position).Order().ShouldBe([1, 2, 3]);
        var feed = await _database.FeedAsync();
        foreach (var request in received)
        {
            request.Method.ShouldBe("POST");
            request.ContentType.ShouldBe("application/cloudevents+json; charset=utf-8");
            request.UserAgent.ShouldBe("LeadScoring-Webhooks/1.0");
            request.IsSignedWith(created.Secret, DateTimeOffset.UtcNow).ShouldBeTrue();
            request.Headers.ShouldNotContain("traceparent", Case.Insensitive);
            var published = feed.Single(e => e.Position == request.Position);
            request.Body.ShouldBe(published.Body);
            request.Id.ShouldBe(published.EventId.ToString());
        }

        var deliveries = await http.UntilDeliveriesAsync(view.Id!.Value, DeliveryStatus.Delivered, 3);
        deliveries.Select(d => d.Position).ShouldBe([3, 2, 1]);
        deliveries.ShouldAllBe(d => d.Attempts == 1 && d.StatusCode == 200 && d.LatencyMs >= 0 && d.FinishedAt != null && d.NextAttemptAt == null);
        deliveries.ShouldAllBe(d => d.EventType == IntegrationEventTypes.LeadMarketingQualified);
    }

    [Fact]
    public async Task A_failed_attempt_is_repeated_with_the_same_id_and_a_fresh_time()
    {
        _receiver.Answer = (_, http) => AnswerAsync(http, _receiver.Received().Count <= 2 ? 500 : 204, "come back later");
        await using var app = await StartAsync(("Webhooks:RetryDelaysSeconds", "1.1,1.1"));
        using var http = await app.ClientAsync();
        var created = await http.SubscribeAsync(_receiver.Url());
        await _database.PublishAsync("acme", [Ann]);

        var received = await _receiver.UntilAsync(3);

        received.Select(r => r.Id).Distinct().Count().ShouldBe(1);
        received.Select(r => long.Parse(r.Timestamp, CultureInfo.InvariantCulture)).Distinct().Count().ShouldBe(3);
        received.ShouldAllBe(r => r.IsSignedWith(created.Secret, DateTimeOffset.UtcNow));
        var delivered = (await http.UntilDeliveriesAsync(created.Subscription.Id!.Value, DeliveryStatus.Delivered, 1))[0];
        (delivered.Attempts, delivered.StatusCode, delivered.Error).ShouldBe((3, 204, null));
    }

    [Fact]
    public async Task A_leads_later_event_waits_for_its_earlier_one_and_nobody_elses_does()
    {
        var mayPass = false;
        _receiver.Answer = (request, http) => AnswerAsync(http, request.Position == 1 && !Volatile.Read(ref mayPass) ? 503 : 200);
        await using var app = await StartAsync(("Webhooks:RetryDelaysSeconds", string.Join(',', Enumerable.Repeat("0.1", 30))));
        using var http = await app.ClientAsync();
        var id = (await http.SubscribeAsync(_receiver.Url())).Subscription.Id!.Value;
        await _database.PublishAsync("acme", [Ann, Ann, Bob, Ann]);

        await http.UntilDeliveriesAsync(id, DeliveryStatus.Delivered, 1);
        await http.UntilDeliveriesAsync(id, DeliveryStatus.Waiting, 2);
        _receiver.Received().Select(r => r.Position).Distinct().Order().ShouldBe([1, 3]);
        Volatile.Write(ref mayPass, true);

        await http.UntilDeliveriesAsync(id, DeliveryStatus.Delivered, 4);
        _receiver.Received().Where(r => r.Subject == Ann).Select(r => r.Position).Distinct().ShouldBe([1, 2, 4]);
    }

    [Fact]
    public async Task After_the_last_retry_an_event_is_given_up_and_its_leads_next_one_goes_on()
    {
        _receiver.Answer = (request, http) => AnswerAsync(http, request.Position == 1 ? 400 : 200, "no such\0thing");
        await using var app = await StartAsync(("Webhooks:RetryDelaysSeconds", "0,0"));
        using var http = await app.ClientAsync();
        var id = (await http.SubscribeAsync(_receiver.Url())).Subscription.Id!.Value;
        await _database.PublishAsync("acme", [Ann, Ann]);

        var failed = (await http.UntilDeliveriesAsync(id, DeliveryStatus.Failed, 1))[0];
        (await http.UntilDeliveriesAsync(id, DeliveryStatus.Delivered, 1))[0].Position.ShouldBe(2);

        (failed.Position, failed.Attempts, failed.StatusCode).ShouldBe((1, 3, 400));
        failed.Answer.ShouldBe("no such\uFFFDthing");
        failed.Error.ShouldBe("The endpoint answered 400.");
    }

    [Fact]
    public async Task An_endpoint_that_hangs_delays_no_other()
    {
        using var end = new CancellationTokenSource();
        _receiver.Answer = (request, http) => request.Path == "/hangs"
            ? Task.Delay(Timeout.Infinite, end.Token).ContinueWith(_ => { }, TaskScheduler.Default)
            : Task.CompletedTask;
        await using var app = await StartAsync();
        using var http = await app.ClientAsync();
        var hanging = (await http.SubscribeAsync(_receiver.Url("/hangs"))).Subscription.Id!.Value;
        await http.SubscribeAsync(_receiver.Url("/quick"));
        await _database.PublishAsync("acme", 100);

        await _receiver.UntilAsync(100, "/quick");

        _receiver.Received("/hangs").Count.ShouldBeInRange(1, 8);
        (await http.SubscriptionAsync(hanging)).Position.ShouldBe(0);
        await end.CancelAsync();
    }

    [Fact]
    public async Task An_endpoint_that_does_not_answer_in_time_has_failed()
    {
        using var end = new CancellationTokenSource();
        _receiver.Answer = (_, _) => Task.Delay(Timeout.Infinite, end.Token).ContinueWith(_ => { }, TaskScheduler.Default);
        await using var app = await StartAsync(("Webhooks:TimeoutSeconds", "1"));
        using var http = await app.ClientAsync();
        var id = (await http.SubscribeAsync(_receiver.Url())).Subscription.Id!.Value;
        await _database.PublishAsync("acme", [Ann]);

        var pending = (await http.UntilDeliveriesAsync(id, DeliveryStatus.Pending, 1))[0];

        pending.Error.ShouldBe("No answer within 1 s.");
        pending.LatencyMs.ShouldNotBeNull().ShouldBeGreaterThanOrEqualTo(990);
        await end.CancelAsync();
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_redirect_is_a_failure_and_is_not_followed(int status)
    {
        _receiver.Answer = (request, http) =>
        {
            http.Response.Headers.Location = _receiver.Url("/elsewhere");
            return AnswerAsync(http, status);
        };
        await using var app = await StartAsync();
        using var http = await app.ClientAsync();
        var id = (await http.SubscribeAsync(_receiver.Url())).Subscription.Id!.Value;
        await _database.PublishAsync("acme", [Ann]);

        var pending = (await http.UntilDeliveriesAsync(id, DeliveryStatus.Pending, 1))[0];

        pending.StatusCode.ShouldBe(status);
        pending.Error.ShouldBe($"The endpoint redirects ({status}), which is not followed.");
        _receiver.Received("/elsewhere").ShouldBeEmpty();
    }

    [Fact]
    public async Task The_answer_is_kept_up_to_a_kilobyte()
    {
        _receiver.Answer = (_, http) => AnswerAsync(http, 200, new string('x', 100_000));
        await using var app = await StartAsync();
        using var http = await app.ClientAsync();
        var id = (await http.SubscribeAsync(_receiver.Url())).Subscription.Id!.Value;
        await _database.PublishAsync("acme", [Ann]);

        (await http.UntilDeliveriesAsync(id, DeliveryStatus.Delivered, 1))[0].Answer.ShouldBe(new string('x', 1_024));
    }

    [Fact]
    public async Task Only_the_types_asked_for_arrive()
    {
        await using var app = await StartAsync();
        using var http = await app.ClientAsync();
        var id = (await http.SubscribeAsync(_receiver.Url(), types: [IntegrationEventTypes.LeadRecycled])).Subscription.Id!.Value;
        await _database.PublishAsync("acme", 3);
        await _database.PublishAsync("acme", [Ann], IntegrationEventTypes.LeadRecycled);
        await _database.PublishAsync("acme", 2);

        await http.UntilAsync(id, s => s.Position == 6, "position 6");

        _receiver.Received().Select(r => r.Position).ShouldBe([4]);
        await http.ChangeAsync(id, new(EventTypes: ["*"]));
        await http.UntilAsync(id, s => s.EventTypes is null, "all types");
    }

    [Theory]
    [InlineData("beginning", 1)]
    [InlineData("280", 281)]
    [InlineData("300", 301)]
    [InlineData("now", 301)]
    public async Task A_subscription_starts_where_it_is_told_and_misses_nothing_from_there(string startAt, int first)
    {
        await _database.PublishAsync("acme", 300);
        await using var app = await StartAsync();
        using var http = await app.ClientAsync();

        var id = (await http.SubscribeAsync(_receiver.Url(), startAt)).Subscription.Id!.Value;
        await _database.PublishAsync("acme", 5);

        await http.UntilAsync(id, s => s is { Position: 305, Behind: 0 }, "the end");
        _receiver.Received().Select(r => (int)r.Position).Order().ShouldBe(Enumerable.Range(first, 305 - first + 1));
    }

    [Fact]
    public async Task A_tenant_gets_only_its_own_events()
    {
        await using var app = await StartAsync();
        using var acme = await app.ClientAsync("acme");
        using var other = await app.ClientAsync("other");
        await acme.SubscribeAsync(_receiver.Url("/acme"));
        await other.SubscribeAsync(_receiver.Url("/other"));
        await _database.PublishAsync("other", [Ann]);
        await _database.PublishAsync("acme", [Bob]);

        (await _receiver.UntilAsync(1, "/acme")).ShouldHaveSingleItem().Subject.ShouldBe(Bob);
        (await _receiver.UntilAsync(1, "/other")).ShouldHaveSingleItem().Subject.ShouldBe(Ann);
    }

    private static Task AnswerAsync(Microsoft.AspNetCore.Http.HttpContext http, int status, string body = "")
    {
        http.Response.StatusCode = status;
        return status == 204 || body.Length == 0 ? Task.CompletedTask : Microsoft.AspNetCore.Http.HttpResponseWritingExtensions.WriteAsync(http.Response, body);
    }

    private Task<RunningApp> StartAsync(params (string, string)[] settings) =>
        RunningApp.StartAsync(_database.ConnectionString, [.. WebhookApi.Local, .. settings]);
}
