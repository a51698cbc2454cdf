using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using LeadScoring.Contracts;
using Microsoft.AspNetCore.Http;
using SampleCrm;

namespace LeadScoring.IntegrationTests.Demo;

/// <summary>The sample's endpoint over a real socket, subscribed at a service whose secret the test knows.</summary>
public sealed class WebhookEndpointTests : IAsyncLifetime, IDisposable
{
    private const string MediaType = "application/cloudevents+json";
    private static readonly string Secret = WebhookSignature.SecretOf("a key of 24 bytes at least"u8);
    private static readonly string Another = WebhookSignature.SecretOf(new byte[32]);

    private readonly DeskNews _jane = new();
    private readonly HttpClient _http = new();
    private ScriptedServer _service = null!;
    private RunningOffice _office = null!;

    public async Task InitializeAsync()
    {
        _service = await ScriptedServer.StartAsync(request => request switch
        {
            { Method: "POST" } => Results.Json(new { Secret, Subscription = new { Id = Guid.NewGuid() } }),
            { Method: "PATCH" } => Results.Json(new { }),
            _ when request.Path.StartsWith("/v1/feed", StringComparison.Ordinal) => Results.Json(new FeedPageView([], 7, 7)),
            _ => Results.Json(new SubscriptionPage([], null)),
        });
        _office = await RunningOffice.StartAsync(_service.Url, "ls_key", new(Port: 0, HandoffsFrom.Webhook));
        await _office.UntilAsync("subscribed");
    }

    public async Task DisposeAsync()
    {
        await _office.DisposeAsync();
        _service.Seen.Last().Body.ShouldBe("""{"enabled":false}""", "the subscription rests while nobody listens");
        await _service.DisposeAsync();
    }

    public void Dispose() => _http.Dispose();

    [Fact]
    public void It_subscribes_where_the_past_it_read_ends() =>
        _service.Seen.Single(request => request.Method == "POST").Body.ShouldContain("\"startAt\":\"7\"");

    [Fact]
    public async Task An_event_is_on_the_desk_when_it_is_confirmed_and_a_repeat_is_confirmed_too()
    {
        var handoff = _jane.HandedOff(8);

        (await PostAsync(handoff)).ShouldBe(HttpStatusCode.NoContent);
        (await _office.OnDeskAsync()).ShouldHaveSingleItem().Id.ShouldBe(_jane.LeadId);

        (await PostAsync(handoff)).ShouldBe(HttpStatusCode.NoContent);
        (_office.Reception.Taken, _office.Reception.Repeats, _office.Reception.Refused).ShouldBe((1, 1, 0));
    }

    [Fact]
    public async Task Types_the_desk_does_not_know_are_confirmed() =>
        (await PostAsync(_jane.Event(8, "leadscoring.lead.invented.v1", new { }))).ShouldBe(HttpStatusCode.NoContent);

    [Fact]
    public async Task What_is_not_signed_with_the_secret_is_changed_or_old_is_refused()
    {
        var (id, now, body) = (Guid.NewGuid().ToString(), DateTimeOffset.UtcNow.ToUnixTimeSeconds(), Encoding.UTF8.GetBytes(JsonSerializer.Serialize(_jane.HandedOff(8), JsonSerializerOptions.Web)));
        (string Id, long At, byte[] Body, string? Signature)[] forged =
        [
            (id, now, body, Sign(Another, id, now, body)),
            (id, now, [.. body, (byte)' '], Sign(Secret, id, now, body)),
            (Guid.NewGuid().ToString(), now, body, Sign(Secret, id, now, body)),
            (id, now + 1, body, Sign(Secret, id, now, body)),
            (id, now - 310, body, Sign(Secret, id, now - 310, body)),
            (id, now, body, "v1,AAAA"),
            (id, now, body, "nonsense"),
            (id, now, body, null),
        ];

        foreach (var (sentId, at, sent, signature) in forged) (await PostAsync(sent, sentId, at, signature)).ShouldBe(HttpStatusCode.Unauthorized);

        _office.Reception.Refused.ShouldBe(forged.Length);
        (await _office.OnDeskAsync()).ShouldBeEmpty();
        (await PostAsync(body, id, now, Sign(Secret, id, now, body))).ShouldBe(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task Signed_bytes_that_are_no_event_are_refused()
    {
        foreach (var text in (string[])["{", "null", "[]", "{}", """{"specversion":"1.0","type":"leadscoring.lead.recycled.v1","id":"12"}"""])
        {
            var (id, now, body) = (Guid.NewGuid().ToString(), DateTimeOffset.UtcNow.ToUnixTimeSeconds(), Encoding.UTF8.GetBytes(text));
            (await PostAsync(body, id, now, Sign(Secret, id, now, body))).ShouldBe(HttpStatusCode.BadRequest, text);
        }
    }

    [Fact]
    public async Task Of_too_long_a_body_nothing_is_taken() =>
        (await PostAsync(new byte[2_000_000], "an-id", 0, "v1,AAAA")).ShouldBe(HttpStatusCode.RequestEntityTooLarge);

    private static string Sign(string secret, string id, long at, byte[] body) => WebhookSignature.Sign(WebhookSignature.KeyOf(secret), id, at, body);

    private Task<HttpStatusCode> PostAsync(CloudEvent published)
    {
        var (id, now, body) = (published.Id.ToString(), DateTimeOffset.UtcNow.ToUnixTimeSeconds(), JsonSerializer.SerializeToUtf8Bytes(published, JsonSerializerOptions.Web));
        return PostAsync(body, id, now, Sign(Secret, id, now, body));
    }

    private async Task<HttpStatusCode> PostAsync(byte[] body, string id, long at, string? signature)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_office.Url, "/webhooks/leadscoring"));
        request.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue(MediaType) } };
        request.Headers.Add(WebhookSignature.IdHeader, id);
        request.Headers.Add(WebhookSignature.TimestampHeader, at.ToString(CultureInfo.InvariantCulture));
        if (signature is not null) request.Headers.TryAddWithoutValidation(WebhookSignature.SignatureHeader, signature);
        using var answer = await _http.SendAsync(request);
        return answer.StatusCode;
    }
}
