using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using LeadScoring.Contracts;

namespace LeadScoring.IntegrationTests.Faults.Handoffs;

/// <summary>
/// People who ask for a demo, each handed to sales by that; sales accepts every fourth of them and opens an opportunity.
/// Everything is asked again, of the other instance, until it is acknowledged.
/// </summary>
internal sealed class Qualifications(HttpClient http, IReadOnlyList<Uri> instances, int people)
{
    private const int Posters = 8;
    private const int PeoplePerBatch = 50;
    private const int AcceptedEvery = 4;
    private const int AttemptsMax = 1_200;
    private static readonly TimeSpan RepeatPause = TimeSpan.FromMilliseconds(100);

    private readonly DateTimeOffset _occurredAt = DateTimeOffset.UtcNow.AddMinutes(-1);

    /// <summary>People handed to sales, as acknowledged.</summary>
    public Tally Acknowledged { get; } = new();

    /// <summary>Events that are published for so many people.</summary>
    public int EventsExpected => people + (2 * ((people + AcceptedEvery - 1) / AcceptedEvery));

    public Task PostAsync() => Parallel.ForEachAsync(
        Enumerable.Range(0, people).Chunk(PeoplePerBatch),
        new ParallelOptions { MaxDegreeOfParallelism = Posters },
        async (batch, _) =>
        {
            var leads = await IntroduceAsync(batch);
            foreach (var lead in batch.Zip(leads).Where(p => p.First % AcceptedEvery == 0).Select(p => p.Second))
            {
                await CommandAsync(lead, "accept", new AcceptRequest("sam"));
                await CommandAsync(lead, "opportunity", new OpportunityRequest("sam"));
            }

            foreach (var person in batch) Acknowledged.Increment();
        });

    private async Task<IReadOnlyList<Guid>> IntroduceAsync(int[] batch)
    {
        var engagements = batch.Select(person => new
        {
            id = $"demo-{person}",
            source = "website",
            type = "demo_requested",
            occurredAt = _occurredAt,
            lead = new { email = $"person.{person}@example.com" },
        });
        var receipt = await UntilAnsweredAsync<EngagementBatchReceipt>("/v1/engagements/batch", new { engagements }, batch[0]);
        receipt.Rejected.ShouldBe(0);
        return [.. receipt.Results.Select(r => r.Lead!.LeadId)];
    }

    private async Task CommandAsync(Guid lead, string command, object body) =>
        await UntilAnsweredAsync<CommandReceipt>($"/v1/leads/{lead}/{command}", body, lead.GetHashCode());

    private async Task<T> UntilAnsweredAsync<T>(string path, object body, int seed)
    {
        for (var attempt = 0; attempt < AttemptsMax; attempt++)
        {
            var instance = instances[(int)((uint)(seed + attempt) % instances.Count)];
            try
            {
                using var answer = await http.PostAsJsonAsync(new Uri(instance, path), body, JsonSerializerOptions.Web);
                if (answer.StatusCode != HttpStatusCode.ServiceUnavailable)
                {
                    var text = await answer.Content.ReadAsStringAsync();
                    answer.IsSuccessStatusCode.ShouldBeTrue(text);
                    return JsonSerializer.Deserialize<T>(text, JsonSerializerOptions.Web)!;
                }
            }
            catch (Exception e) when (e is HttpRequestException or IOException or TaskCanceledException)
            {
                // Killed in the middle: the other one is asked.
            }

            await Task.Delay(RepeatPause);
        }

        throw new TimeoutException($"{path} was not acknowledged in {AttemptsMax} attempts.");
    }
}
