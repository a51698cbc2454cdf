using System.Net;
using System.Text.Json;
using LeadScoring.Contracts;

namespace LeadScoring.IntegrationTests.Faults.Handoffs;

/// <summary>A consumer of the feed that remembers one number, and asks whichever instance answers.</summary>
internal sealed class FeedReading(HttpClient http, IReadOnlyList<Uri> instances)
{
    private const int Limit = 200;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private long _after;

    public Ledger Ledger { get; } = new("the reader of the feed");

    /// <summary>What was published, by type.</summary>
    public Dictionary<string, int> ByType { get; } = [];

    /// <summary>Leads that were handed off, and how often.</summary>
    public Dictionary<string, int> HandedOff { get; } = [];

    /// <summary>Reads until so many positions are known.</summary>
    public async Task ReadUntilAsync(long position, CancellationToken ct)
    {
        for (var attempt = 0; _after < position; attempt++)
        {
            ct.ThrowIfCancellationRequested();
            try
            {
                await ReadPageAsync(instances[attempt % instances.Count], ct);
            }
            catch (HttpRequestException)
            {
                // Killed, or the database is away: another is asked.
                await Task.Delay(Pause, ct);
            }
        }
    }

    private async Task ReadPageAsync(Uri instance, CancellationToken ct)
    {
        using var answer = await http.GetAsync(new Uri(instance, $"/v1/feed?after={_after}&limit={Limit}&wait=1"), ct);
        if (answer.StatusCode == HttpStatusCode.ServiceUnavailable) throw new HttpRequestException("Not now.");
        answer.EnsureSuccessStatusCode();
        using var page = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(ct));
        foreach (var published in page.RootElement.GetProperty("events").EnumerateArray())
        {
            Ledger.Take(JsonSerializer.SerializeToUtf8Bytes(published));
            var type = published.GetProperty("type").GetString()!;
            ByType[type] = ByType.GetValueOrDefault(type) + 1;
            if (type != IntegrationEventTypes.LeadMarketingQualified) continue;
            var lead = published.GetProperty("subject").GetString()!;
            HandedOff[lead] = HandedOff.GetValueOrDefault(lead) + 1;
        }

        _after = page.RootElement.GetProperty("nextAfter").GetInt64();
    }
}
