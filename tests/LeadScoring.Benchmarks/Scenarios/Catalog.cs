using LeadScoring.Benchmarks.Stack;
using LeadScoring.Benchmarks.Traffic;
using LeadScoring.EventStore;
using Npgsql;

namespace LeadScoring.Benchmarks.Scenarios;

/// <summary>All scenarios, in the order a round runs them: what only reads before what fills the tables.</summary>
internal static class Catalog
{
    public static IReadOnlyList<string> Names { get; } = ["H", "A", "P", "read-by-id", "single-32", "batch-100", "batch-1000"];

    /// <param name="leads">Known leads, to be read.</param>
    /// <param name="posted">What the service acknowledges.</param>
    /// <param name="appended">What the ceilings store beside it.</param>
    public static IReadOnlyList<IScenario> Make(
        ServiceProcess service,
        NpgsqlDataSource ceilingTables,
        EngagementTraffic traffic,
        IReadOnlyList<Guid> leads,
        Ledger posted,
        Ledger appended) =>
    [
        new HttpCeiling(service),
        new AppendCeiling(new PostgresEventStore(ceilingTables), appended),
        new InsertCeiling(ceilingTables, appended),
        new LeadReads(service, leads),
        EngagementPosts.Single(clients: 32, service, traffic, posted),
        EngagementPosts.Batches(of: 100, clients: 4, service, traffic, posted),
        EngagementPosts.Batches(of: 1000, clients: 4, service, traffic, posted),
    ];
}
