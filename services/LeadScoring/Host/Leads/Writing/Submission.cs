using LeadScoring.Domain.Identities;
using LeadScoring.Domain.Leads;
using LeadScoring.Host.Engagements;
using LeadScoring.Host.Events;

namespace LeadScoring.Host.Leads.Writing;

/// <summary>Something asked of a lead, waiting for its commit.</summary>
/// <param name="request">The request that waits for it, perhaps for others too.</param>
/// <param name="eventId">The id of the event that makes it true; the same at every attempt, so none is stored twice.</param>
/// <param name="bytes">Size of its event body, or an estimate.</param>
internal abstract class Submission(WaitingRequest request, string tenantId, Guid eventId, EventMetadata metadata, int bytes)
{
    private LeadOutcome? _outcome;
    private List<DateTimeOffset>? _openAttempts;

    public string TenantId => tenantId;

    public Guid EventId => eventId;

    public EventMetadata Metadata => metadata;

    public int Bytes => bytes;

    /// <summary>The lead it names outright; null: none.</summary>
    public abstract StreamKey? StatedLead { get; }

    /// <summary>Other names of the lead, strongest first.</summary>
    public abstract IReadOnlyList<Identity> StatedIdentities { get; }

    /// <summary>A timestamp of the service's clock: when the waiting began.</summary>
    public long QueuedAt => request.QueuedAt;

    /// <summary>Behind it in the queue.</summary>
    public Submission? Next { get; set; }

    /// <summary>An earlier attempt's commit may have gone through without our hearing of it.</summary>
    public bool MayBeStored => _openAttempts is not null;

    /// <summary>What this instance remembers of the lead is not enough: ask the database.</summary>
    public bool MustLoad { get; set; }

    /// <summary>Nobody waits any longer, or it was answered.</summary>
    public bool IsOver => Volatile.Read(ref _outcome) is not null;

    /// <summary>Null until <see cref="IsOver"/>.</summary>
    public LeadOutcome? Outcome => Volatile.Read(ref _outcome);

    /// <summary>An attempt ended without a word; what it may have stored bears this time.</summary>
    public void LeaveOpen(DateTimeOffset at) => (_openAttempts ??= []).Add(at);

    /// <summary>Whether an event stored at a time was stored by one of its own attempts: done, not repeated.</summary>
    public bool Stored(DateTimeOffset at) => _openAttempts?.Contains(at) ?? false;

    /// <summary>The first answer counts.</summary>
    public void Answer(LeadOutcome outcome)
    {
        if (Interlocked.CompareExchange(ref _outcome, outcome, null) is null) request.OneIsOver();
    }
}

/// <param name="fact">The engagement's event, serialised by the request that posted it.</param>
internal sealed class EngagementSubmission(WaitingRequest request, string tenantId, NewEvent fact, PostedEngagement posted)
    : Submission(request, tenantId, fact.Id, fact.Metadata, fact.Body.Length)
{
    public NewEvent Event => fact;

    public PostedEngagement Posted => posted;

    public override StreamKey? StatedLead => posted.LeadId is { } id ? new(TenantId, id) : null;

    public override IReadOnlyList<Identity> StatedIdentities => posted.Identities;
}

/// <param name="expectedVersion">From <c>If-Match</c>; null: any.</param>
internal sealed class CommandSubmission(
    WaitingRequest request, string tenantId, Guid eventId, EventMetadata metadata, Guid leadId, ILeadCommand command, long? expectedVersion, bool isNamed = false)
    : Submission(request, tenantId, eventId, metadata, BytesEstimate)
{
    private const int BytesEstimate = 2_048;

    public Guid LeadId => leadId;

    public ILeadCommand Command => command;

    public long? ExpectedVersion => expectedVersion;

    /// <summary>Its event id means the command for good: an event stored under it says that it was done.</summary>
    public bool IsNamed => isNamed;

    public override StreamKey? StatedLead => new(TenantId, leadId);

    public override IReadOnlyList<Identity> StatedIdentities => [];
}
