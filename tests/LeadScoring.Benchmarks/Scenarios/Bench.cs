using LeadScoring.Benchmarks.Stack;
using Npgsql;

namespace LeadScoring.Benchmarks.Scenarios;

/// <summary>What the scenarios of one run share.</summary>
/// <param name="ServiceTables">The service's own tables, to be read.</param>
/// <param name="CeilingTables">The same tables beside them, to be filled.</param>
/// <param name="Posted">What the service acknowledges.</param>
/// <param name="Appended">What the ceilings store.</param>
internal sealed record Bench(
    ServiceProcess Service, NpgsqlDataSource ServiceTables, NpgsqlDataSource CeilingTables, Ledger Posted, Ledger Appended);
