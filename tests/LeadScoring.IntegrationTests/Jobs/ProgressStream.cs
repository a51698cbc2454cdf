using System.Net;
using System.Text.Json;
using LeadScoring.Contracts;

namespace LeadScoring.IntegrationTests.Jobs;

internal sealed record SentProgress(string Name, string? Id, BacktestView Backtest);

/// <summary>A backtest's Server-Sent Events, as a client reads them.</summary>
internal sealed class ProgressStream(HttpResponseMessage answer, StreamReader lines) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task<ProgressStream> OpenAsync(HttpClient http, Guid id)
    {
        var answer = await http.GetAsync(new Uri($"{BacktestApi.Path}/{id}/events", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Content.Headers.ContentType!.ToString().ShouldBe("text/event-stream");
        return new(answer, new StreamReader(await answer.Content.ReadAsStreamAsync()));
    }

    /// <summary>Reads on to the first event that shows the backtest so.</summary>
    public async Task<SentProgress> UntilAsync(Func<BacktestView, bool> isSo)
    {
        while (await NextAsync() is { } sent)
        {
            if (isSo(sent.Backtest)) return sent;
        }

        throw new InvalidOperationException("The stream has ended.");
    }

    /// <returns>Null when the stream has ended.</returns>
    public async Task<SentProgress?> NextAsync()
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        while (await lines.ReadLineAsync().WaitAsync(Patience) is { } line)
        {
            if (line.Length == 0 && fields.TryGetValue("data", out var data))
            {
                return new(fields["event"], fields.GetValueOrDefault("id"), JsonSerializer.Deserialize<BacktestView>(data, JsonSerializerOptions.Web)!);
            }

            if (line.IndexOf(": ", StringComparison.Ordinal) is > 0 and var colon) fields[line[..colon]] = line[(colon + 2)..];
        }

        return null;
    }

    public void Dispose()
    {
        lines.Dispose();
        answer.Dispose();
    }
}
