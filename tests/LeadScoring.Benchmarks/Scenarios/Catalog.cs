using LeadScoring.Benchmarks.Stack;
using LeadScoring.Benchmarks.Traffic;
using LeadScoring.EventStore;
using Npgsql;

namespace LeadScoring.Benchmarks.Scenarios;

/// <summary>All scenarios by name, in the order a round runs them: what finds the peak before what runs at half of it.</summary>
internal static class Catalog
{
    public const string HotLead = "hot-lead-32";
    public const string Spread = "spread-32";
    public const string HalfPeak = "half-peak";
    public const string LiveLag = "live-lag";
    public const string FeedLag = "feed-lag";
    public const string ListByScore = "list-by-score";
    public const string Explanation = "explanation-5000";

    /// <summary>Measured together, round by round.</summary>
    public static IReadOnlyList<string> Main { get; } =
    [
        "H", "C", "A", "P", "F", "append-500", "read-by-id", "single-1", "single-32", "single-256", "batch-100", "batch-1000",
        HotLead, "duplicates-32", Spread, HalfPeak, LiveLag, FeedLag,
    ];

    /// <summary>Measured after the others, because what they need in the tables would stand in the way of these.</summary>
    public static IReadOnlyList<string> Late { get; } = [ListByScore, Explanation];

    public static IReadOnlyList<string> Names { get; } = [.. Main, .. Late];

    /// <param name="leads">Known leads, to be read.</param>
    public static IReadOnlyList<IScenario> MakeMain(Bench bench, Populations people, IReadOnlyList<Guid> leads, Peak peak)
    {
        var (service, posted, appended) = (bench.Service, bench.Posted, bench.Appended);
        var ceilings = bench.CeilingTables;
        var store = new PostgresEventStore(bench.ServiceTables);
        var rows = StoredRows.Make();
        return
        [
            new HttpCeiling(service),
            new CopyCeiling(ceilings, rows, appended),
            new AppendCeiling(ceilings, rows, appended),
            new InsertCeiling(ceilings, appended),
            new LogReads(store),
            new StoreAppends(new PostgresEventStore(ceilings), rows, appended),
            new LeadReads(service, leads),
            EngagementPosts.Single(clients: 1, service, people.Usual, posted),
            EngagementPosts.Single(clients: 32, service, people.Usual, posted),
            EngagementPosts.Single(clients: 256, service, people.Usual, posted),
            EngagementPosts.Batches(of: 100, clients: 4, service, people.Usual, posted),
            EngagementPosts.Batches(of: 1000, clients: 4, service, people.Usual, posted),
            EngagementPosts.Single(HotLead, clients: 32, service, people.One, posted),
            new DuplicatePosts(service, people.Usual, posted),
            .. people.Many is { } many ? [EngagementPosts.Single(Spread, clients: 32, service, many, posted)] : Array.Empty<IScenario>(),
            new HalfPeakPosts(EngagementPosts.Single(HalfPeak, HalfPeakPosts.Connections, service, people.Usual, posted), peak),
            new LiveLag(LiveLag, peak, store, bench.ServiceTables, service, people.Usual, posted),
            new FeedLag(FeedLag, peak, service, people.Usual, posted),
        ];
    }

    /// <param name="many">Of the tenant with very many leads; null: none was made.</param>
    /// <param name="told">The lead with very many engagements; null: none was made.</param>
    public static IReadOnlyList<IScenario> MakeLate(ServiceProcess service, (string ApiKey, IReadOnlyList<string> Cursors)? many, Guid? told) =>
    [
        .. many is { } list ? [new LeadPages(service, list.ApiKey, list.Cursors)] : Array.Empty<IScenario>(),
        .. told is { } lead ? [new Explanations(service, lead)] : Array.Empty<IScenario>(),
    ];
}
