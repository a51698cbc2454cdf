using System.Diagnostics;
using LeadScoring.Domain.Scoring;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.Host.Storage;

namespace LeadScoring.Host.Http;

/// <summary>
/// The outermost layer: whatever goes wrong inside, and every bare error status (unknown route, wrong method), leaves as
/// problem details.
/// </summary>
public sealed class ProblemBoundary(RequestDelegate next, ILogger<ProblemBoundary> logger)
{
    private const int StatusClientGone = 499; // As nginx logs it; nobody receives it.

    public async Task InvokeAsync(HttpContext http)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            await next(http);
            if (BareStatus(http.Response) is { } refusal)
            {
                await Problems.WriteAsync(http, refusal);
            }
        }
        catch (Exception e) when (http.RequestAborted.IsCancellationRequested)
        {
            if (!http.Response.HasStarted) http.Response.StatusCode = StatusClientGone;
            logger.LogDebug(e, "The client went away.");
        }
        catch (Exception e) when (!http.Response.HasStarted)
        {
            // What was set for the answer that did not come (an ETag, a content type) must not go out with this one.
            var headers = http.Response.Headers.Where(h => SecurityHeaders.Names.Contains(h.Key)).ToArray();
            http.Response.Clear();
            foreach (var (name, value) in headers) http.Response.Headers[name] = value;
            await Problems.WriteAsync(http, RefusalOf(e));
        }

        Log(http, started);
    }

    /// <summary>By its route, not by its path or query: they hold what callers put there.</summary>
    private void Log(HttpContext http, long started)
    {
        if (!logger.IsEnabled(LogLevel.Debug)) return;
        logger.LogDebug(
            "{Method} {Route} answered {Status} in {Milliseconds:0.0} ms.",
            http.Request.Method,
            (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "(no route)",
            http.Response.StatusCode,
            Stopwatch.GetElapsedTime(started).TotalMilliseconds);
    }

    private static Refusal? BareStatus(HttpResponse response) =>
        response.HasStarted || response.StatusCode < 400 || response.ContentLength is not null || response.ContentType is not null
            ? null
            : OfStatus(response.StatusCode);

    private static Refusal OfStatus(int status) => status switch
    {
        StatusCodes.Status404NotFound => new Refusal(status, "not_found", "There is nothing at this address."),
        StatusCodes.Status405MethodNotAllowed => new Refusal(
            status, "method_not_allowed", "This address does not take the method; the Allow header names those it takes."),
        StatusCodes.Status408RequestTimeout => new Refusal(status, "request_timeout", "The request arrived too slowly."),
        StatusCodes.Status413PayloadTooLarge => Refusal.BodyTooLarge(BodyLimits.BatchBytesMax),
        StatusCodes.Status415UnsupportedMediaType => Refusal.UnsupportedMediaType,
        StatusCodes.Status429TooManyRequests => new Refusal(status, "too_many_requests", "Too many requests; slow down.") { RetryAfterSeconds = 1 },
        StatusCodes.Status503ServiceUnavailable => new Refusal(status, "unavailable", "The service cannot answer now; try again shortly.")
        {
            RetryAfterSeconds = 1,
        },
        >= 500 => Refusal.Internal with { Status = status },
        _ => new Refusal(status, "bad_request", "The request is not one the service understands."),
    };

    private Refusal RefusalOf(Exception exception)
    {
        switch (exception)
        {
            case BadHttpRequestException bad:
                return OfStatus(bad.StatusCode);
            case { } when StoreFailures.IsUnavailable(exception):
                logger.LogWarning("The database did not answer: {Reason}", exception.Message);
                return Refusal.StoreUnreachable;
            case UnreadableModels or InvalidScoringModel:
                return Refusal.ModelsUnreadable;
            default:
                logger.LogError(exception, "A request failed unexpectedly.");
                return Refusal.Internal;
        }
    }
}
