using LeadScoring.Contracts;

namespace LeadScoring.Host.Scoring.Activation;

/// <summary>A release as it is stored, with what came of it.</summary>
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
    bool IsCancelled,
    long Released,
    long ReleasedToday,
    long Resting,
    long FellShort)
{
    public static HeldRelease Of(string tenantId, int modelVersion, ReleaseRequest request, DateTimeOffset now) => new(
        tenantId, modelVersion, request.Id, HeldLeads.TextsOf(request.Grades ?? []), request.Count, request.PerDay, request.Actor, request.Note,
        now, EndedAt: null, IsCancelled: false, Released: 0, ReleasedToday: 0, Resting: 0, FellShort: 0);

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
