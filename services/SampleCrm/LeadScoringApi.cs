using System.Net.Http.Headers;
using System.Text.Json.Serialization;

namespace SampleCrm;

/// <summary>What the service said to one request, after the retries.</summary>
/// <param name="Status">HTTP status; 0 when no answer came.</param>
/// <param name="Value">Set exactly when <paramref name="Problem"/> is not.</param>
public sealed record ApiAnswer<T>(int Status, T? Value, Problem? Problem) where T : class
{
    /// <summary>Nothing is wrong with the request; the same one may succeed later.</summary>
    public bool WorthRepeating => Status is 0 or 429 or 502 or 503 or 504;

    /// <exception cref="Refusal">The service said no, or nothing.</exception>
    public T OrThrow() => Value ?? throw new Refusal(Status switch
    {
        0 => Problem!.Detail,
        401 => "The service does not know this API key.",
        403 => $"The API key lacks a scope: {Problem!.Detail}",
        _ => $"The service answered {Status} {Problem!.Code}: {Problem.Detail}",
    });
}

/// <summary>It cannot go on, and trying again would not help; the message says why in one sentence.</summary>
public sealed class Refusal(string sentence, Exception? inner = null) : Exception(sentence, inner);

/// <summary>LeadScoring's HTTP API. Busy, limited and lost answers are asked for again, a bounded number of times: engagements are idempotent by id,
/// and a command that did arrive the first time meets its own If-Match.</summary>
public sealed class LeadScoringApi(Uri url, string key, TimeSpan? firstRetryDelay = null) : IDisposable
{
    public const int AttemptsMax = 6, PageSize = 200;
    private static readonly TimeSpan RetryDelayMax = TimeSpan.FromSeconds(10), AwayPause = TimeSpan.FromSeconds(1);
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    // A proxy configured for the internet does not know this machine's loopback.
    private readonly HttpClient http = new(new SocketsHttpHandler { MaxConnectionsPerServer = 32, UseProxy = !url.IsLoopback })
    {
        BaseAddress = url, Timeout = TimeSpan.FromSeconds(30), DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", key) },
    };

    private long retries;
    public Uri Url => url;
    public long Retries => Interlocked.Read(ref retries);
    public void Dispose() => http.Dispose();
    public Task<ApiAnswer<T>> GetAsync<T>(string path, CancellationToken stop) where T : class => SendAsync<T>(HttpMethod.Get, path, body: null, stop);

    /// <param name="command">The path behind the lead, e.g. <c>accept</c> or <c>opportunity/won</c>.</param>
    /// <param name="version">The version the decision was made on; the service refuses with 412 when it is no longer that.</param>
    public Task<ApiAnswer<CommandReceipt>> CommandAsync(Guid leadId, string command, object body, long version, CancellationToken stop) =>
        SendAsync<CommandReceipt>(HttpMethod.Post, $"v1/leads/{leadId}/{command}", body, stop, version);

    public async Task<ApiAnswer<LeadPage>> LeadsAsync(string filter, int pagesMax, CancellationToken stop)
    {
        var leads = new List<LeadSummary>();
        for (var (page, cursor) = (1, ""); ; page++)
        {
            var answer = await GetAsync<LeadPage>($"v1/leads?{filter}&limit={PageSize}{cursor}", stop);
            if (answer.Value is not { } read) return answer;
            leads.AddRange(read.Leads);
            if (read.NextCursor is null || page == pagesMax) return answer with { Value = new LeadPage(leads, read.NextCursor) };
            cursor = $"&cursor={Uri.EscapeDataString(read.NextCursor)}";
        }
    }

    /// <summary>Asks until the service answers, however long it is away, and tells after each attempt whether it is.</summary>
    public static async Task<ApiAnswer<T>> InsistAsync<T>(Func<Task<ApiAnswer<T>>> ask, Action<bool> away, CancellationToken stop) where T : class
    {
        for (; ; await Task.Delay(AwayPause, stop))
        {
            var answer = await ask();
            away(answer.WorthRepeating);
            if (!answer.WorthRepeating) return answer;
        }
    }

    /// <param name="idempotencyKey">The same for the same wish: it is fulfilled once.</param>
    public async Task<ApiAnswer<T>> SendAsync<T>(
        HttpMethod method, string path, object? body, CancellationToken stop, long? version = null, string? idempotencyKey = null) where T : class
    {
        for (var attempt = 1; ; attempt++)
        {
            var (answer, retryAfter) = await TryAsync<T>(method, path, body, version, idempotencyKey, stop);
            if (!answer.WorthRepeating || attempt == AttemptsMax) return answer;
            Interlocked.Increment(ref retries);
            var doubling = (firstRetryDelay ?? TimeSpan.FromMilliseconds(200)) * Math.Pow(2, attempt - 1) * Random.Shared.Between(0.5, 1);
            var delay = retryAfter ?? doubling;
            await Task.Delay(delay < RetryDelayMax ? delay : RetryDelayMax, stop);
        }
    }

    private async Task<(ApiAnswer<T> Answer, TimeSpan? RetryAfter)> TryAsync<T>(
        HttpMethod method, string path, object? body, long? version, string? idempotencyKey, CancellationToken stop) where T : class
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = JsonContent.Create(body, body.GetType(), options: Json);
        if (idempotencyKey is not null) request.Headers.Add("Idempotency-Key", idempotencyKey);
        if (version is not null) request.Headers.IfMatch.Add(new EntityTagHeaderValue($"\"{version}\""));
        try
        {
            using var response = await http.SendAsync(request, stop);
            var status = (int)response.StatusCode;
            if (response.IsSuccessStatusCode) return (new(status, await response.Content.ReadFromJsonAsync<T>(Json, stop), Problem: null), null);
            var problem = response.Content.Headers.ContentType?.MediaType == "application/problem+json"
                ? await response.Content.ReadFromJsonAsync<Problem>(Json, stop)
                : null;
            problem ??= new("about:blank", $"HTTP {status}", status, "unexplained", "The answer has no problem details.");
            return (new(status, Value: null, problem), response.Headers.RetryAfter?.Delta);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or TaskCanceledException && !stop.IsCancellationRequested)
        {
            return (new(0, Value: null, new("about:blank", "No answer", 0, "no_answer", $"{url} does not answer.")), null);
        }
    }
}
