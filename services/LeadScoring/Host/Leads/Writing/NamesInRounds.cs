using LeadScoring.Host.Events;

namespace LeadScoring.Host.Leads.Writing;

/// <summary>
/// The names, as submissions state them, of leads that are being written, and of everything passed over because of them.
/// Two names of one lead may slip by: then one of the two commits loses, and runs again.
/// </summary>
internal sealed class NamesInRounds
{
    private readonly HashSet<TenantIdentity> _identities = [];
    private readonly HashSet<StreamKey> _leads = [];

    public NamesInRounds(IEnumerable<IReadOnlyList<Submission>> rounds)
    {
        foreach (var submission in rounds.SelectMany(r => r)) Hold(submission);
    }

    /// <summary>Whether a submission has to wait; if so, its own names are held from here on.</summary>
    public bool HoldUp(Submission submission)
    {
        if (!IsHeld(submission)) return false;
        Hold(submission);
        return true;
    }

    private bool IsHeld(Submission submission)
    {
        if (submission.StatedLead is { } lead && _leads.Contains(lead)) return true;
        foreach (var identity in submission.StatedIdentities)
        {
            if (_identities.Contains(new(submission.TenantId, LeadIdentity.IdOf(identity)))) return true;
        }

        return false;
    }

    private void Hold(Submission submission)
    {
        if (submission.StatedLead is { } lead) _leads.Add(lead);
        foreach (var identity in submission.StatedIdentities) _identities.Add(new(submission.TenantId, LeadIdentity.IdOf(identity)));
    }
}
