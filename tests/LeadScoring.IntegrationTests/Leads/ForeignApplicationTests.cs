using System.Diagnostics;
using JasperFx.Events;
using LeadScoring.Contracts;
using LeadScoring.Domain.Leads;
using LeadScoring.IntegrationTests.Faults;
using LeadScoring.IntegrationTests.Setup;
using Marten;

namespace LeadScoring.IntegrationTests.Leads;

/// <summary>Another application on Marten, which knows our event records and nothing else of ours, works on the same streams.</summary>
public sealed class ForeignApplicationTests(LeadApi api) : IClassFixture<LeadApi>
{
    private static readonly TimeSpan ShownWithin = TimeSpan.FromSeconds(20);

    /// <summary>An aggregate of its own.</summary>
    public sealed class Interest
    {
        public Guid Id { get; set; }

        public int Engagements { get; set; }

        public void Apply(EngagementRecorded engagement) => Engagements += engagement.Type.Length > 0 ? 1 : 0;
    }

    [Fact]
    public async Task It_reads_and_aggregates_a_lead_and_what_it_appends_is_shown_and_decided_though_nobody_posts_to_the_lead()
    {
        var client = await api.NewTenantAsync();
        var lead = await client.EngageAsync("foreign");
        await using var store = ForeignStore.Of(api.Database.ConnectionString);
        await using (var session = store.LightweightSession(client.TenantId))
        {
            (await session.Events.FetchStreamAsync(lead)).Select(e => e.Data).OfType<EngagementRecorded>().Count().ShouldBe(1);
            (await session.Events.AggregateStreamAsync<Interest>(lead)).ShouldNotBeNull().Engagements.ShouldBe(1);
            session.Events.Append(lead, new EngagementRecorded("crm", "foreign-1", "demo_requested", DateTimeOffset.UtcNow.AddMinutes(-1)));
            await session.SaveChangesAsync();
        }

        var started = Stopwatch.GetTimestamp();
        while ((await client.LeadAsync(lead)).Stage != Contracts.Stage.MarketingQualified && Stopwatch.GetElapsedTime(started) < ShownWithin) await Task.Delay(50);

        var shown = await client.LeadAsync(lead);
        shown.Stage.ShouldBe(Contracts.Stage.MarketingQualified);
        shown.Engagements.Count.ShouldBe(2);
        (await client.GetAsync<LeadPage>("/v1/leads?stage=marketing_qualified")).Leads.Select(l => l.LeadId).ShouldBe([lead]);
        (await client.GetAsync<ScoreExplanation>($"/v1/leads/{lead}/score")).Lines.ShouldContain(l => l.Id == "foreign-1");
    }

    [Fact]
    public async Task What_it_appends_is_not_lost_by_a_post_that_comes_next()
    {
        var client = await api.NewTenantAsync();
        var lead = await client.EngageAsync("next");
        for (var i = 0; i < 20; i++)
        {
            await ForeignStore.AppendAsync(api.Database, client.TenantId, lead, new EngagementRecorded("crm", $"next-{i}", "page_viewed", DateTimeOffset.UtcNow.AddMinutes(-1)));
            await client.EngageAsync("next");
        }

        (await client.LeadAsync(lead)).Engagements.Count.ShouldBe(41);
    }

    [Fact]
    public async Task A_thousand_appends_beside_a_full_load_lose_nothing()
    {
        const int leads = 50, appends = 1_000, posters = 16;
        var client = await api.NewTenantAsync();
        var ids = new Guid[leads];
        for (var i = 0; i < leads; i++) ids[i] = await client.EngageAsync($"person-{i}");
        var expected = new int[leads];
        Array.Fill(expected, 1);
        using var appended = new CancellationTokenSource();
        var load = Enumerable.Range(0, posters).Select(p => Task.Run(async () =>
        {
            for (var i = p; !appended.IsCancellationRequested; i += posters)
            {
                await client.EngageAsync($"person-{i % leads}");
                Interlocked.Increment(ref expected[i % leads]);
            }
        })).ToArray();

        await using (var store = ForeignStore.Of(api.Database.ConnectionString))
        {
            for (var n = 0; n < appends; n++)
            {
                await AppendUntilFirstAsync(store, client.TenantId, ids[n % leads], new EngagementRecorded("crm", $"load-{n}", "page_viewed", DateTimeOffset.UtcNow.AddMinutes(-1)));
                Interlocked.Increment(ref expected[n % leads]);
            }
        }

        await appended.CancelAsync();
        await Task.WhenAll(load);

        expected.Sum().ShouldBeGreaterThan(appends + leads, "there was a load");
        for (var i = 0; i < leads; i++)
        {
            await MigratedDatabase.UntilAsync(async () => (await client.LeadAsync(ids[i])).Engagements.Count == expected[i], $"lead {i} has its {expected[i]} engagements");
        }

        (await ServiceProcess.RunAsync(api.Database.ConnectionString, "verify")).ExitCode.ShouldBe(0);
    }

    /// <summary>Marten refuses whose version another took at that moment.</summary>
    private static async Task AppendUntilFirstAsync(IDocumentStore store, string tenant, Guid lead, EngagementRecorded fact)
    {
        while (true)
        {
            try
            {
                await using var session = store.LightweightSession(tenant);
                session.Events.Append(lead, fact);
                await session.SaveChangesAsync();
                return;
            }
            catch (EventStreamUnexpectedMaxEventIdException)
            {
            }
        }
    }
}
