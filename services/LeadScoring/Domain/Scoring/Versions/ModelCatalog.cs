using System.Text;
using System.Text.Json.Serialization;

namespace LeadScoring.Domain.Scoring.Versions;

/// <summary>How far a version has come. The later ones imply the earlier.</summary>
public enum ModelStatus
{
    /// <summary>May still be edited.</summary>
    Draft,

    /// <summary>Waits for a team's signature.</summary>
    Proposed,

    /// <summary>Both teams have signed.</summary>
    SignedOff,

    /// <summary>Its activation lies ahead.</summary>
    Scheduled,

    Active,

    /// <summary>Held once, and another holds now.</summary>
    Superseded,
}

public sealed record SignOff(SigningTeam Team, string Actor, string? Comment, DateTimeOffset At);

/// <summary>One version of a tenant's definition of a lead.</summary>
/// <param name="Document">UTF-16 JSON.</param>
/// <param name="EditedAt">When the document last changed.</param>
/// <param name="ProposedAt">Null: still a draft, which may change.</param>
public sealed record ModelVersion(
    int Version,
    string Document,
    int? BasedOn,
    string Actor,
    string? Note,
    DateTimeOffset DraftedAt,
    DateTimeOffset EditedAt,
    DateTimeOffset? ProposedAt,
    string? ProposedBy,
    IReadOnlyList<SignOff> SignOffs,
    bool IsShadow)
{
    private ScoringModel? _model;

    /// <summary>Number of events about it: what a command may demand that it still is.</summary>
    public int Revision { get; init; } = 1;

    /// <summary>The suggestion it was drafted from, edited since or not; null: somebody wrote it.</summary>
    public Guid? SuggestionId { get; init; }

    /// <summary>Since when it has run in shadow; null: it does not.</summary>
    public DateTimeOffset? ShadowSince { get; init; }

    /// <summary>The document read; it was valid when it was stored.</summary>
    [JsonIgnore]
    public ScoringModel Model => _model ??= ScoringModelDocument.ReadStored(Encoding.UTF8.GetBytes(Document));

    /// <summary>Whether this program understands the document: a later release may have taken one that says more.</summary>
    [JsonIgnore]
    public bool IsReadable
    {
        get
        {
            try
            {
                return Model is not null;
            }
            catch (InvalidScoringModel)
            {
                return false;
            }
        }
    }

    [JsonIgnore]
    public bool IsSigned => SignOffs.Any(s => s.Team == SigningTeam.Marketing) && SignOffs.Any(s => s.Team == SigningTeam.Sales);
}

/// <param name="From">When it began, or will begin, to hold.</param>
public sealed record ModelActivation(int Version, DateTimeOffset From, string Actor, bool WithoutBacktest, DateTimeOffset At);

/// <summary>
/// All versions of a tenant's scoring model, as its events tell. Version 1 is the definition the service starts with: nobody
/// signed it, and it holds until another is activated.
/// </summary>
public sealed record ModelCatalog
{
    /// <summary>Where nobody has written anything.</summary>
    public static readonly ModelCatalog BuiltIn = new();

    /// <summary>Number of events in the stream.</summary>
    public long StreamVersion { get; init; }

    /// <summary>Ascending, the built-in first.</summary>
    public IReadOnlyList<ModelVersion> Versions { get; init; } = [BuiltInVersion()];

    /// <summary>In the order they begin; those that lie ahead included, those cancelled not.</summary>
    public IReadOnlyList<ModelActivation> Activations { get; init; } = [];

    public ModelVersion? Find(int version) => Versions.FirstOrDefault(v => v.Version == version);

    /// <exception cref="RuleViolation"><c>model_version_not_found</c>.</exception>
    public ModelVersion Get(int version) =>
        Find(version) ?? throw new RuleViolation("model_version_not_found", "The tenant has no such version of the scoring model.");

    /// <summary>The version that holds at an instant, by what is known so far.</summary>
    public int VersionAt(DateTimeOffset at) => ActivationAt(at)?.Version ?? Versions[0].Version;

    /// <summary>The activation of a version that lies ahead, the nearest when there are several.</summary>
    public ModelActivation? Ahead(int version, DateTimeOffset now) => Activations.FirstOrDefault(a => a.Version == version && a.From > now);

    /// <summary>Whether it holds, or has ever held.</summary>
    public bool HasHeld(int version, DateTimeOffset now) =>
        version == Versions[0].Version || Activations.Any(a => a.Version == version && a.From <= now);

    public ModelStatus StatusOf(ModelVersion version, DateTimeOffset now)
    {
        if (VersionAt(now) == version.Version) return ModelStatus.Active;
        if (Ahead(version.Version, now) is not null) return ModelStatus.Scheduled;
        if (HasHeld(version.Version, now)) return ModelStatus.Superseded;
        if (version.ProposedAt is null) return ModelStatus.Draft;
        return version.IsSigned ? ModelStatus.SignedOff : ModelStatus.Proposed;
    }

    public ModelCatalog Evolve(ModelEvent fact)
    {
        var next = this with { StreamVersion = StreamVersion + 1 };
        return fact switch
        {
            ModelDrafted e => next with
            {
                Versions = [.. Versions, new(e.Version, e.Document, e.BasedOn, e.Actor, e.Note, e.At, e.At, null, null, [], IsShadow: false) { SuggestionId = e.SuggestionId }],
            },
            // Rebuilt whole, not copied: a copy would keep the former document's model.
            ModelDraftEdited e => next.With(e.Version, v => new(
                v.Version, e.Document, v.BasedOn, v.Actor, e.Note ?? v.Note, v.DraftedAt, e.At, v.ProposedAt, v.ProposedBy, v.SignOffs, v.IsShadow)
                { SuggestionId = v.SuggestionId }),
            ModelProposed e => next.With(e.Version, v => v with { ProposedAt = e.At, ProposedBy = e.Actor }),
            ModelSignedOff e => next.With(e.Version, v => v with { SignOffs = [.. v.SignOffs, new(e.Team, e.Actor, e.Comment, e.At)] }),
            ModelActivated e => next.With(e.Version, v => v) with
            {
                Activations = [.. Activations.Append(new(e.Version, e.From, e.Actor, e.WithoutBacktest, e.At)).OrderBy(a => a.From)],
            },
            ModelActivationCancelled e => next.With(e.Version, v => v) with
            {
                Activations = [.. Activations.Where(a => a.Version != e.Version || a.From != e.From)],
            },
            ModelShadowSwitched e => next.With(e.Version, v => v with { IsShadow = e.IsOn, ShadowSince = e.IsOn ? e.At : null }),
            _ => throw new InvalidOperationException($"No fold for {fact.GetType().Name}."),
        };
    }

    /// <summary>Which version held, holds and will hold when. One that nobody can read is none, as long as it holds at no time.</summary>
    /// <exception cref="InvalidScoringModel">One that does cannot be read.</exception>
    public ModelTimeline Timeline() => new(
        Versions[0].Model,
        [.. Activations.Select(a => new ActiveModel(a.From, Get(a.Version).Model))],
        Versions.Where(v => v.IsReadable).Select(v => v.Model));

    private ModelActivation? ActivationAt(DateTimeOffset at) => Activations.LastOrDefault(a => a.From <= at);

    private ModelCatalog With(int version, Func<ModelVersion, ModelVersion> change) =>
        this with { Versions = [.. Versions.Select(v => v.Version == version ? change(v) with { Revision = v.Revision + 1 } : v)] };

    private static ModelVersion BuiltInVersion() => new(
        ScoringModelDocument.Default.Version,
        Encoding.UTF8.GetString(ScoringModelDocument.DefaultJson.Span),
        BasedOn: null,
        Actor: "leadscoring",
        Note: null,
        DateTimeOffset.MinValue,
        DateTimeOffset.MinValue,
        DateTimeOffset.MinValue,
        ProposedBy: null,
        SignOffs: [],
        IsShadow: false) { Revision = 0 };
}
