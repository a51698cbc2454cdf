using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Numerics;
using System.Security.Authentication;
using System.Text;
using LeadScoring.Contracts;
using StandardWebhooks;

namespace LeadScoring.Host.Webhooks;

/// <summary>Where and how one subscription's events are posted.</summary>
/// <param name="FormerKey">Signs too until <paramref name="FormerKeyUntil"/>.</param>
/// <param name="ContentType">What its receiver wants the body to be called.</param>
public sealed record WebhookTarget(Uri Url, string ContentType, byte[] Key, byte[]? FormerKey, DateTimeOffset FormerKeyUntil);

public enum AttemptResult
{
    /// <summary>2xx.</summary>
    Delivered,

    Failed,

    /// <summary>410: the endpoint wants nothing more.</summary>
    Gone,
}

/// <summary>How one request ended.</summary>
/// <param name="At">When it was sent.</param>
/// <param name="LatencyMs">To the answer's head, or to the failure.</param>
/// <param name="StatusCode">Null: there was no answer.</param>
/// <param name="Answer">The beginning of the answer's body; null: none.</param>
/// <param name="Error">Why it failed; holds no part of the URL.</param>
/// <param name="RetryAfterSeconds">For how long the endpoint wants to be left alone.</param>
public sealed record AttemptOutcome(
    AttemptResult Result, DateTimeOffset At, int LatencyMs, int? StatusCode, string? Answer, string? Error, int? RetryAfterSeconds);

/// <summary>Posts one event once, as Standard Webhooks 1.0 says, and tells how it went. It never throws but when cancelled.</summary>
public sealed class WebhookSender : IDisposable
{
    /// <summary>What is kept of an answer's body.</summary>
    public const int AnswerBytesMax = 1_024;

    private const int RetryAfterSecondsMin = 1;
    private const int RetryAfterSecondsMax = 86_400;
    private const string UserAgent = "LeadScoring-Webhooks/1.0";

    /// <summary>For the beginning of a body, once the status is known.</summary>
    private static readonly TimeSpan AnswerReadMax = TimeSpan.FromSeconds(2);

    private readonly WebhookOptions _options;
    private readonly TimeProvider _clock;
    private readonly HttpMessageInvoker _http;

    public WebhookSender(WebhookOptions options, ResolveAddresses resolve, TimeProvider clock)
    {
        (_options, _clock) = (options, clock);
        _http = new(new WebhookConnections(options, resolve).MakeHandler());
    }

    public void Dispose() => _http.Dispose();

    /// <param name="body">The CloudEvent; sent as it is.</param>
    /// <exception cref="OperationCanceledException"><paramref name="ct"/> was cancelled; whether the event arrived is not known.</exception>
    public async Task<AttemptOutcome> SendAsync(WebhookTarget target, Guid eventId, ReadOnlyMemory<byte> body, CancellationToken ct)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(_options.AttemptTimeout);
        var at = _clock.GetUtcNow();
        var started = Stopwatch.GetTimestamp();
        try
        {
            using var request = Compose(target, eventId, body, at);
            using var response = await _http.SendAsync(request, patience.Token);
            var latencyMs = MsSince(started);
            var answer = await ReadAnswerAsync(response, patience.Token);
            ct.ThrowIfCancellationRequested();
            return Judge(response, at, latencyMs, answer);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception e)
        {
            return new(AttemptResult.Failed, at, MsSince(started), null, null, Describe(e), null);
        }
    }

    private static HttpRequestMessage Compose(WebhookTarget target, Guid eventId, ReadOnlyMemory<byte> body, DateTimeOffset at)
    {
        var (id, text) = (eventId.ToString(), Encoding.UTF8.GetString(body.Span));
        var content = new ReadOnlyMemoryContent(body);
        content.Headers.ContentType = new(target.ContentType) { CharSet = "utf-8" };
        var request = new HttpRequestMessage(HttpMethod.Post, target.Url)
        {
            Content = content, Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.UserAgent.ParseAdd(UserAgent);
        request.Headers.Add(WebhookSignature.IdHeader, id);
        request.Headers.Add(WebhookSignature.TimestampHeader, at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        var signature = new StandardWebhook(target.Key).Sign(id, at, text);
        if (target.FormerKey is { } former && at < target.FormerKeyUntil) signature += ' ' + new StandardWebhook(former).Sign(id, at, text);
        request.Headers.TryAddWithoutValidation(WebhookSignature.SignatureHeader, signature);
        return request;
    }

    private AttemptOutcome Judge(HttpResponseMessage response, DateTimeOffset at, int latencyMs, string? answer)
    {
        var status = (int)response.StatusCode;
        var (result, error) = status switch
        {
            >= 200 and <= 299 => (AttemptResult.Delivered, null),
            410 => (AttemptResult.Gone, "The endpoint is gone (410)."),
            >= 300 and <= 399 => (AttemptResult.Failed, $"The endpoint redirects ({status}), which is not followed."),
            _ => (AttemptResult.Failed, $"The endpoint answered {status}."),
        };
        return new(result, at, latencyMs, status, answer, error, result == AttemptResult.Failed ? RetryAfterSeconds(response.Headers) : null);
    }

    /// <summary>Of several the longest. What is over, or negative, is a second: never at once.</summary>
    private int? RetryAfterSeconds(HttpResponseHeaders headers)
    {
        if (!headers.NonValidated.TryGetValues("Retry-After", out var values)) return null;
        var now = _clock.GetUtcNow();
        return values.Max(v => Asked(v, now)) is { } asked ? (int)BigInteger.Clamp(asked, RetryAfterSecondsMin, RetryAfterSecondsMax) : null;
    }

    /// <returns>Seconds, of any size: more than .NET's own reading takes are a day too. Null: neither a number nor a date.</returns>
    private static BigInteger? Asked(string retryAfter, DateTimeOffset now)
    {
        if (BigInteger.TryParse(retryAfter.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds)) return seconds;
        return RetryConditionHeaderValue.TryParse(retryAfter, out var header) && header.Date is { } date
            ? new BigInteger(Math.Ceiling((date - now).TotalSeconds))
            : null;
    }

    /// <summary>The status decides already: a body that does not come changes nothing.</summary>
    private static async Task<string?> ReadAnswerAsync(HttpResponseMessage response, CancellationToken ct)
    {
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(ct);
        reading.CancelAfter(AnswerReadMax);
        var bytes = new byte[AnswerBytesMax];
        var length = 0;
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(reading.Token);
            while (length < AnswerBytesMax && await body.ReadAsync(bytes.AsMemory(length), reading.Token) is > 0 and var read) length += read;
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or HttpRequestException)
        {
            // What came until then is kept.
        }

        // PostgreSQL takes no NUL in a text.
        return length == 0 ? null : Encoding.UTF8.GetString(bytes, 0, length).Replace('\0', '\uFFFD');
    }

    private string Describe(Exception exception) => exception.GetBaseException() switch
    {
        _ when exception is OperationCanceledException or TimeoutException => $"No answer within {_options.AttemptTimeout.TotalSeconds:0.###} s.",
        _ when exception.InnerException is AuthenticationException => "No secure connection: the certificate or the protocol does not fit.",
        AddressRefusedException refused => refused.Message,
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } => "The host's name cannot be resolved.",
        SocketException { SocketErrorCode: SocketError.ConnectionRefused } => "The connection was refused.",
        SocketException socket => $"The connection failed ({socket.SocketErrorCode}).",
        _ when exception is HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } => "The answer's head is too large.",
        _ when exception is HttpRequestException http => $"No proper answer ({http.HttpRequestError}).",
        _ => $"No proper answer ({exception.GetType().Name}).",
    };

    private static int MsSince(long started) => (int)Stopwatch.GetElapsedTime(started).TotalMilliseconds;
}
