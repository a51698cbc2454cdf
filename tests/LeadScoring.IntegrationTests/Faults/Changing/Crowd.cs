using System.Collections.Concurrent;
using LeadScoring.Contracts;

namespace LeadScoring.IntegrationTests.Faults.Changing;

/// <summary>What people do: producers post it, late, twice, in batches and in bursts, each until it is acknowledged.</summary>
internal sealed class Crowd(PatientClient client, RunSettings settings)
{
    private const int Producers = 4;
    private const int PauseMsMax = 60;
    private const int BatchMax = 12;
    private const int BurstMax = 6;
    private const int KnownMax = 200;

    /// <summary>How uneven people are: 1 is even.</summary>
    private const double Unevenness = 1.3;

    private static readonly (string Type, int Weight)[] Types =
    [
        ("page_viewed", 30), ("pricing_page_viewed", 12), ("email_opened", 18), ("email_clicked", 12), ("email_delivered", 6), ("content_downloaded", 8),
        ("webinar_attended", 5), ("demo_requested", 1), ("contact_form_submitted", 2), ("careers_page_viewed", 4), ("unsubscribed", 2), ("email_bounced", 1),
    ];

    private readonly ConcurrentDictionary<(string Source, string Id), (Engagement Posted, Guid Lead)> _acknowledged = new();
    private readonly ConcurrentDictionary<string, Guid> _leads = new(StringComparer.Ordinal);

    /// <summary>What was acknowledged, each with the lead it was said to belong to.</summary>
    public IReadOnlyDictionary<(string Source, string Id), (Engagement Posted, Guid Lead)> Acknowledged => _acknowledged;

    /// <summary>By the person's address.</summary>
    public IReadOnlyDictionary<string, Guid> Leads => _leads;

    public Task PostAsync(CancellationToken ending) => Task.WhenAll(Enumerable.Range(0, Producers).Select(p => Task.Run(() => PostAsync(p, ending), CancellationToken.None)));

    private async Task PostAsync(int producer, CancellationToken ending)
    {
        var random = settings.Of($"producer {producer}");
        var (made, known) = (0, new List<Engagement>());
        while (!ending.IsCancellationRequested)
        {
            List<Engagement> request = random.Next(10) switch
            {
                0 => Burst(),
                1 or 2 => [.. Enumerable.Range(0, random.Next(2, BatchMax)).Select(_ => Some(Person(), TypeOfChance()))],
                3 when known.Count > 0 => [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => known[random.Next(known.Count)]).Distinct()],
                _ => [Some(Person(), TypeOfChance())],
            };
            await PostAsync(request, random);
            known.AddRange(request);
            if (known.Count > KnownMax) known.RemoveRange(0, known.Count - KnownMax);
            await Task.Delay(random.Next(PauseMsMax), CancellationToken.None);
        }

        string Person() => $"p{(int)(settings.Leads * Math.Pow(random.NextDouble(), Unevenness))}@example.com";

        Engagement Some(string person, string type, double? agoSeconds = null) => new(
            $"{producer}-{++made}", random.Next(2) == 0 ? "web" : $"mail{producer}", type, Ago(agoSeconds ?? AgeOfChance()), new LeadReference(Email: person),
            Campaign: random.Next(3) == 0 ? $"c{random.Next(4)}" : null, Asset: random.Next(3) == 0 ? $"a{random.Next(2)}" : null);

        // A scanner follows all links of a message, sometimes right after it arrived.
        List<Engagement> Burst()
        {
            var (person, ago) = (Person(), random.Next(3) == 0 ? random.Next(100_000) : 10);
            List<Engagement> burst = [.. Enumerable.Range(0, random.Next(2, BurstMax + 1)).Select(_ => Some(person, "email_clicked", ago - (random.NextDouble() * 4)))];
            if (random.Next(2) == 0) burst.Insert(random.Next(burst.Count + 1), Some(person, "email_delivered", ago));
            return burst;
        }

        double AgeOfChance() => random.Next(10) switch
        {
            < 5 => random.NextDouble() * 5,
            < 7 => random.NextDouble() * 86_400,
            _ => random.NextDouble() * 86_400 * 20,
        };

        string TypeOfChance()
        {
            var chance = random.Next(Types.Sum(t => t.Weight));
            return Types.First(t => (chance -= t.Weight) < 0).Type;
        }
    }

    private static DateTimeOffset Ago(double seconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds(DateTimeOffset.UtcNow.AddSeconds(-seconds).ToUnixTimeMilliseconds());

    private async Task PostAsync(List<Engagement> request, Random random)
    {
        // Half of what belongs together comes at once, by several connections.
        if (request.Count > 1 && random.Next(2) == 0)
        {
            var apart = request.Select(e => (Engagement: e, Random: new Random(random.Next()))).ToList();
            await Task.WhenAll(apart.Select(one => PostOneAsync(one.Engagement, one.Random)));
        }
        else if (request.Count == 1)
        {
            await PostOneAsync(request[0], random);
        }
        else if ((await client.SendAsync<EngagementBatchReceipt>(HttpMethod.Post, "/v1/engagements/batch", new EngagementBatch(request), random)).Body is { } receipt)
        {
            foreach (var (engagement, item) in request.Zip(receipt.Results))
            {
                if (item.Lead is null) client.Complain($"{engagement.Source}/{engagement.Id} in a batch: {item.Problem?.Code}");
                else Acknowledge(engagement, item.Lead.LeadId);
            }
        }
    }

    private async Task PostOneAsync(Engagement engagement, Random random)
    {
        if ((await client.SendAsync<EngagementReceipt>(HttpMethod.Post, "/v1/engagements", engagement, random)).Body is { } receipt) Acknowledge(engagement, receipt.Lead.LeadId);
    }

    private void Acknowledge(Engagement engagement, Guid lead)
    {
        var known = _acknowledged.GetOrAdd((engagement.Source, engagement.Id), (engagement, lead));
        if (known.Lead != lead || _leads.GetOrAdd(engagement.Lead.Email!, lead) != lead) client.Complain($"{engagement.Source}/{engagement.Id} went to {lead}, not {known.Lead}");
    }
}
