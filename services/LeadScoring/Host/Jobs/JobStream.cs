using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using LeadScoring.Host.Access;
using LeadScoring.Host.Feed;
using LeadScoring.Host.Http;
using LeadScoring.Host.Storage;
using Microsoft.AspNetCore.Http.Features;

namespace LeadScoring.Host.Jobs;

/// <summary>A job's progress as Server-Sent Events, whichever instance does it.</summary>
public sealed class JobStream(FeedOptions options, OpenStreams streams, IHostApplicationLifetime lifetime, TimeProvider clock, ILogger<JobStream> logger)
{
    /// <summary>The id of the last event: a client that sends it back has seen all.</summary>
    private const string Finished = "finished";

    private const string LastEventId = "Last-Event-ID";

    /// <summary>What clients are asked to wait before they connect again.</summary>
    private const int RetryMs = 1_000;

    /// <summary>Between two looks at the job.</summary>
    private static readonly TimeSpan LookPause = TimeSpan.FromMilliseconds(500);

    /// <param name="data">What each event brings.</param>
    public static string Describe(string data) =>
        $"Server-Sent Events: progress with each change, at most about once a second, and finished at the end; data is {data}. "
        + "After finished the stream ends, and a client that connects again with Last-Event-ID: finished is answered 204, which "
        + "tells it to stop. A stream ends after ten minutes at the latest, for the client to connect again. Streams share the feed's seats: "
        + "429 too_many_streams when the tenant has as many open here as it may, 503 busy when this instance has.";

    /// <param name="lookAsync">The job as it is; null: there is none, or it is gone.</param>
    /// <param name="render">JSON in one line.</param>
    internal async Task AnswerAsync(
        HttpContext http, Func<Task<Job?>> lookAsync, Refusal notFound, Func<Job, byte[]> render, CancellationToken ct)
    {
        if (await lookAsync() is not { } job)
        {
            await Problems.WriteAsync(http, notFound);
            return;
        }

        var (open, refusal) = streams.TryOpen(http.Caller().TenantId);
        using (open)
        {
            if (refusal is not null) await Problems.WriteAsync(http, refusal);
            else await WriteAsync(http, job, lookAsync, render, ct);
        }
    }

    /// <param name="job">As it is at first.</param>
    private async Task WriteAsync(
        HttpContext http, Job job, Func<Task<Job?>> lookAsync, Func<Job, byte[]> render, CancellationToken ct)
    {
        if (job.IsFinished && http.Request.Headers[LastEventId] is [Finished])
        {
            http.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }

        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        http.Response.ContentType = FeedStream.ContentType;
        http.Response.Headers["X-Accel-Buffering"] = "no"; // For nginx on the way.
        using var age = new CancellationTokenSource(options.StreamAgeMax, clock);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(age.Token, lifetime.ApplicationStopping, ct);
        try
        {
            Text(http.Response.BodyWriter, $"retry: {RetryMs}\n\n");
            await FollowAsync(http.Response.BodyWriter, job, lookAsync, render, ending.Token, ct);
        }
        catch (Exception e) when (StoreFailures.IsUnavailable(e) && !ct.IsCancellationRequested)
        {
            // The client connects again, and is told then what is the matter.
            logger.LogWarning("A stream of a job ends while the database is away: {Fault}", e.Message);
        }
    }

    private async Task FollowAsync(
        PipeWriter body, Job job, Func<Task<Job?>> lookAsync, Func<Job, byte[]> render, CancellationToken ending, CancellationToken ct)
    {
        var (shown, shownAt) = ((Job?)null, clock.GetTimestamp());
        while (!ending.IsCancellationRequested)
        {
            if (job != shown)
            {
                Text(body, job.IsFinished ? $"event: {Finished}\nid: {Finished}\ndata: " : "event: progress\ndata: ");
                body.Write(render(job));
                Text(body, "\n\n");
                (shown, shownAt) = (job, clock.GetTimestamp());
            }
            else if (clock.GetElapsedTime(shownAt) >= FeedStream.HeartbeatEvery)
            {
                Text(body, ": still here\n\n");
                shownAt = clock.GetTimestamp();
            }

            if ((await body.FlushAsync(ct)).IsCompleted || job.IsFinished) return;
            await Task.Delay(LookPause, clock, ending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (await lookAsync() is not { } next) return;
            job = next;
        }
    }

    private static void Text(PipeWriter body, string text) => Encoding.UTF8.GetBytes(text, body);
}
