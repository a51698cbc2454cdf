using System.Net;
using System.Text;
using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Http;
using LeadScoring.Host.Http.OpenApi;
using LeadScoring.IntegrationTests.Setup;
using LeadScoring.IntegrationTests.Webhooks;

namespace LeadScoring.IntegrationTests.Jobs;

/// <summary>The backtests' API as a client uses it.</summary>
internal static class BacktestApi
{
    /// <summary>The built-in version, which every tenant has.</summary>
    public const string Path = "/v1/scoring-models/1/backtests";

    /// <summary>Some report.</summary>
    public static string Report(Func<BacktestReport, BacktestReport>? change = null) =>
        JsonSerializer.Serialize(change?.Invoke(BacktestExamples.Report) ?? BacktestExamples.Report, WireJson.Default.BacktestReport);

    public static async Task<HttpResponseMessage> PostBacktestAsync(
        this HttpClient http, string body = "{}", string? idempotencyKey = null, string path = Path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        if (idempotencyKey is not null) request.Headers.Add("Idempotency-Key", idempotencyKey);
        return await http.SendAsync(request);
    }

    /// <summary>Asks for one more.</summary>
    public static async Task<BacktestView> BacktestAsync(this HttpClient http, string body = "{}")
    {
        using var answer = await http.PostBacktestAsync(body);
        return await answer.ReadAsync<BacktestView>(HttpStatusCode.Accepted);
    }

    public static async Task<BacktestView> LookAsync(this HttpClient http, Guid id) =>
        await (await http.GetAsync(new Uri($"{Path}/{id}", UriKind.Relative))).ReadAsync<BacktestView>();

    public static async Task<BacktestView> CancelAsync(this HttpClient http, Guid id) =>
        await (await http.PostAsync(new Uri($"{Path}/{id}/cancel", UriKind.Relative), content: null)).ReadAsync<BacktestView>();

    public static async Task<BacktestView> UntilAsync(this HttpClient http, Guid id, Func<BacktestView, bool> isSo, string what)
    {
        BacktestView? view = null;
        await Eventually.TrueAsync(async () => isSo(view = await http.LookAsync(id)), what);
        return view!;
    }

    public static Task<BacktestView> UntilAsync(this HttpClient http, Guid id, JobState state) =>
        http.UntilAsync(id, b => b.State == state, $"{state}");
}
