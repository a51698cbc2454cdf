using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.IntegrationTests.Leads;
using LeadScoring.IntegrationTests.Setup;

namespace LeadScoring.IntegrationTests.Feed;

/// <summary>A consumer of the feed that knows the contracts only.</summary>
internal static class FeedClient
{
    private const int WaitsMax = 10;

    public static Task<FeedPageView> FeedAsync(this ApiClient client, string query = "") => client.Http.FeedAsync(query);

    public static async Task<FeedPageView> FeedAsync(this HttpClient http, string query = "")
    {
        using var answer = await http.GetAsync(new Uri($"/v1/feed{query}", UriKind.Relative));
        return await answer.ReadAsync<FeedPageView>();
    }

    /// <summary>Follows the feed from a position until so many events have come.</summary>
    public static async Task<List<CloudEvent>> TakeAsync(this HttpClient http, int count, long after = 0, string filter = "")
    {
        var taken = new List<CloudEvent>();
        for (var waits = 0; taken.Count < count; waits++)
        {
            waits.ShouldBeLessThan(WaitsMax + count, $"{taken.Count} of {count} events came");
            var page = await http.FeedAsync($"?after={after}&wait=30&limit=200{filter}");
            taken.AddRange(page.Events);
            after = page.NextAfter;
        }

        return taken;
    }

    public static Task<List<CloudEvent>> TakeAsync(this ApiClient client, int count, long after = 0, string filter = "") =>
        client.Http.TakeAsync(count, after, filter);

    public static T DataAs<T>(this CloudEvent e) => e.Data.Deserialize<T>(JsonSerializerOptions.Web)!;

    /// <summary>Opens a stream and returns when it has begun.</summary>
    public static async Task<EventStream> StreamAsync(this HttpClient http, string query = "", string? lastEventId = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/feed{query}");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        if (lastEventId is not null) request.Headers.Add("Last-Event-ID", lastEventId);
        var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Content.Headers.ContentType!.ToString().ShouldBe("text/event-stream");
        return new(answer, new StreamReader(await answer.Content.ReadAsStreamAsync(), Encoding.UTF8));
    }
}

/// <param name="Id">The position.</param>
internal sealed record SentEvent(string Id, string Type, CloudEvent Event);

/// <summary>Server-Sent Events, as the standard reads them.</summary>
internal sealed class EventStream(HttpResponseMessage answer, StreamReader lines) : IDisposable
{
    /// <summary>What a client would send to go on here.</summary>
    public string? LastId { get; private set; }

    public async Task<SentEvent> NextAsync() => await NextOrEndAsync() ?? throw new InvalidOperationException("The stream has ended.");

    /// <returns>Null when the stream has ended.</returns>
    public async Task<SentEvent?> NextOrEndAsync()
    {
        var (type, data) = ("", new List<string>());
        while (await lines.ReadLineAsync() is { } line)
        {
            if (line.Length == 0 && data.Count > 0)
            {
                return new(LastId!, type, JsonSerializer.Deserialize<CloudEvent>(string.Join('\n', data), JsonSerializerOptions.Web)!);
            }

            var colon = line.IndexOf(':', StringComparison.Ordinal);
            var value = colon < 0 ? "" : line[(colon + 1)..].TrimStart(' ');
            switch (colon < 0 ? line : line[..colon])
            {
                case "id": LastId = value; break;
                case "event": type = value; break;
                case "data": data.Add(value); break;
            }
        }

        return null;
    }

    public void Dispose()
    {
        lines.Dispose();
        answer.Dispose();
    }
}
