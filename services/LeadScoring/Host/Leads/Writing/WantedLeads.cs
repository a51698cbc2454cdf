using LeadScoring.EventStore;

namespace LeadScoring.Host.Leads.Writing;

/// <summary>What a round asks the database for.</summary>
internal sealed class WantedLeads
{
    private readonly HashSet<TenantIdentity> _identities = [];

    /// <summary>Named outright.</summary>
    public HashSet<StreamKey> Leads { get; } = [];

    /// <summary>That may be stored already.</summary>
    public HashSet<Guid> EventIds { get; } = [];

    public bool IsEmpty => Leads.Count == 0 && _identities.Count == 0 && EventIds.Count == 0;

    public void Add(Submission submission)
    {
        if (submission.StatedLead is { } lead) Leads.Add(lead);
        foreach (var identity in submission.StatedIdentities) _identities.Add(new(submission.TenantId, identity));
        if (submission is EngagementSubmission or CommandSubmission { IsNamed: true } || submission.MayBeStored) EventIds.Add(submission.EventId);
    }

    /// <summary>The stated identities, column by column.</summary>
    public (string[] Tenants, string[] Kinds, string[] Values) Names()
    {
        var names = (Tenants: new string[_identities.Count], Kinds: new string[_identities.Count], Values: new string[_identities.Count]);
        var i = 0;
        foreach (var (tenantId, identity) in _identities)
        {
            names.Tenants[i] = tenantId;
            names.Kinds[i] = LeadKeys.KindOf(identity.Kind);
            names.Values[i++] = identity.Value;
        }

        return names;
    }
}
