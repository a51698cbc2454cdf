using System.Text.Json.Serialization;
using LeadScoring.Contracts;

namespace LeadScoring.Host.Scoring.Activation;

/// <summary>What marketing released of the leads that crossed only because the model changed: some at once, or some a day.</summary>
/// <param name="Id">The client's name for it among those of the version: a repeat means the same release.</param>
/// <param name="Grades">Empty: all.</param>
/// <param name="Count">So many once; null: <paramref name="PerDay"/>.</param>
public sealed record HeldRelease(
    string TenantId,
    int ModelVersion,
    string Id,
    IReadOnlyList<string> Grades,
    int? Count,
    int? PerDay,
    string Actor,
    string? Note,
    DateTimeOffset CreatedAt,
    DateTimeOffset? EndedAt,
    bool IsCancelled)
{
    /// <summary>Its id among the tenant's.</summary>
    public string Key { get; init; } = KeyOf(ModelVersion, Id);

    /// <summary>What came of it; counted, not stored.</summary>
    [JsonIgnore]
    public long Released { get; init; }

    [JsonIgnore]
    public long ReleasedToday { get; init; }

    [JsonIgnore]
    public long Resting { get; init; }

    [JsonIgnore]
    public long FellShort { get; init; }

    public static string KeyOf(int modelVersion, string id) => $"{modelVersion}/{id}";

    public static HeldRelease Of(string tenantId, int modelVersion, ReleaseRequest request, DateTimeOffset now) => new(
        tenantId, modelVersion, request.Id, HeldLeads.TextsOf(request.Grades ?? []), request.Count, request.PerDay, request.Actor, request.Note,
        now, EndedAt: null, IsCancelled: false);

    /// <summary>Whether both ask for the same: what a repeat must do.</summary>
    public bool AsksTheSameAs(HeldRelease other) =>
        Grades.SequenceEqual(other.Grades) && Count == other.Count && PerDay == other.PerDay && Actor == other.Actor && Note == other.Note;

    public ReleaseView View() => new(
        Id,
        ModelVersion,
        IsCancelled ? ReleaseState.Cancelled : EndedAt is null ? ReleaseState.Open : ReleaseState.Ended,
        [.. Grades.Select(Enum.Parse<Grade>)],
        Count,
        PerDay,
        Actor,
        Note,
        Released,
        ReleasedToday,
        Resting,
        FellShort,
        CreatedAt.ToUniversalTime(),
        EndedAt?.ToUniversalTime());
}

/// <summary>What became of a lead that a release took.</summary>
public enum TakenOutcome
{
    Released,

    /// <summary>Its cool-down has not ended.</summary>
    Rests,

    FellShort,

    /// <summary>It went on by itself.</summary>
    Gone,

    /// <summary>Its release was cancelled before it was handed off: another may take it.</summary>
    Freed,
}

/// <summary>A lead a release has taken: stored before it is handed off, so that no more are taken after a crash.</summary>
/// <param name="Release">The release's <see cref="HeldRelease.Key"/>.</param>
/// <param name="Day">UTC.</param>
/// <param name="Outcome">Null: to be handed off; one release at a time has a lead so.</param>
public sealed record TakenLead(string Release, int ModelVersion, Guid LeadId, DateOnly Day, TakenOutcome? Outcome)
{
    public string Id { get; init; } = IdOf(Release, LeadId);

    public static string IdOf(string release, Guid lead) => $"{release}/{lead}";
}
