using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Nurture;
using LeadScoring.Domain.Scoring;

namespace LeadScoring.Domain.Qualification;

/// <summary>What a decision may know besides the lead itself.</summary>
/// <param name="Now">The instant of the decision.</param>
/// <param name="Model">The active model.</param>
public sealed record Facts(DateTimeOffset Now, ScoringModel Model)
{
    private readonly ModelTimeline? _models;

    /// <summary>Which model held when; without another word, the active one always did.</summary>
    public ModelTimeline Models
    {
        get => _models ?? new(Model);
        init => _models = value;
    }

    /// <summary>When the lead's latest event was stored, which may be long after what it tells occurred; null: not known to be later.</summary>
    public DateTimeOffset? StoredAt { get; init; }

    /// <summary>How the tenant's acceptance clock runs.</summary>
    public AcceptanceTerms Acceptance { get; init; } = AcceptanceTerms.AroundTheClock;

    /// <summary>Null: the tenant has set none, and nobody is nurtured.</summary>
    public NurtureCadence? Cadence { get; init; }

    /// <summary>The same at another instant, with the model of that instant.</summary>
    public Facts At(DateTimeOffset now) => now == Now ? this : this with { Now = now, Model = _models?.At(now) ?? Model };

    /// <summary>What the lead has done so far, for commands that need it (<see cref="ILeadCommand.NeedsHistory"/>); otherwise null.</summary>
    public EngagementHistory? History { get; init; }
}
