using LeadScoring.Contracts;
using LeadScoring.Domain.Identities;
using LeadScoring.Domain.Leads;
using LeadScoring.Host.Events;
using LeadScoring.Host.Scoring.Models;

namespace LeadScoring.Host.Leads.Writing;

/// <summary>One lead while a round decides: what is loaded, what is added, and who waits for it.</summary>
internal sealed class LeadDraft(StreamKey stream, Lead lead, long storedVersion, DateTimeOffset updatedAt, bool isRemembered, bool isBehind = false)
{
    private LeadDraft? _unit;

    public StreamKey Stream => stream;

    public Lead Lead { get; set; } = lead;

    public long StoredVersion => storedVersion;

    /// <summary>Its document did not tell all its stream holds, and is to be written even if nothing happens here.</summary>
    public bool IsBehind => isBehind;

    /// <summary>What it began with was not loaded, but remembered.</summary>
    public bool IsRemembered => isRemembered;

    public DateTimeOffset UpdatedAt { get; set; } = updatedAt;

    /// <summary>All it has done so far, this round included; null until a decision needed it.</summary>
    public EngagementHistory? History { get; set; }

    /// <summary>What this round adds, as it will be stored.</summary>
    public List<LeadEvent> AddedHere { get; } = [];

    public List<NewEvent> Events { get; } = [];

    public List<Identity> Claims { get; } = [];

    /// <summary>Submissions decided on this lead; they are answered, or run again, together with it.</summary>
    public List<PendingAnswer> Pending { get; } = [];

    /// <summary>Drafts that name each other are stored together or not at all.</summary>
    public LeadDraft Unit => _unit is null ? this : _unit = _unit.Unit;

    /// <summary>Whether there is another draft in its unit.</summary>
    public bool SharesUnit { get; private set; }

    public void JoinUnitOf(LeadDraft other)
    {
        (SharesUnit, other.SharesUnit) = (true, true);
        if (Unit != other.Unit) Unit._unit = other.Unit;
    }

    /// <summary>As it was stored; null: by Marten's projection, or not yet.</summary>
    public LeadDocument? Stored { get; set; }

    /// <summary>As it shall be stored, or is.</summary>
    public LeadDocument Document(TenantModels models, DateTimeOffset now) =>
        Stored ?? LeadDocument.Of(stream.TenantId, Lead, UpdatedAt, models.Of(stream.TenantId).WithId(Lead.Score.ModelId) ?? models.Now(stream.TenantId), now);
}

/// <param name="Refusal">Decided against the draft's state, so only certain once that is stored; null: done.</param>
internal sealed record PendingAnswer(
    Submission Submission, bool Changed, IReadOnlyList<Warning> Warnings, Http.Refusal? Refusal);
