using System.Globalization;
using System.Text;
using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;

namespace LeadScoring.Host.Feed;

/// <summary><c>GET /v1/feed</c>: what was published, from a position on.</summary>
public static class GetFeed
{
    private static readonly byte[] Opening = """{"events":["""u8.ToArray();
    private static readonly byte[] Comma = ","u8.ToArray();

    public static void MapGetFeed(this IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/feed", HandleAsync)
        .RequireScope(Scopes.FeedRead)
        .WithName("GetFeed")
        .WithTags("Feed")
        .WithSummary("Read what was published")
        .WithDescription(
            "Every decision, in order, as CloudEvents 1.0, at positions 1, 2, 3, ... without a gap. Keep nextAfter and pass it as "
            + "after: whoever remembers that one number can make up for everything it ever missed. wait=30 keeps the request "
            + "open until something is there. With Accept: text/event-stream the feed comes as Server-Sent Events (id: the position, "
            + "event: the type, data: the CloudEvent); Last-Event-ID goes on where a stream ended, limit and wait mean nothing there, and "
            + "a stream ends after ten minutes at the latest, for the client to connect again. The same event keeps its id, position "
            + "and bytes for ever. Schemas and examples of all types: contracts/events. A position beyond the feed's head is refused "
            + "(position_beyond_head): it is of another database, or of a state before this one was restored.")
        .Produces<FeedPageView>()
        .ProducesRefusal(400)
        .ProducesRefusal(409);

    private static async Task HandleAsync(
        HttpContext http,
        [AsParameters] FeedParameters parameters,
        FeedReader feed,
        FeedStream stream,
        OpenStreams streams,
        CancellationToken ct)
    {
        var isStream = AcceptsStream(http.Request);
        var (query, refusal) = FeedQuery.Read(http.Request, parameters, isStream);
        if (query is null)
        {
            await Problems.WriteAsync(http, refusal!);
            return;
        }

        var tenantId = http.Caller().TenantId;
        IDisposable? open = null;
        if (isStream || query.Wait > TimeSpan.Zero) (open, refusal) = streams.TryOpen(tenantId);
        using (open)
        {
            if (refusal is not null) await Problems.WriteAsync(http, refusal);
            else if (isStream) await StreamAsync(http, tenantId, query, feed, stream, ct);
            else await PageAsync(http, tenantId, query, feed, ct);
        }
    }

    private static async Task StreamAsync(
        HttpContext http, string tenantId, FeedQuery query, FeedReader feed, FeedStream stream, CancellationToken ct)
    {
        if (await feed.HeadAsync(tenantId, ct) is var head && head < query.After) await Problems.WriteAsync(http, FeedQuery.BeyondHead(query.After, head));
        else await stream.WriteAsync(http, tenantId, query, ct);
    }

    private static async Task PageAsync(HttpContext http, string tenantId, FeedQuery query, FeedReader feed, CancellationToken ct)
    {
        var page = await feed.ReadOrWaitAsync(tenantId, query, ct);
        if (page.Head < query.After) await Problems.WriteAsync(http, FeedQuery.BeyondHead(query.After, page.Head));
        else await WriteAsync(http.Response, page, ct);
    }

    private static bool AcceptsStream(HttpRequest request)
    {
        foreach (var accepted in request.GetTypedHeaders().Accept)
        {
            if (accepted.MediaType.Equals(FeedStream.ContentType, StringComparison.OrdinalIgnoreCase)) return true;
        }

        return false;
    }

    /// <summary>As <see cref="FeedPageView"/> says; the events are the bytes everybody gets.</summary>
    private static async Task WriteAsync(HttpResponse response, FeedPage page, CancellationToken ct)
    {
        var closing = Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $$"""],"nextAfter":{{page.NextAfter}},"head":{{page.Head}}}"""));
        response.ContentType = JsonAnswer.ContentType;
        response.ContentLength = Opening.Length + page.Entries.Sum(e => e.Body.Length) + Math.Max(0, page.Entries.Count - 1) + closing.Length;
        await response.Body.WriteAsync(Opening, ct);
        for (var i = 0; i < page.Entries.Count; i++)
        {
            if (i > 0) await response.Body.WriteAsync(Comma, ct);
            await response.Body.WriteAsync(page.Entries[i].Body, ct);
        }

        await response.Body.WriteAsync(closing, ct);
    }
}
