using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.IntegrationTests.Setup;
using SampleCrm.Api;
using SampleCrm.Handoffs;
using SampleCrm.Sales;

namespace LeadScoring.IntegrationTests.Demo;

/// <summary>The sample's endpoint, over a real socket.</summary>
public sealed class WebhookEndpointTests : IAsyncLifetime, IDisposable
{
    // The example the specification's own libraries are tested with.
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private const string Id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    private const long Timestamp = 1_614_265_330;
    private const string Body = """{"test": 2432232314}""";
    private const string Signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    private static readonly string Former = WebhookSignature.SecretOf(new byte[32]);

    private readonly HandoffInbox _inbox = new(onDeskMax: 1);
    private readonly ManualClock _clock = new(DateTimeOffset.FromUnixTimeSeconds(Timestamp));
    private readonly DeskNews _jane = new();
    private readonly HttpClient _http = new();
    private readonly LeadScoringApi _api = new(new("http://127.0.0.1:1"), "ls_key");
    private HandoffReception _reception = null!;
    private WebhookReceiver _receiver = null!;
    private DeskWeb _web = null!;

    public async Task InitializeAsync()
    {
        _reception = new(_inbox);
        _receiver = new(_reception, _clock);
        _receiver.Expect(Former);
        _receiver.Expect(Secret);
        var desk = new SalesDesk(_inbox, _api, new SalesPersonality(42), pace: 1, _clock);
        _web = await DeskWeb.StartAsync(desk, _reception, _receiver, port: 0, _clock, CancellationToken.None);
    }

    public async Task DisposeAsync() => await _web.DisposeAsync();

    public void Dispose()
    {
        _http.Dispose();
        _api.Dispose();
    }

    [Fact]
    public async Task The_published_example_is_recognised_and_found_to_be_no_event() =>
        (await PostAsync(Body, Id, Timestamp, Signature)).ShouldBe((HttpStatusCode.BadRequest, "not_a_cloudevent"));

    [Theory]
    [InlineData("""{"test": 2432232315}""", Id, Timestamp, Signature)]
    [InlineData(Body, "msg_p5jXN8AQM9LWM0D4loKWxJel", Timestamp, Signature)]
    [InlineData(Body, Id, Timestamp + 1, Signature)]
    [InlineData(Body, Id, Timestamp, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OA=")]
    [InlineData(Body, Id, Timestamp, "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")]
    public async Task One_byte_the_id_or_the_time_changed_and_it_is_refused(string body, string id, long timestamp, string signature)
    {
        (await PostAsync(body, id, timestamp, signature)).ShouldBe((HttpStatusCode.Unauthorized, "signature_invalid"));
        _reception.View().Refused.ShouldBe(1);
    }

    [Theory]
    [InlineData(300, HttpStatusCode.BadRequest)]
    [InlineData(301, HttpStatusCode.Unauthorized)]
    public async Task An_old_request_is_worth_nothing(int secondsLater, HttpStatusCode answer)
    {
        _clock.Advance(TimeSpan.FromSeconds(secondsLater));

        (await PostAsync(Body, Id, Timestamp, Signature)).Status.ShouldBe(answer);
    }

    [Fact]
    public async Task An_event_is_in_the_inbox_when_it_is_confirmed_and_a_repeat_is_confirmed_too()
    {
        var handoff = _jane.HandedOff(1);

        (await PostAsync(handoff)).ShouldBe((HttpStatusCode.NoContent, null));
        _inbox.OnDesk().ShouldHaveSingleItem().LeadId.ShouldBe(_jane.LeadId);

        (await PostAsync(handoff)).ShouldBe((HttpStatusCode.NoContent, null));
        var view = _reception.View();
        (view.Live, view.Twice, view.Refused).ShouldBe((1, 1, 0));
    }

    [Fact]
    public async Task Both_secrets_are_taken_during_a_rotation_and_a_third_ends_the_first()
    {
        (await PostAsync(_jane.HandedOff(1), Former)).Status.ShouldBe(HttpStatusCode.NoContent);
        (await PostAsync(_jane.Overdue(2), Secret)).Status.ShouldBe(HttpStatusCode.NoContent);

        _receiver.Expect(WebhookSignature.SecretOf("a key of 24 bytes at least"u8));

        (await PostAsync(_jane.Accepted(3), Secret)).Status.ShouldBe(HttpStatusCode.NoContent);
        (await PostAsync(_jane.Opened(4), Former)).Status.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Types_the_desk_does_not_know_are_confirmed() =>
        (await PostAsync(_jane.Event(1, "leadscoring.lead.invented.v1", new { }))).Status.ShouldBe(HttpStatusCode.NoContent);

    [Fact]
    public async Task A_full_desk_asks_for_the_event_again()
    {
        await PostAsync(_jane.HandedOff(1));
        var bob = new DeskNews("Bob").HandedOff(2);

        (await PostAsync(bob)).ShouldBe((HttpStatusCode.ServiceUnavailable, "desk_full"));
        await PostAsync(_jane.Recycled(3));

        (await PostAsync(bob)).Status.ShouldBe(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task Without_the_headers_or_with_too_much_of_a_body_nothing_is_read()
    {
        (await PostAsync(Body, Id, Timestamp, signature: null)).ShouldBe((HttpStatusCode.BadRequest, "headers_missing"));
        (await PostAsync(new string('x', WebhookReceiver.BodyBytesMax + 1), Id, Timestamp, Signature))
            .ShouldBe((HttpStatusCode.RequestEntityTooLarge, "body_too_large"));
    }

    private Task<(HttpStatusCode Status, string? Code)> PostAsync(CloudEvent published, string secret = Secret)
    {
        var (body, id) = (JsonSerializer.Serialize(published, JsonSerializerOptions.Web), published.Id.ToString());
        return PostAsync(body, id, Timestamp, WebhookSignature.Sign(WebhookSignature.KeyOf(secret), id, Timestamp, Encoding.UTF8.GetBytes(body)));
    }

    private async Task<(HttpStatusCode Status, string? Code)> PostAsync(string body, string id, long timestamp, string? signature)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_web.Url, WebhookReceiver.Path));
        request.Content = new StringContent(body, new MediaTypeHeaderValue("application/cloudevents+json", "utf-8"));
        request.Headers.Add(WebhookSignature.IdHeader, id);
        request.Headers.Add(WebhookSignature.TimestampHeader, timestamp.ToString(CultureInfo.InvariantCulture));
        if (signature is not null) request.Headers.TryAddWithoutValidation(WebhookSignature.SignatureHeader, signature);
        using var answer = await _http.SendAsync(request);
        var problem = answer.StatusCode == HttpStatusCode.NoContent ? null : await answer.Content.ReadFromJsonAsync<Problem>();
        return (answer.StatusCode, problem?.Code);
    }
}
