using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;
using LeadScoring.EventStore;

namespace LeadScoring.Host.Leads.Rebuilding;

/// <summary>A lead while the log passes by.</summary>
/// <param name="head">The version its stream had when the fold began; the fold may get further or, of a hurt stream, less far.</param>
internal sealed class FoldedLead(Lead lead, ScoringModel model, long version, DateTimeOffset updatedAt, long head)
{
    /// <summary>Identities beyond these are not followed here; decisions allow fewer.</summary>
    private const int ClaimsFollowedMax = 64;

    private Lead _lead = lead;
    private ulong _claimsHeld;
    private bool _isBroken;

    /// <summary>Of the last event taken in; 0: none yet.</summary>
    public long Version { get; private set; } = version;

    public DateTimeOffset UpdatedAt { get; private set; } = updatedAt;

    /// <summary>Only a look at its whole stream can tell this lead: an arrival came too late to place, or versions are out of order.</summary>
    public bool NeedsStream => _isBroken || !_lead.Score.Exact || _lead.Score.ModelId != model.Id;

    /// <summary>Everything its stream held is told.</summary>
    public bool IsTold => !NeedsStream && Version == head;

    /// <summary>What it is scored under.</summary>
    public ScoringModel Model => model;

    public Lead Lead => _lead with { Version = Version };

    public IReadOnlyList<Domain.Identities.Identity> Identities => _lead.Identities;

    public void Take(RecordedLeadEvent recorded)
    {
        if (_isBroken) return;
        if (recorded.Recorded.Version != Version + 1)
        {
            _isBroken = true;
            return;
        }

        if (recorded.Fact is not null) _lead = _lead.Evolve(recorded.Fact, model);
        Version++;
        UpdatedAt = recorded.Recorded.At;
    }

    /// <summary>Notes a key the stream holds.</summary>
    /// <returns>False: none of its events speaks of it, or that cannot be told here.</returns>
    public bool TryNote(KeyClaim held)
    {
        var identities = _lead.Identities;
        for (var i = 0; i < Math.Min(identities.Count, ClaimsFollowedMax); i++)
        {
            if (LeadKeys.Of(identities[i]) != held) continue;
            _claimsHeld |= 1ul << i;
            return true;
        }

        return false;
    }

    /// <summary>The keys its events speak of that were not noted.</summary>
    public IEnumerable<KeyClaim> Unheld()
    {
        var identities = _lead.Identities;
        for (var i = 0; i < identities.Count; i++)
        {
            if (i < ClaimsFollowedMax && (_claimsHeld & (1ul << i)) != 0) continue;
            if (!IsRepeated(i)) yield return LeadKeys.Of(identities[i]);
        }
    }

    private bool IsRepeated(int index)
    {
        for (var i = 0; i < index; i++)
        {
            if (_lead.Identities[i] == _lead.Identities[index]) return true;
        }

        return false;
    }
}
