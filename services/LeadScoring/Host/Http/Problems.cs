using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using LeadScoring.Contracts;
using Microsoft.AspNetCore.WebUtilities;

namespace LeadScoring.Host.Http;

/// <summary>Why a request was not done, as the problem details will say it.</summary>
/// <param name="Status">HTTP status, 400 to 503.</param>
/// <param name="Code">Stable snake_case code.</param>
/// <param name="Detail">One sentence; no personal data.</param>
/// <param name="Errors">For validation: what is wrong, by JSON path.</param>
public sealed record Refusal(
    int Status, string Code, string Detail, IReadOnlyDictionary<string, IReadOnlyList<string>>? Errors = null)
{
    /// <summary>When it is worth trying again, in whole seconds; null leaves <c>Retry-After</c> out.</summary>
    public int? RetryAfterSeconds { get; init; }

    public static Refusal LeadNotFound { get; } = new(404, "lead_not_found", "There is no such lead in this tenant.");

    public static Refusal Busy { get; } =
        new(503, "busy", "More is waiting to be written than the service takes; try again shortly.") { RetryAfterSeconds = 1 };

    /// <summary>For a write whose outcome is unknown.</summary>
    public static Refusal StoreUnavailable { get; } =
        new(503, "store_unavailable", "The database did not answer in time; whether this was recorded is not known. Repeat it.")
        {
            RetryAfterSeconds = 1,
        };

    /// <summary>For a read, or before anything was written.</summary>
    public static Refusal StoreUnreachable { get; } =
        new(503, "store_unavailable", "The database does not answer; nothing was recorded. Try again shortly.") { RetryAfterSeconds = 1 };

    /// <summary>For whatever a model would have to decide.</summary>
    public static Refusal ModelsUnreadable { get; } =
        new(503, "scoring_models_unreadable", "The tenant's scoring models cannot be read, and nothing is decided without them; the service's log says why. Repeat it later.")
        {
            RetryAfterSeconds = 5,
        };

    public static Refusal Internal { get; } =
        new(500, "internal_error", "Something unexpected happened; quote the trace id when you report it.");

    public static Refusal UnsupportedMediaType { get; } =
        new(415, "unsupported_media_type", "The body must be sent as application/json in UTF-8, without a content encoding.");

    public static Refusal BodyTooLarge(long bytesMax) =>
        new(413, "body_too_large", $"The body is larger than {bytesMax} bytes, the most this endpoint takes.");

    public static Refusal Invalid(IReadOnlyDictionary<string, IReadOnlyList<string>> errors) =>
        new(400, "validation_failed", "The request breaks a rule; see errors.", errors);
}

/// <summary>Refusals as RFC 9457 problem details.</summary>
public static class Problems
{
    public const string ContentType = "application/problem+json";

    public static IResult ToResult(this Refusal refusal) => new ProblemResult(refusal);

    /// <summary>The refusal as it goes over the wire, with the trace id of the current request.</summary>
    public static Problem ToProblem(this Refusal refusal) => new(
        "about:blank",
        ReasonPhrases.GetReasonPhrase(refusal.Status),
        refusal.Status,
        refusal.Code,
        refusal.Detail,
        refusal.Errors,
        Activity.Current?.TraceId.ToHexString());

    /// <summary>Writes the whole response. It must not have started.</summary>
    public static Task WriteAsync(HttpContext http, Refusal refusal)
    {
        var response = http.Response;
        response.StatusCode = refusal.Status;
        if (refusal.RetryAfterSeconds is { } seconds)
        {
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        // What the server will not read to its end, no request can follow; a client that is not told sends one into the void.
        if (refusal.Status == StatusCodes.Status413PayloadTooLarge || http.Request.ContentLength > BodyLimits.BatchBytesMax)
        {
            response.Headers.Connection = "close";
        }

        var body = JsonSerializer.SerializeToUtf8Bytes(refusal.ToProblem(), WireJson.Default.Problem);
        response.ContentType = ContentType;
        response.ContentLength = body.Length;
        return HttpMethods.IsHead(http.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(body).AsTask();
    }

    /// <summary>Documents that an endpoint may answer with this status and problem details.</summary>
    public static RouteHandlerBuilder ProducesRefusal(this RouteHandlerBuilder endpoint, int status) =>
        endpoint.Produces<Problem>(status, ContentType);

    private sealed class ProblemResult(Refusal refusal) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext) => WriteAsync(httpContext, refusal);
    }
}
