using System.Net.Http.Headers;
using System.Text.Json;
using LeadScoring.Benchmarks.Stack;

namespace LeadScoring.Benchmarks.Scenarios;

/// <summary>A tenant's leads by score, walked as a client would.</summary>
internal static class LeadList
{
    private const int PageRows = 200;

    /// <returns>The ids met, and the cursor after each page but the last.</returns>
    public static async Task<(IReadOnlyList<Guid> Leads, IReadOnlyList<string> Cursors)> WalkAsync(
        ServiceProcess service, string apiKey, int pagesMax, CancellationToken ct)
    {
        using var http = new HttpClient { BaseAddress = new Uri($"http://{service.EndPoint}") };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", apiKey);
        var (leads, cursors) = (new List<Guid>(), new List<string>());
        for (var page = 0; page < pagesMax; page++)
        {
            var after = page == 0 ? "" : $"&cursor={cursors[^1]}";
            using var answer = JsonDocument.Parse(await http.GetStringAsync(new Uri($"/v1/leads?sort=score&limit={PageRows}{after}", UriKind.Relative), ct));
            leads.AddRange(answer.RootElement.GetProperty("leads").EnumerateArray().Select(l => l.GetProperty("leadId").GetGuid()));
            if (!answer.RootElement.TryGetProperty("nextCursor", out var next) || next.GetString() is not { } cursor) break;
            cursors.Add(cursor);
        }

        return (leads, cursors);
    }
}
