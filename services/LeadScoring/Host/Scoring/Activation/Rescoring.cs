using LeadScoring.Domain.Scoring;
using LeadScoring.Host.Scoring.Models;

namespace LeadScoring.Host.Scoring.Activation;

/// <summary>The time from which a model holds for a tenant: what a pass over its leads is for.</summary>
public sealed record HeldModel(string TenantId, DateTimeOffset From, ScoringModel Model)
{
    /// <returns>Null: no model has ever taken the place of the first.</returns>
    public static HeldModel? Now(TenantModels models, string tenantId, TimeProvider clock)
    {
        var (timeline, now) = (models.Of(tenantId), clock.GetUtcNow());
        return timeline.HeldSince(now) is { } from ? new(tenantId, from, timeline.At(now)) : null;
    }
}

/// <summary>How far the pass over a tenant's leads is that scores them under a model which has begun to hold.</summary>
/// <param name="Walk">1-based; how often it began with the first lead.</param>
/// <param name="AfterId">The last lead looked at.</param>
/// <param name="LeadsTotal">Leads there were when the walk began; more may be captured meanwhile.</param>
/// <param name="LeadsRescored">Of those done, the ones whose rows were scored under another model.</param>
/// <param name="LeadsCrossed">Of those done, the ones held because they crossed by this model.</param>
/// <param name="LeadsFailed">Of those done, the ones that stay under another model because they cannot be read.</param>
/// <param name="FinishedAt">Null: not yet.</param>
public sealed record Rescoring(
    string TenantId,
    DateTimeOffset HeldFrom,
    int ModelVersion,
    string ModelId,
    int Walk,
    Guid AfterId,
    long LeadsTotal,
    long LeadsDone,
    long LeadsRescored,
    long LeadsCrossed,
    long LeadsFailed,
    DateTimeOffset StartedAt,
    DateTimeOffset WalkStartedAt,
    DateTimeOffset? FinishedAt)
{
    public (string TenantId, DateTimeOffset HeldFrom, int ModelVersion) Key => (TenantId, HeldFrom, ModelVersion);
}

/// <summary>What came of a page of leads.</summary>
internal readonly record struct RescoredPage(Guid LastId, int Leads, int Rescored, int Crossed, int Failed);
