using LeadScoring.Host.Scoring.Models;
using Npgsql;

namespace LeadScoring.Host.Leads.Rebuilding;

/// <param name="RowsRemoved">Lead rows no stream stood behind.</param>
/// <param name="ClaimsRemoved">Keys no event spoke of.</param>
/// <param name="ClaimsRestored">Keys an event spoke of and nobody held.</param>
public sealed record RebuildResult(long Leads, long Events, long RowsRemoved, long ClaimsRemoved, long ClaimsRestored);

/// <summary>
/// Makes lead rows and keys from the log again, while the service runs. All of them are made beside the live table, which
/// is then replaced; those of a tenant, or one, are written in place. A rebuild that was stopped is simply started again.
/// </summary>
public sealed class Rebuild(
    NpgsqlDataSource dataSource, LeadStreams streams, TenantModels models, TimeProvider clock, RebuildBounds? bounds = null)
{
    /// <exception cref="EventStore.Events.UnreadableEventException">
    /// An event's body does not fit its type. Nothing is changed then or, of a scope, only pages before it.
    /// </exception>
    /// <exception cref="RebuildRefused">All leads are to be rebuilt, and that is going on already or does not come to its end.</exception>
    public Task<RebuildResult> RunAsync(StreamScope scope, WorkProgress progress, CancellationToken ct)
    {
        var pages = new PageRebuild(dataSource, streams, models, clock);
        return scope == StreamScope.All
            ? new LogRebuild(dataSource, streams, models, clock, pages, bounds ?? new()).RunAsync(progress, ct)
            : pages.RunAsync(scope, progress, ct);
    }
}

/// <summary>All leads cannot be rebuilt at this time; the live table is as it was.</summary>
public sealed class RebuildRefused(string message) : Exception(message);
