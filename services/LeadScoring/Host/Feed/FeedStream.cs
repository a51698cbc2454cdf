using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using LeadScoring.Host.Storage;
using Microsoft.AspNetCore.Http.Features;

namespace LeadScoring.Host.Feed;

/// <summary>
/// The feed as Server-Sent Events. A client that reads slowly is sent nothing more until it has: what waits for it is one page.
/// </summary>
public sealed class FeedStream(
    FeedReader feed, FeedOptions options, IHostApplicationLifetime lifetime, TimeProvider clock, ILogger<FeedStream> logger)
{
    public const string ContentType = "text/event-stream";

    /// <summary>Between two signs of life when nothing happens.</summary>
    public static readonly TimeSpan HeartbeatEvery = TimeSpan.FromSeconds(15);

    /// <summary>What clients are asked to wait before they connect again.</summary>
    private const int RetryMs = 1_000;

    /// <summary>What a stream keeps in memory while its client reads slowly; one event at least.</summary>
    private const int PageBytesMax = 256 << 10;

    internal async Task WriteAsync(HttpContext http, string tenantId, FeedQuery query, CancellationToken ct)
    {
        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        http.Response.ContentType = ContentType;
        http.Response.Headers["X-Accel-Buffering"] = "no"; // For nginx on the way.
        using var age = new CancellationTokenSource(options.StreamAgeMax, clock);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(age.Token, lifetime.ApplicationStopping, ct);
        try
        {
            await SendAsync(http.Response.BodyWriter, $"retry: {RetryMs}\n\n", ct);
            await FollowAsync(http.Response.BodyWriter, tenantId, query, ending.Token, ct);
        }
        catch (Exception e) when (StoreFailures.IsUnavailable(e) && !ct.IsCancellationRequested)
        {
            // The client connects again, and is told then what is the matter.
            logger.LogWarning("A stream of the feed ends while the database is away: {Fault}", e.Message);
        }
    }

    private async Task FollowAsync(PipeWriter body, string tenantId, FeedQuery query, CancellationToken ending, CancellationToken ct)
    {
        var after = query.After;
        while (!ending.IsCancellationRequested)
        {
            var page = await feed.ReadAsync(tenantId, after, query.Limit, query.Types, ct, PageBytesMax);
            foreach (var e in page.Entries)
            {
                Write(body, e);
                if (!await FlushAsync(body, ct) || ending.IsCancellationRequested) return;
            }

            after = page.NextAfter;
            while (after >= page.Head && !ending.IsCancellationRequested && !await HasGrownAsync(tenantId, after, ending))
            {
                // The id moves a client past events of other types, so that it need not look at them again.
                if (!ending.IsCancellationRequested && !await SendAsync(body, $": still here\nid: {after}\n\n", ct)) return;
            }
        }
    }

    private async Task<bool> HasGrownAsync(string tenantId, long after, CancellationToken ending)
    {
        using var silence = new CancellationTokenSource(HeartbeatEvery, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, ending);
        return await feed.HasGrownAsync(tenantId, after, either.Token);
    }

    private static void Write(PipeWriter body, FeedEntry e)
    {
        WriteText(body, $"id: {e.Position.ToString(CultureInfo.InvariantCulture)}\nevent: {e.Type}\ndata: ");
        body.Write(e.Body);
        WriteText(body, "\n\n");
    }

    private static Task<bool> SendAsync(PipeWriter body, string text, CancellationToken ct)
    {
        WriteText(body, text);
        return FlushAsync(body, ct);
    }

    private static void WriteText(PipeWriter body, string text) => Encoding.UTF8.GetBytes(text, body);

    /// <returns>False: nobody reads any more.</returns>
    private static async Task<bool> FlushAsync(PipeWriter body, CancellationToken ct) => !(await body.FlushAsync(ct)).IsCompleted;
}
