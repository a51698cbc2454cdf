using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using LeadScoring.Contracts;
using Xunit.Abstractions;

namespace LeadScoring.IntegrationTests.Faults;

/// <summary>Steps that are due while instances are killed and the database is stopped.</summary>
[Collection(FaultCollection.Name)]
public sealed class TimersUnderFireTests(FaultCluster cluster, ITestOutputHelper output)
{
    private const int Leads = 2_000;
    private const int BatchMax = 1_000;
    private const int PageMax = 200;

    /// <summary>By then steps are due.</summary>
    private const int CrashRound = 8;

    /// <summary>Long enough to record all conversions before the first step is due.</summary>
    private static readonly TimeSpan FirstDueIn = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan DueApart = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan PublishedWithin = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task Every_step_is_published_once_whoever_is_killed_while_it_is_due()
    {
        await using var service = await TwoInstances.StartAsync(cluster, output);
        var cadence = new NurtureCadence(Enabled: true, [new(1, "email"), new(30, "call")], ["webinar_attended"], ["unsubscribed"], []);
        using (var put = await service.Http.PutAsJsonAsync(new Uri(service.First.Address, "/v1/nurture-cadence"), cadence)) put.EnsureSuccessStatusCode();
        var lastDueAt = await ConvertAsync(service);

        for (var round = 0; DateTimeOffset.UtcNow < lastDueAt; round++)
        {
            var victim = round % 2 == 0 ? service.First : service.Second;
            await victim.KillAsync();
            if (round == CrashRound)
            {
                await cluster.CrashAsync();
                await cluster.StartAgainAsync();
            }

            await victim.StartAgainAsync();
        }

        var steps = await PublishedAsync(service);
        steps.Count.ShouldBe(Leads);
        steps.Select(s => s.Lead.LeadId).Distinct().Count().ShouldBe(Leads);
        steps.ShouldAllBe(s => s.Step == 1 && s.Channel == "email" && s.At >= s.StartedAt.AddDays(1) && s.NextStepAt == s.StartedAt.AddDays(30));
        output.WriteLine($"Latest by {steps.Max(s => s.At - s.StartedAt.AddDays(1)).TotalSeconds:N1} s");
        await service.VerifyAsync();
    }

    /// <summary>Webinars of yesterday, so that the first day's step is due in a moment.</summary>
    /// <returns>When the last of them has its step.</returns>
    private static async Task<DateTimeOffset> ConvertAsync(TwoInstances service)
    {
        var first = DateTimeOffset.UtcNow + FirstDueIn - TimeSpan.FromDays(1);
        for (var from = 0; from < Leads; from += BatchMax)
        {
            var page = Enumerable.Range(from, BatchMax).Select(i => new Engagement(
                $"w-{i}", "webinars", "webinar_attended", first + (i * DueApart), new LeadReference(Email: $"p{i}@example.com")));
            using var posted = await service.Http.PostAsJsonAsync(new Uri(service.Second.Address, "/v1/engagements/batch"), new EngagementBatch([.. page]));
            (await posted.Content.ReadFromJsonAsync<EngagementBatchReceipt>())!.Recorded.ShouldBe(BatchMax);
        }

        return first.AddDays(1) + (Leads * DueApart);
    }

    private static async Task<List<NurtureStepDueV1>> PublishedAsync(TwoInstances service)
    {
        var (after, steps, started) = (0L, new List<NurtureStepDueV1>(), Stopwatch.GetTimestamp());
        while (steps.Count < Leads)
        {
            Stopwatch.GetElapsedTime(started).ShouldBeLessThan(PublishedWithin, $"{steps.Count} steps were published");
            var page = (await service.Http.GetFromJsonAsync<FeedPageView>(new Uri(service.First.Address, $"/v1/feed?after={after}&limit={PageMax}&wait=5")))!;
            steps.AddRange(page.Events
                .Where(e => e.Type == IntegrationEventTypes.NurtureStepDue)
                .Select(e => e.Data.Deserialize<NurtureStepDueV1>(JsonSerializerOptions.Web)!));
            after = page.NextAfter;
        }

        return steps;
    }
}
