using LeadScoring.Domain.Leads;
using LeadScoring.EventStore;

namespace LeadScoring.Host.Leads;

/// <summary>The one way to change a lead.</summary>
public sealed class LeadWriter
{
    /// <summary>Has one lead decide a command.</summary>
    /// <param name="expectedVersion">From <c>If-Match</c>; another version is refused with 412. Null: any.</param>
    /// <param name="ct">Ends the waiting, never the shared write.</param>
    public Task<LeadOutcome> SubmitAsync(
        string tenantId, Guid leadId, ILeadCommand command, long? expectedVersion, EventMetadata metadata, CancellationToken ct) =>
        throw new NotSupportedException($"{tenantId}/{leadId}: {command.GetType().Name} {expectedVersion} {metadata.Actor} {ct.IsCancellationRequested}");
}
