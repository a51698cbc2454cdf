using LeadScoring.Benchmarks.Scenarios;
using LeadScoring.Benchmarks.Seeding;
using LeadScoring.Benchmarks.Stack;
using LeadScoring.Benchmarks.Traffic;

namespace LeadScoring.Benchmarks.Comparison;

/// <summary>
/// Everyday load. Nothing is prepared: the first shot falls on an empty database and a cold program, and counts. What runs at a fixed rate
/// comes after all that finds one.
/// </summary>
internal static class LiveFigures
{
    private const int Seed = 20260101;
    private const int Clients = 32;
    private const int BatchClients = 4;
    private const int TemplatesEach = 3;
    private const int ToldEngagements = 5_000;
    private const double ShareOfPeak = 0.5;

    /// <summary>Their leads are nobody else's.</summary>
    private const int FirstOfTenants = 4_000_000;

    public static async Task RunAsync(Rounds rounds)
    {
        var people = Populations.Make(Seed);
        await rounds.MeasureRatesAsync(
        [
            (Figure.Single32, Posts(Figure.Single32, Clients, people.Usual)),
            (Figure.Single256, Posts(Figure.Single256, clients: 256, people.Usual)),
            Batches(of: 100),
            Batches(of: 1_000),
            ("single-1", Posts("single-1", clients: 1, people.Usual)),
            ("hot-lead-32", Posts("hot-lead-32", Clients, people.One)),
            ("duplicates-32", c => Ready(new DuplicatePosts(c.Service, people.Usual, c.Posted))),
            (Figure.Tenants, c => TenantsAsync(c, rounds.Options.Tenants, rounds.Stop)),
            ("read-by-id", c => ReadsAsync(c, people.Usual, rounds.Stop)),
            ("explanation-5000", async c => await Explanations.MakeAsync(c.Service, people.Told, ToldEngagements, c.Posted, rounds.Stop)),
        ]);
        rounds.NoteShares(Figure.TenantsShare, of: Figure.Tenants, to: Figure.Single32);

        if (rounds.Options.Wants(Figure.HalfPeak) || rounds.Options.Wants(Figure.FeedLag))
        {
            // The other build's rate, for both.
            var perSecond = rounds.MedianOf(Figure.Single256, rounds.Contenders[^1]) * ShareOfPeak;
            Console.WriteLine($"  {perSecond:N0} posts a second:");
            await rounds.MeasureP99Async(
            [
                (Figure.HalfPeak, c => Ready(new PacedPosts(EngagementPosts.Single(Figure.HalfPeak, PacedPosts.Connections, c.Service, people.Usual, c.Posted), perSecond))),
                (Figure.FeedLag, c => Ready(new FeedLag(Figure.FeedLag, perSecond, c.Service, people.Usual, c.Posted))),
            ]);
        }

        foreach (var contender in rounds.Contenders)
        {
            if (rounds.Options.Wants(Figure.LoadedMemory)) rounds.Note(new(Figure.LoadedMemory, contender.Name, Round: 1, contender.Meter.ServiceMegabytes()));
            await contender.CheckAsync(rounds.Stop);
        }

        (string, Func<Contender, Task<IScenario>>) Batches(int of) =>
            ($"batch-{of}", c => Ready(EngagementPosts.Batches(of, BatchClients, c.Service, people.Usual, c.Posted)));
    }

    private static Func<Contender, Task<IScenario>> Posts(string figure, int clients, EngagementTraffic traffic) =>
        c => Ready(EngagementPosts.Single(figure, clients, c.Service, traffic, c.Posted));

    private static Task<IScenario> Ready(IScenario scenario) => Task.FromResult(scenario);

    /// <summary>As many leads in all as the usual population has, so that only the number of tenants differs.</summary>
    private static async Task<IScenario> TenantsAsync(Contender contender, int tenants, CancellationToken ct)
    {
        var (each, numbers) = (EngagementTraffic.Leads / tenants, new EngagementNumbers());
        var keys = await ApiKeys.OfTenantsAsync(contender, tenants, ct);
        return new TenantPosts(
            Figure.Tenants,
            Clients,
            contender.Service,
            [.. keys.Select((key, i) => (key, new EngagementTraffic(Seed + i, numbers, FirstOfTenants + (i * each), each, TemplatesEach)))],
            contender.Posted);
    }

    private static async Task<IScenario> ReadsAsync(Contender contender, EngagementTraffic traffic, CancellationToken ct)
    {
        if ((await WalkAsync()).Count == 0)
        {
            await PostedHistory.PostAsync(contender.Service, traffic, engagementsEach: 1, contender.Posted, ct);
        }

        return new LeadReads(contender.Service, await WalkAsync());

        async Task<IReadOnlyList<Guid>> WalkAsync() =>
            (await LeadList.WalkAsync(contender.Service, contender.Service.ApiKey, pagesMax: traffic.LeadCount, ct)).Leads;
    }
}
