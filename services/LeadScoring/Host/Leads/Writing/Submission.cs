using LeadScoring.Domain.Leads;
using LeadScoring.EventStore;
using LeadScoring.Host.Engagements;

namespace LeadScoring.Host.Leads.Writing;

/// <summary>Something asked of a lead, waiting for its commit.</summary>
/// <param name="EventId">The id of the event that makes it true; the same at every attempt, so none is stored twice.</param>
/// <param name="Bytes">Size of its event body, or an estimate.</param>
internal abstract record Submission(string TenantId, Guid EventId, EventMetadata Metadata, int Bytes)
{
    private readonly TaskCompletionSource<LeadOutcome> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>A timestamp of the service's clock: when the waiting began.</summary>
    public long QueuedAt { get; set; }

    /// <summary>An earlier attempt's commit may have gone through without our hearing of it.</summary>
    public bool MayBeStored { get; set; }

    /// <summary>Nobody waits any longer, or it was answered.</summary>
    public bool IsOver => _answer.Task.IsCompleted;

    public Task<LeadOutcome> Answered => _answer.Task;

    public void Answer(LeadOutcome outcome) => _answer.TrySetResult(outcome);
}

/// <param name="Event">The engagement's event, serialised by the request that posted it.</param>
internal sealed record EngagementSubmission(string TenantId, NewEvent Event, PostedEngagement Posted)
    : Submission(TenantId, Event.Id, Event.Metadata, Event.Body.Length);

/// <param name="ExpectedVersion">From <c>If-Match</c>; null: any.</param>
internal sealed record CommandSubmission(
    string TenantId, Guid EventId, EventMetadata Metadata, Guid LeadId, ILeadCommand Command, long? ExpectedVersion)
    : Submission(TenantId, EventId, Metadata, BytesEstimate)
{
    private const int BytesEstimate = 2_048;
}
