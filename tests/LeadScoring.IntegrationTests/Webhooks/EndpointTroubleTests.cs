using System.Net;
using LeadScoring.Contracts;
using LeadScoring.Host.Feed;
using LeadScoring.Host.Subscriptions;
using LeadScoring.Host.Webhooks;
using LeadScoring.IntegrationTests.Setup;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace LeadScoring.IntegrationTests.Webhooks;

/// <summary>Endpoints that are away, gone, or not what they seem; the clock stands still unless a test moves it.</summary>
public sealed class EndpointTroubleTests : IAsyncLifetime
{
    private static readonly Guid Ann = Guid.NewGuid();
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    private readonly MigratedDatabase _database = new();
    private readonly ManualClock _clock = new(Start);
    private WebhookReceiver _receiver = null!;
    private int _status = 200;

    public async Task InitializeAsync()
    {
        await _database.InitializeAsync();
        _receiver = await WebhookReceiver.StartAsync();
        _receiver.Answer = (_, http) =>
        {
            http.Response.StatusCode = Volatile.Read(ref _status);
            return Task.CompletedTask;
        };
    }

    public async Task DisposeAsync()
    {
        await _receiver.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Retries_come_when_the_schedule_says_never_early_and_with_little_jitter()
    {
        TimeSpan[] delays =
        [
            TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2), TimeSpan.FromHours(5),
            TimeSpan.FromHours(10), TimeSpan.FromHours(14), TimeSpan.FromHours(20), TimeSpan.FromHours(24),
        ];
        _status = 500;
        await using var app = await StartAsync();
        using var http = await app.ClientAsync();
        var id = (await http.SubscribeAsync(_receiver.Url())).Subscription.Id!.Value;
        await _database.PublishAsync("acme", [Ann]);

        for (var attempt = 1; attempt <= delays.Length; attempt++)
        {
            await _receiver.UntilAsync(attempt);
            DeliveryView? pending = null;
            await Eventually.TrueAsync(
                async () => (pending = (await http.DeliveriesAsync(id)).Deliveries.SingleOrDefault())?.Attempts == attempt, $"attempt {attempt}");
            pending!.Status.ShouldBe(DeliveryStatus.Pending);
            var wait = pending.NextAttemptAt!.Value - _clock.GetUtcNow();
            wait.ShouldBeInRange(delays[attempt - 1], delays[attempt - 1] * 1.11);
            _clock.Advance(wait + TimeSpan.FromMicroseconds(1)); // Stored times have no fractions of it.
        }

        (await http.UntilDeliveriesAsync(id, DeliveryStatus.Failed, 1))[0].Attempts.ShouldBe(10);
        _receiver.Received().Count.ShouldBe(10);
    }

    [Theory]
    [InlineData("600", 600)]
    [InlineData("1000000", 86_400)]
    [InlineData("99999999999999999999999999", 86_400)]
    [InlineData("Mon, 02 Mar 2026 09:10:00 GMT", 600)]
    [InlineData("Monday, 02-Mar-26 09:10:00 GMT", 600)]
    [InlineData("Mon Mar  2 09:10:00 2026", 600)]
    [InlineData("Tue, 02 Mar 2027 09:10:00 GMT", 86_400)]
    public async Task An_endpoint_that_wants_to_be_left_alone_is(string retryAfter, int seconds)
    {
        _receiver.Answer = (_, http) =>
        {
            http.Response.StatusCode = _receiver.Received().Count == 1 ? 429 : 200;
            http.Response.Headers.RetryAfter = retryAfter;
            return Task.CompletedTask;
        };
        await using var app = await StartAsync();
        using var http = await app.ClientAsync();
        var id = (await http.SubscribeAsync(_receiver.Url())).Subscription.Id!.Value;
        await _database.PublishAsync("acme", [Ann]);

        var pending = (await http.UntilDeliveriesAsync(id, DeliveryStatus.Pending, 1))[0];
        await _database.PublishAsync("acme", 1);

        (pending.NextAttemptAt, pending.RetryAfterSeconds).ShouldBe((Start.AddSeconds(seconds), seconds));
        _clock.Advance(TimeSpan.FromSeconds(seconds - 1));
        using (var test = await http.PostAsync(new Uri($"/v1/subscriptions/{id}/test", UriKind.Relative), null)) test.EnsureSuccessStatusCode();
        _receiver.Received().Count(r => r.Position > 0).ShouldBe(1, "it rests");
        _clock.Advance(TimeSpan.FromSeconds(1));
        await http.UntilDeliveriesAsync(id, DeliveryStatus.Delivered, 2);
    }

    [Theory]
    [InlineData("0", 1)]
    [InlineData("-600", 1)]
    [InlineData("-99999999999999999999999999", 1)]
    [InlineData("Mon, 02 Mar 2026 08:00:00 GMT", 1)]
    [InlineData("Sunday, 06-Nov-94 08:49:37 GMT", 1)]
    [InlineData("soon", null)]
    [InlineData("", null)]
    public async Task A_time_that_is_over_or_none_never_means_at_once(string retryAfter, int? seconds)
    {
        _receiver.Answer = (_, http) =>
        {
            http.Response.StatusCode = 503;
            http.Response.Headers.RetryAfter = retryAfter;
            return Task.CompletedTask;
        };
        await using var app = await StartAsync(("Webhooks:RetryDelaysSeconds", seconds is null ? "60,60" : "0,0"));
        using var http = await app.ClientAsync();
        var id = (await http.SubscribeAsync(_receiver.Url())).Subscription.Id!.Value;
        await _database.PublishAsync("acme", [Ann]);

        var pending = (await http.UntilDeliveriesAsync(id, DeliveryStatus.Pending, 1))[0];

        pending.RetryAfterSeconds.ShouldBe(seconds);
        pending.NextAttemptAt!.Value.ShouldBeGreaterThanOrEqualTo(Start.AddSeconds(seconds ?? 60));
        _receiver.Received().Count.ShouldBe(1);
    }

    [Fact]
    public async Task Whoever_asked_for_a_later_time_gets_it_although_others_arrive_and_another_instance_goes_on()
    {
        _receiver.Answer = (request, http) =>
        {
            http.Response.StatusCode = request.Position == 1 && _receiver.Received().Count(r => r.Position == 1) == 1 ? 500 : Volatile.Read(ref _status);
            http.Response.Headers.RetryAfter = request.Position == 1 ? "3600" : default;
            return Task.CompletedTask;
        };
        _status = 500;
        Guid id;
        await using (var app = await StartAsync())
        {
            using var http = await app.ClientAsync();
            id = (await http.SubscribeAsync(_receiver.Url())).Subscription.Id!.Value;
            await _database.PublishAsync("acme", 12);
            await Eventually.TrueAsync(
                async () => await _database.CountAsync<SubscriptionProgress>("acme", p => p.Id == id && p.FailuresInARow >= 10) == 1, "ten failures");
        }

        _status = 200;
        await using var next = await StartAsync();
        using var again = await next.ClientAsync();
        await Eventually.TrueAsync(
            async () =>
            {
                _clock.Advance(TimeSpan.FromSeconds(1));
                return await again.SubscriptionAsync(id) is { Position: 12, Pending: 1 };
            },
            "all but the first delivered");
        _receiver.Received().Count(r => r.Position == 1).ShouldBe(1);
        _clock.Advance(TimeSpan.FromHours(1));
        (await again.UntilDeliveriesAsync(id, DeliveryStatus.Delivered, 12)).Count.ShouldBe(12);
    }

    [Fact]
    public async Task An_endpoint_that_rests_is_left_alone_by_whoever_delivers_next_too()
    {
        _receiver.Answer = (request, http) =>
        {
            http.Response.StatusCode = request.Path == "/hook" && _receiver.Received().Count == 1 ? 429 : 200;
            http.Response.Headers.RetryAfter = "600";
            return Task.CompletedTask;
        };
        Guid id;
        await using (var app = await StartAsync())
        {
            using var http = await app.ClientAsync();
            id = (await http.SubscribeAsync(_receiver.Url())).Subscription.Id!.Value;
            await _database.PublishAsync("acme", [Ann]);
            await http.UntilDeliveriesAsync(id, DeliveryStatus.Pending, 1);
        }

        await using var next = await StartAsync();
        using var again = await next.ClientAsync();
        var other = (await again.SubscribeAsync(_receiver.Url("/other"), "beginning")).Subscription.Id!.Value;
        await _database.PublishAsync("acme", 5);
        await again.UntilDeliveriesAsync(other, DeliveryStatus.Delivered, 6);
        _receiver.Received().Count.ShouldBe(1);

        _clock.Advance(TimeSpan.FromSeconds(600));
        await again.UntilDeliveriesAsync(id, DeliveryStatus.Delivered, 6);
    }

    [Fact]
    public async Task An_endpoint_that_is_gone_is_asked_no_more_and_the_log_says_so_once()
    {
        _status = 410;
        await using var app = await StartAsync();
        using var http = await app.ClientAsync();
        var id = (await http.SubscribeAsync(_receiver.Url())).Subscription.Id!.Value;
        await _database.PublishAsync("acme", [Ann]);

        var view = await http.UntilAsync(id, s => s.State == SubscriptionState.Disabled, "disabled");

        (view.Enabled, view.DisabledReason, view.DisabledAt).ShouldBe((false, SubscriptionDisabledReason.Gone, Start));
        (await DisabledEventsAsync(id)).ShouldBe(["gone"]);
        (await _database.ScalarAsync<long>("select version from mt_streams where id = $1", id)).ShouldBe(1);
        await Eventually.TrueAsync(
            async () => await _database.CountAsync<FeedEntry>("acme", e => e.Type == IntegrationEventTypes.SubscriptionDisabled && e.Subject == id) > 0,
            "the feed tells of it");
        _receiver.Received().Count.ShouldBe(1);

        _status = 200;
        _clock.Advance(TimeSpan.FromSeconds(1));
        await http.ChangeAsync(id, new(Enabled: true));
        (await _receiver.UntilAsync(3)).Select(r => r.Position).Order().ShouldBe([1, 1, 2]);
        (await http.SubscriptionAsync(id)).DisabledReason.ShouldBeNull();
        _status = 410;
        await _database.PublishAsync("acme", 1);
        await http.UntilAsync(id, s => s.State == SubscriptionState.Disabled, "disabled again");
        (await DisabledEventsAsync(id)).ShouldBe(["gone", "gone"]);
    }

    [Fact]
    public async Task Five_days_of_nothing_but_failure_disable_and_a_success_in_between_does_not()
    {
        _status = 500;
        await using var app = await StartAsync(("Webhooks:RetryDelaysSeconds", "172000,172000,172000,172000"));
        using var http = await app.ClientAsync();
        var id = (await http.SubscribeAsync(_receiver.Url())).Subscription.Id!.Value;
        await _database.PublishAsync("acme", [Ann]);
        await http.UntilDeliveriesAsync(id, DeliveryStatus.Pending, 1);
        (await http.UntilAsync(id, s => s.State == SubscriptionState.Failing, "failing")).FailingSince.ShouldBe(Start);

        _clock.Advance(TimeSpan.FromDays(4));
        await _receiver.UntilAsync(2);
        _status = 200;
        await _database.PublishAsync("acme", 1);
        await http.UntilAsync(id, s => s.State == SubscriptionState.Active, "active");
        _status = 500;
        _clock.Advance(TimeSpan.FromDays(2.2));
        await _receiver.UntilAsync(4);
        var since = (await http.UntilAsync(id, s => s.State == SubscriptionState.Failing, "failing again")).FailingSince;
        since.ShouldBe(_clock.GetUtcNow());

        _clock.Advance(TimeSpan.FromDays(5));
        var view = await http.UntilAsync(id, s => s.State == SubscriptionState.Disabled, "disabled");
        (view.DisabledReason, view.FailingSince, view.LastError).ShouldBe((SubscriptionDisabledReason.Failing, since, "The endpoint answered 500."));
        (await DisabledEventsAsync(id)).ShouldBe(["failing"]);
    }

    [Fact]
    public async Task An_endpoint_that_keeps_failing_is_spared_and_gets_everything_when_it_is_back()
    {
        _status = 500;
        await using var app = await StartAsync();
        using var http = await app.ClientAsync();
        var id = (await http.SubscribeAsync(_receiver.Url())).Subscription.Id!.Value;
        await _database.PublishAsync("acme", 100);

        await Eventually.TrueAsync(
            async () => await _database.CountAsync<SubscriptionProgress>("acme", p => p.Id == id && p.FailuresInARow >= 10) == 1, "ten failures");
        var tried = _receiver.Received().Count;
        tried.ShouldBeInRange(10, 17);
        (await http.SubscriptionAsync(id)).Position.ShouldBeLessThanOrEqualTo(tried);

        _status = 200;
        _clock.Advance(TimeSpan.FromSeconds(6));
        await Eventually.TrueAsync(
            async () =>
            {
                _clock.Advance(TimeSpan.FromSeconds(1));
                return await http.SubscriptionAsync(id) is { Position: 100, Pending: 0 };
            },
            "everything delivered");
        _receiver.Received().Select(r => r.Position).Distinct().Count().ShouldBe(100);
    }

    [Fact]
    public async Task A_name_that_leads_to_this_machine_is_not_connected_to()
    {
        await using var app = await StartAsync(
            (host, _) => Task.FromResult<IPAddress[]>(host == "mixed.example.com" ? [IPAddress.Parse("8.8.8.8"), IPAddress.Loopback] : [IPAddress.Loopback]),
            ("Webhooks:AllowPrivateNetworks", "false"));
        using var http = await app.ClientAsync();
        foreach (var host in new[] { "rebind.example.com", "mixed.example.com" })
        {
            var id = (await http.SubscribeAsync($"http://{host}:{_receiver.Port}/hook")).Subscription.Id!.Value;

            using var answer = await http.PostAsync(new Uri($"/v1/subscriptions/{id}/test", UriKind.Relative), null);

            var result = await answer.ReadAsync<TestResult>();
            (result.Delivered, result.StatusCode, result.Error).ShouldBe((false, null, "The host has an address that is not a public one."));
        }

        _receiver.Received().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_name_that_changes_its_answer_gains_nothing_because_it_is_asked_once_a_connection()
    {
        var asked = 0;
        await using var app = await StartAsync(
            (_, _) => Task.FromResult<IPAddress[]>([Interlocked.Increment(ref asked) == 1 ? IPAddress.Loopback : IPAddress.Parse("169.254.169.254")]));
        using var http = await app.ClientAsync();
        var id = (await http.SubscribeAsync($"http://turncoat.example.com:{_receiver.Port}/hook")).Subscription.Id!.Value;
        _receiver.Answer = (_, context) =>
        {
            context.Response.Headers.Connection = "close";
            return Task.CompletedTask;
        };

        using var first = await http.PostAsync(new Uri($"/v1/subscriptions/{id}/test", UriKind.Relative), null);
        using var second = await http.PostAsync(new Uri($"/v1/subscriptions/{id}/test", UriKind.Relative), null);

        // The first went where its one look-up said, the second is refused for what its own says.
        (await first.ReadAsync<TestResult>()).Delivered.ShouldBeTrue();
        (await second.ReadAsync<TestResult>()).Error.ShouldBe("The host has an address that is not a public one.");
        asked.ShouldBe(2);
        _receiver.Received().Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_redirect_to_this_machine_leads_nowhere()
    {
        _receiver.Answer = (_, http) =>
        {
            http.Response.StatusCode = StatusCodes.Status302Found;
            http.Response.Headers.Location = "http://169.254.169.254/latest/meta-data/";
            return Task.CompletedTask;
        };
        await using var app = await StartAsync();
        using var http = await app.ClientAsync();
        var id = (await http.SubscribeAsync(_receiver.Url())).Subscription.Id!.Value;

        using var answer = await http.PostAsync(new Uri($"/v1/subscriptions/{id}/test", UriKind.Relative), null);

        var result = await answer.ReadAsync<TestResult>();
        (result.Delivered, result.StatusCode).ShouldBe((false, 302));
        _receiver.Received().Count.ShouldBe(1);
    }

    [Fact]
    public async Task Nobody_at_the_address_and_no_such_name_are_told_apart()
    {
        await using var app = await StartAsync((_, _) => throw new System.Net.Sockets.SocketException((int)System.Net.Sockets.SocketError.HostNotFound));
        using var http = await app.ClientAsync();

        (await ErrorOfAsync($"http://127.0.0.1:{Ports.Free()}/")).ShouldBe("The connection was refused.");
        (await ErrorOfAsync("http://nowhere.example.com/")).ShouldBe("The host's name cannot be resolved.");

        async Task<string?> ErrorOfAsync(string url)
        {
            var id = (await http.SubscribeAsync(url)).Subscription.Id!.Value;
            using var answer = await http.PostAsync(new Uri($"/v1/subscriptions/{id}/test", UriKind.Relative), null);
            return (await answer.ReadAsync<TestResult>()).Error;
        }
    }

    private async Task<IReadOnlyList<string>> DisabledEventsAsync(Guid id) => await _database.ScalarAsync<string[]>(
        "select coalesce(array_agg(data ->> 'Reason' order by version), '{}') from mt_events where stream_id = $1 and type = 'subscription_disabled'", id);

    private Task<RunningApp> StartAsync(params (string, string)[] settings) => StartAsync(null, settings);

    private Task<RunningApp> StartAsync(ResolveAddresses? resolve, params (string, string)[] settings) => RunningApp.StartAsync(
        _database.ConnectionString,
        services =>
        {
            services.AddSingleton<TimeProvider>(_clock);
            if (resolve is not null) services.AddSingleton(resolve);
        },
        [.. WebhookApi.Local, .. settings]);
}
