using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization;
using LeadScoring.Contracts;

namespace SampleCrm.Api;

/// <summary>
/// LeadScoring's HTTP API as this program uses it. Busy, limited and lost answers are asked for again, a bounded number of
/// times: engagements are idempotent by id, and a command that did arrive the first time meets its own If-Match.
/// </summary>
public sealed class LeadScoringApi : IDisposable
{
    public const int AttemptsMax = 6;
    public const int PageSize = 200;
    private const int ConnectionsMax = 32;
    private static readonly TimeSpan FirstRetryDelayStandard = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan RetryDelayMax = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AnswerTimeMax = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(2);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private readonly HttpClient http;
    private readonly TimeSpan firstRetryDelay;
    private long retries;

    /// <param name="url">Where the service listens, e.g. <c>http://127.0.0.1:5080</c>.</param>
    /// <param name="key">An API key, <c>ls_...</c>.</param>
    /// <param name="firstRetryDelay">Before the second attempt, doubling with each further one; null: 200 ms.</param>
    public LeadScoringApi(Uri url, string key, TimeSpan? firstRetryDelay = null)
    {
        this.firstRetryDelay = firstRetryDelay ?? FirstRetryDelayStandard;
        var handler = new SocketsHttpHandler
        {
            MaxConnectionsPerServer = ConnectionsMax,
            PooledConnectionLifetime = ConnectionLifetime,
            // A proxy configured for the internet does not know this machine's loopback.
            UseProxy = !url.IsLoopback,
        };
        http = new HttpClient(handler) { BaseAddress = url, Timeout = AnswerTimeMax };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    public Uri Url => http.BaseAddress!;

    /// <summary>How often a request had to be repeated so far.</summary>
    public long Retries => Interlocked.Read(ref retries);

    public Task<ApiAnswer<ScoringModelView>> ScoringModelAsync(CancellationToken stop) =>
        AskAsync<ScoringModelView>("v1/scoring-model", stop);

    public Task<ApiAnswer<EngagementReceipt>> PostAsync(Engagement engagement, CancellationToken stop) =>
        SendAsync<EngagementReceipt>(HttpMethod.Post, "v1/engagements", engagement, version: null, stop);

    /// <param name="engagements">1 to 1000.</param>
    public Task<ApiAnswer<EngagementBatchReceipt>> PostAsync(IReadOnlyList<Engagement> engagements, CancellationToken stop) =>
        SendAsync<EngagementBatchReceipt>(
            HttpMethod.Post, "v1/engagements/batch", new EngagementBatch(engagements), version: null, stop);

    public Task<ApiAnswer<CommandReceipt>> ChangeAttributesAsync(Guid leadId, AttributesPatch patch, CancellationToken stop) =>
        SendAsync<CommandReceipt>(HttpMethod.Patch, $"v1/leads/{leadId}/attributes", patch, version: null, stop);

    /// <param name="command">The path behind the lead, e.g. <c>accept</c> or <c>opportunity/won</c>.</param>
    /// <param name="body">The command's request record.</param>
    /// <param name="version">The version the decision was made on; the service refuses with 412 when it is no longer that.</param>
    public Task<ApiAnswer<CommandReceipt>> CommandAsync(
        Guid leadId, string command, object body, long version, CancellationToken stop) =>
        SendAsync<CommandReceipt>(HttpMethod.Post, $"v1/leads/{leadId}/{command}", body, version, stop);

    public Task<ApiAnswer<LeadView>> LeadAsync(Guid leadId, CancellationToken stop) =>
        AskAsync<LeadView>($"v1/leads/{leadId}", stop);

    /// <summary>What was published after a position.</summary>
    /// <param name="types">Only these.</param>
    /// <param name="waitSeconds">How long the service may wait for the first event, at most 20: a request has an end.</param>
    public Task<ApiAnswer<FeedPageView>> FeedAsync(
        long after, IReadOnlyList<string> types, int waitSeconds, CancellationToken stop) =>
        AskAsync<FeedPageView>($"v1/feed?after={after}&types={string.Join(',', types)}&limit={PageSize}&wait={waitSeconds}", stop);

    /// <param name="idempotencyKey">The same for the same wish: it is fulfilled once.</param>
    public Task<ApiAnswer<CreatedSubscription>> SubscribeAsync(
        CreateSubscriptionRequest request, string idempotencyKey, CancellationToken stop) =>
        SendAsync<CreatedSubscription>(HttpMethod.Post, "v1/subscriptions", request, version: null, stop, idempotencyKey);

    public Task<ApiAnswer<SubscriptionView>> SubscriptionAsync(Guid id, CancellationToken stop) =>
        AskAsync<SubscriptionView>($"v1/subscriptions/{id}", stop);

    public Task<ApiAnswer<SubscriptionView>> ChangeSubscriptionAsync(Guid id, PatchSubscriptionRequest change, CancellationToken stop) =>
        SendAsync<SubscriptionView>(HttpMethod.Patch, $"v1/subscriptions/{id}", change, version: null, stop);

    public Task<ApiAnswer<RotatedSecret>> RotateSecretAsync(Guid id, RotateSecretRequest request, CancellationToken stop) =>
        SendAsync<RotatedSecret>(HttpMethod.Post, $"v1/subscriptions/{id}/secret/rotate", request, version: null, stop);

    /// <summary>Subscriptions, newest first, page after page.</summary>
    /// <param name="pagesMax">Where to stop reading.</param>
    public async Task<ApiAnswer<SubscriptionPage>> SubscriptionsAsync(int pagesMax, CancellationToken stop)
    {
        var all = new List<SubscriptionView>();
        string? cursor = null;
        for (var page = 1; ; page++)
        {
            var answer = await AskAsync<SubscriptionPage>($"v1/subscriptions?limit={PageSize}{From(cursor)}", stop);
            if (answer.Value is not { } read) return answer;
            all.AddRange(read.Subscriptions);
            cursor = read.NextCursor;
            if (cursor is null || page == pagesMax) return answer with { Value = new SubscriptionPage(all, cursor) };
        }
    }

    public Task<ApiAnswer<LeadView>> LookUpAsync(LeadLookup lookup, CancellationToken stop) =>
        SendAsync<LeadView>(HttpMethod.Post, "v1/leads/lookup", lookup, version: null, stop);

    /// <summary>Leads of a list, page after page.</summary>
    /// <param name="filter">E.g. <c>stage=inquiry</c>.</param>
    /// <param name="pagesMax">Where to stop reading.</param>
    public async Task<ApiAnswer<LeadPage>> LeadsAsync(string filter, int pagesMax, CancellationToken stop)
    {
        var leads = new List<LeadSummary>();
        string? cursor = null;
        for (var page = 1; ; page++)
        {
            var answer = await AskAsync<LeadPage>($"v1/leads?{filter}&limit={PageSize}{From(cursor)}", stop);
            if (answer.Value is not { } read) return answer;
            leads.AddRange(read.Leads);
            cursor = read.NextCursor;
            if (cursor is null || page == pagesMax) return answer with { Value = new LeadPage(leads, cursor) };
        }
    }

    public void Dispose() => http.Dispose();

    private static string From(string? cursor) => cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}";

    private Task<ApiAnswer<T>> AskAsync<T>(string path, CancellationToken stop)
        where T : class => SendAsync<T>(HttpMethod.Get, path, body: null, version: null, stop);

    private async Task<ApiAnswer<T>> SendAsync<T>(
        HttpMethod method, string path, object? body, long? version, CancellationToken stop, string? idempotencyKey = null)
        where T : class
    {
        for (var attempt = 1; ; attempt++)
        {
            var (answer, retryAfter) = await TryAsync<T>(method, path, body, version, idempotencyKey, stop);
            if (!answer.WorthRepeating || attempt == AttemptsMax) return answer;
            Interlocked.Increment(ref retries);
            await Task.Delay(Delay(attempt, retryAfter), stop);
        }
    }

    private async Task<(ApiAnswer<T> Answer, TimeSpan? RetryAfter)> TryAsync<T>(
        HttpMethod method, string path, object? body, long? version, string? idempotencyKey, CancellationToken stop)
        where T : class
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = JsonContent.Create(body, body.GetType(), options: Json);
        if (idempotencyKey is not null) request.Headers.Add("Idempotency-Key", idempotencyKey);
        if (version is not null) request.Headers.IfMatch.Add(new EntityTagHeaderValue($"\"{version}\""));
        try
        {
            using var response = await http.SendAsync(request, stop);
            var status = (int)response.StatusCode;
            if (response.IsSuccessStatusCode)
            {
                var value = await response.Content.ReadFromJsonAsync<T>(Json, stop);
                return (new(status, value ?? throw new JsonException("The answer is null."), Problem: null), null);
            }

            return (new(status, Value: null, await ProblemAsync(response, stop)), response.Headers.RetryAfter?.Delta);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or TaskCanceledException && !stop.IsCancellationRequested)
        {
            return (new(0, Value: null, NoAnswer()), null);
        }
    }

    private Problem NoAnswer() => new("about:blank", "No answer", 0, "no_answer", $"{Url} does not answer.");

    private static async Task<Problem> ProblemAsync(HttpResponseMessage response, CancellationToken stop)
    {
        var status = (int)response.StatusCode;
        var unexplained = new Problem("about:blank", $"HTTP {status}", status, "unexplained", "The answer has no problem details.");
        if (response.Content.Headers.ContentType?.MediaType != "application/problem+json") return unexplained;
        try
        {
            return await response.Content.ReadFromJsonAsync<Problem>(Json, stop) ?? unexplained;
        }
        catch (JsonException)
        {
            return unexplained;
        }
    }

    /// <summary>As long as the service asks for, or else doubling from one attempt to the next; half of it is chance.</summary>
    private TimeSpan Delay(int attempt, TimeSpan? retryAfter)
    {
        var asked = retryAfter ?? firstRetryDelay * Math.Pow(2, attempt - 1) * Random.Shared.Between(0.5, 1);
        return asked < RetryDelayMax ? asked : RetryDelayMax;
    }
}
