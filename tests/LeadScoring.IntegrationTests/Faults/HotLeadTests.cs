using System.Net.Http.Json;
using Xunit.Abstractions;

namespace LeadScoring.IntegrationTests.Faults;

/// <summary>
/// Everybody writes to one lead at the same time, through two instances: of all appends that start from one version all but
/// one lose. The service has to sort that out by itself.
/// </summary>
[Collection(FaultCollection.Name)]
public sealed class HotLeadTests(FaultCluster cluster, ITestOutputHelper output)
{
    private const int ProducerCount = 64;
    private const int EngagementCount = 4_000;
    private const int PatchesEach = 10;

    [Fact]
    public async Task No_conflict_over_a_hot_lead_reaches_a_client()
    {
        var prospects = Prospects.Make(seed: 64, people: 1, EngagementCount, until: Prospects.AMinuteAgo);
        var answers = new Answers();
        await using var service = await TwoInstances.StartAsync(cluster, output);
        var producers = new Producers(service.Http, service.Addresses, Patience.None, answers);
        await producers.PostAsync([[[prospects.Engagements[0]]]]);
        var lead = answers.Acknowledged[prospects.Engagements[0]].LeadId;

        var posting = producers.PostAsync(Schedule.Deal([.. prospects.Engagements.Skip(1)], ProducerCount, seed: 1));
        var patched = await Task.WhenAll(
            Enumerable.Range(0, ProducerCount).Select(producer => Task.Run(() => PatchAsync(service, lead, producer))));
        await posting;

        patched.SelectMany(statuses => statuses).ShouldAllBe(status => status == 200);
        var check = new EndCheck(prospects, answers, service);
        await check.HoldsAsync();
        check.EachWasRecordedOnceAndThenADuplicate();
        var attributes = (await service.LeadAsync(lead, instance: 0)).Attributes;
        attributes.ToDictionary(a => a.Key, a => a.Value.GetInt32())
            .ShouldBe(Enumerable.Range(0, ProducerCount).ToDictionary(Attribute, _ => PatchesEach - 1), ignoreOrder: true);
    }

    private static string Attribute(int producer) => $"seen_by_{producer}";

    /// <summary>Sets an attribute of the producer's own to 0, 1, 2 and so on.</summary>
    /// <returns>The HTTP statuses.</returns>
    private static async Task<List<int>> PatchAsync(TwoInstances service, Guid lead, int producer)
    {
        var statuses = new List<int>();
        for (var patch = 0; patch < PatchesEach; patch++)
        {
            var instance = service.Addresses[(producer + patch) % service.Addresses.Count];
            using var answer = await service.Http.PatchAsJsonAsync(
                new Uri(instance, $"/v1/leads/{lead}/attributes"),
                new { actor = "enricher", attributes = new Dictionary<string, int> { [Attribute(producer)] = patch } });
            statuses.Add((int)answer.StatusCode);
        }

        return statuses;
    }
}
