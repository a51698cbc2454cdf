using System.Collections.Concurrent;
using System.Text.Json;
using LeadScoring.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LeadScoring.IntegrationTests.Webhooks;

/// <summary>A request as it came.</summary>
internal sealed record ReceivedWebhook(
    string Path, string Method, string Id, string Timestamp, string Signatures, string? ContentType, string? UserAgent, byte[] Body, string Headers)
{
    /// <summary>Position of the event in the feed; 0 for a test event.</summary>
    public long Position
    {
        get
        {
            using var json = JsonDocument.Parse(Body);
            return json.RootElement.TryGetProperty("sequence", out var sequence) ? long.Parse(sequence.GetString()!) : 0;
        }
    }

    public Guid Subject
    {
        get
        {
            using var json = JsonDocument.Parse(Body);
            return json.RootElement.GetProperty("subject").GetGuid();
        }
    }

    public bool IsSignedWith(string secret, DateTimeOffset now) =>
        WebhookSignature.IsValid(secret, Id, Timestamp, Signatures, Body, now);
}

/// <summary>An HTTP server on loopback that keeps what is posted to it and answers as it is told.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<ReceivedWebhook> _received = new();

    private WebhookReceiver()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(TakeAsync);
    }

    /// <summary>Answers a request after it was kept; 200 with nothing unless set.</summary>
    public Func<ReceivedWebhook, HttpContext, Task> Answer { get; set; } = (_, _) => Task.CompletedTask;

    public int Port => new Uri(_app.Urls.First()).Port;

    public static async Task<WebhookReceiver> StartAsync()
    {
        var receiver = new WebhookReceiver();
        await receiver._app.StartAsync();
        return receiver;
    }

    public string Url(string path = "/hook") => $"http://127.0.0.1:{Port}{path}";

    public IReadOnlyList<ReceivedWebhook> Received(string path = "/hook") => [.. _received.Where(r => r.Path == path)];

    /// <summary>Returns when so many requests have come.</summary>
    public async Task<IReadOnlyList<ReceivedWebhook>> UntilAsync(int count, string path = "/hook")
    {
        await Eventually.TrueAsync(() => Task.FromResult(Received(path).Count >= count), $"{count} requests to {path}");
        return Received(path);
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task TakeAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        var headers = http.Request.Headers;
        var received = new ReceivedWebhook(
            http.Request.Path,
            http.Request.Method,
            headers[WebhookSignature.IdHeader].ToString(),
            headers[WebhookSignature.TimestampHeader].ToString(),
            headers[WebhookSignature.SignatureHeader].ToString(),
            http.Request.ContentType,
            headers.UserAgent,
            body.ToArray(),
            string.Join('\n', headers.Select(h => $"{h.Key}: {h.Value}")));
        _received.Enqueue(received);
        await Answer(received, http);
    }
}
