using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using LeadScoring.Contracts;
using Microsoft.AspNetCore.WebUtilities;

namespace LeadScoring.Host.Http;

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
