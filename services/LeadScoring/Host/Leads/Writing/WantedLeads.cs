using LeadScoring.Host.Events;

namespace LeadScoring.Host.Leads.Writing;

/// <summary>What a round asks the database for.</summary>
internal sealed class WantedLeads
{
    public HashSet<TenantIdentity> Identities { get; } = [];

    /// <summary>Named outright.</summary>
    public HashSet<StreamKey> Leads { get; } = [];

    /// <summary>That may be stored already.</summary>
    public HashSet<Guid> EventIds { get; } = [];

    public bool IsEmpty => Leads.Count == 0 && Identities.Count == 0 && EventIds.Count == 0;

    public void Add(Submission submission)
    {
        if (submission.StatedLead is { } lead) Leads.Add(lead);
        foreach (var identity in submission.StatedIdentities) Identities.Add(new(submission.TenantId, LeadIdentity.IdOf(identity)));
        if (submission is EngagementSubmission or CommandSubmission { IsNamed: true } || submission.MayBeStored) EventIds.Add(submission.EventId);
    }
}
