using LeadScoring.Contracts;

namespace SampleCrm.Handoffs;

/// <summary>
/// The endpoint that events are posted to. It answers 204 only once the event is in the inbox; everything else is sent again, or was
/// never ours.
/// </summary>
public sealed class WebhookReceiver(HandoffReception reception, TimeProvider clock)
{
    public const string Path = "/webhooks/leadscoring";

    /// <summary>Several times the largest story.</summary>
    public const int BodyBytesMax = 1_048_576;

    /// <summary>The secret that holds and the one before it.</summary>
    private const int SecretsMax = 2;

    private const string MediaType = "application/cloudevents+json";
    private const string RetryAfterSeconds = "1";

    private volatile IReadOnlyList<string> _secrets = [];

    /// <summary>From now on this secret signs; the one before is still taken, for requests that were on their way.</summary>
    /// <param name="secret">As the service showed it: <c>whsec_...</c>.</param>
    public void Expect(string secret) => _secrets = [secret, .. _secrets.Take(SecretsMax - 1)];

    /// <summary>Answers one request.</summary>
    public async Task<IResult> HandleAsync(HttpRequest request)
    {
        var secrets = _secrets;
        if (secrets.Count == 0) return NotYet(request, "not_ready", "The subscription is not registered yet.");
        if (await BodyAsync(request) is not { } body)
        {
            return Refuse(StatusCodes.Status413PayloadTooLarge, "body_too_large", $"A body of at most {BodyBytesMax} bytes is expected.");
        }

        if (Header(request, WebhookSignature.IdHeader) is not { } id
            || Header(request, WebhookSignature.TimestampHeader) is not { } timestamp
            || Header(request, WebhookSignature.SignatureHeader) is not { } signatures)
        {
            return Refuse(StatusCodes.Status400BadRequest, "headers_missing", "The headers of Standard Webhooks are expected, once each.");
        }

        if (!secrets.Any(secret => WebhookSignature.IsValid(secret, id, timestamp, signatures, body.Span, clock.GetUtcNow())))
        {
            return Refuse(
                StatusCodes.Status401Unauthorized, "signature_invalid", "The signature does not fit what was sent, or its time is not of the last five minutes.");
        }

        return request.GetTypedHeaders().ContentType?.MediaType.Equals(MediaType, StringComparison.OrdinalIgnoreCase) == true
            ? HandIn(request, body.Span)
            : Refuse(StatusCodes.Status400BadRequest, "not_a_cloudevent", $"{MediaType} is expected.");
    }

    private IResult HandIn(HttpRequest request, ReadOnlySpan<byte> body)
    {
        try
        {
            return reception.Take(DeskEvents.Read(body)) == InboxAnswer.Full
                ? NotYet(request, "desk_full", "The desk is full: send it again.")
                : Results.NoContent();
        }
        catch (UnreadableEvent e)
        {
            return Refuse(StatusCodes.Status400BadRequest, "not_a_cloudevent", e.Message);
        }
    }

    /// <returns>Null: it is longer than it may be.</returns>
    private static async Task<ReadOnlyMemory<byte>?> BodyAsync(HttpRequest request)
    {
        if (request.ContentLength > BodyBytesMax) return null;
        using var body = new MemoryStream();
        var piece = new byte[16 * 1_024];
        while (await request.Body.ReadAsync(piece, request.HttpContext.RequestAborted) is > 0 and var read)
        {
            if (body.Length + read > BodyBytesMax) return null;
            body.Write(piece, 0, read);
        }

        return body.GetBuffer().AsMemory(0, (int)body.Length);
    }

    private static string? Header(HttpRequest request, string name) =>
        request.Headers[name] is [{ Length: > 0 } value] ? value : null;

    private static IResult NotYet(HttpRequest request, string code, string detail)
    {
        request.HttpContext.Response.Headers.RetryAfter = RetryAfterSeconds;
        return Answer(StatusCodes.Status503ServiceUnavailable, code, detail);
    }

    private IResult Refuse(int status, string code, string detail)
    {
        reception.Refuse();
        return Answer(status, code, detail);
    }

    private static IResult Answer(int status, string code, string detail) => Results.Json(
        new Problem("about:blank", "Not taken", status, code, detail), contentType: "application/problem+json", statusCode: status);
}
