using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using LeadScoring.Contracts;
using LeadScoring.Domain.Scoring;

namespace LeadScoring.Benchmarks.Stack;

/// <summary>Has one model take the place of another, over HTTP, as both teams would.</summary>
internal sealed class ModelTurns : IDisposable
{
    private static readonly TimeSpan FinishedWithin = TimeSpan.FromHours(2);
    private static readonly TimeSpan LookPause = TimeSpan.FromMilliseconds(50);

    private readonly HttpClient http;

    public ModelTurns(ServiceProcess service)
    {
        http = new() { BaseAddress = new($"http://{service.EndPoint}") };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", service.ApiKey);
    }

    /// <summary>The default definition with one rule changed, signed.</summary>
    /// <returns>Its version.</returns>
    public async Task<int> SignAsync(string rule, string member, double value, CancellationToken ct)
    {
        var document = JsonNode.Parse(ScoringModelDocument.DefaultJson.Span)!;
        document["engagement"]!["rules"]!.AsArray().Single(r => (string)r!["name"]! == rule)![member] = value;
        var drafted = await PostAsync("/v1/scoring-models", new JsonObject { ["document"] = document, ["actor"] = "mia", ["basedOn"] = 1 }, ct);
        var version = drafted["model"]!["version"]!.GetValue<int>();
        await PostAsync($"/v1/scoring-models/{version}/propose", new JsonObject { ["actor"] = "mia" }, ct);
        foreach (var (team, actor) in new[] { ("marketing", "mia"), ("sales", "sam") })
        {
            await PostAsync($"/v1/scoring-models/{version}/sign-offs", new JsonObject { ["team"] = team, ["actor"] = actor }, ct);
        }

        return version;
    }

    /// <summary>A version is scored beside the active one, or no longer.</summary>
    public async Task SwitchShadowAsync(int version, bool on, CancellationToken ct) =>
        await SendAsync(HttpMethod.Put, $"/v1/scoring-models/{version}/shadow", new JsonObject { ["actor"] = "mia", ["on"] = on }, ct);

    /// <summary>Activates a version and returns when its pass has begun.</summary>
    public async Task<ActivationView> BeginAsync(int version, CancellationToken ct)
    {
        var before = (await FindAsync(version, ct))?.ActiveFrom;
        await PostAsync($"/v1/scoring-models/{version}/activate", new JsonObject { ["actor"] = "mia", ["withoutBacktest"] = true }, ct);
        return await UntilAsync(version, v => v.ActiveFrom != before && v.State is ActivationState.Running or ActivationState.Finished, ct);
    }

    public Task<ActivationView> FinishAsync(int version, CancellationToken ct) => UntilAsync(version, v => v.State == ActivationState.Finished, ct);

    /// <returns>How many leads are done: that many, or a few more.</returns>
    public async Task<long> ReachAsync(int version, long leads, CancellationToken ct) =>
        (await UntilAsync(version, v => v.LeadsDone >= leads || v.State == ActivationState.Finished, ct)).LeadsDone;

    public async Task<ActivationView?> FindAsync(int version, CancellationToken ct)
    {
        using var answer = await http.GetAsync(new Uri($"/v1/scoring-models/{version}/activation", UriKind.Relative), ct);
        return answer.IsSuccessStatusCode ? await answer.Content.ReadFromJsonAsync<ActivationView>(ct) : null;
    }

    public void Dispose() => http.Dispose();

    private async Task<ActivationView> UntilAsync(int version, Func<ActivationView, bool> isSo, CancellationToken ct)
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(ct);
        timer.CancelAfter(FinishedWithin);
        while (true)
        {
            if (await FindAsync(version, timer.Token) is { } view && isSo(view)) return view;
            await Task.Delay(LookPause, timer.Token);
        }
    }

    private Task<JsonNode> PostAsync(string path, JsonObject body, CancellationToken ct) => SendAsync(HttpMethod.Post, path, body, ct);

    private async Task<JsonNode> SendAsync(HttpMethod method, string path, JsonObject body, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = JsonContent.Create(body) };
        using var answer = await http.SendAsync(request, ct);
        var text = await answer.Content.ReadAsStringAsync(ct);
        return answer.IsSuccessStatusCode ? JsonNode.Parse(text)! : throw new BenchmarkFailure($"{path} was answered with {(int)answer.StatusCode}: {text}");
    }
}
