using LeadScoring.Contracts;
using LeadScoring.Domain.Scoring;
using LeadScoring.Domain.Scoring.Shadow;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Scoring.Models;
using Marten;
using Grade = LeadScoring.Contracts.Grade;

namespace LeadScoring.Host.Scoring.Shadow;

/// <summary>What the versions in shadow say of a lead at this moment, to be shown beside its score.</summary>
public sealed class ShadowScores(TenantModels models, LeadStreams streams, IDocumentStore store)
{
    /// <returns>Null: the tenant has none in shadow, which costs no more than to ask.</returns>
    public ValueTask<IReadOnlyList<LeadShadow>?> FindAsync(LeadDocument row, DateTimeOffset now, CancellationToken ct) =>
        models.ShadowsOf(row.TenantId).Count == 0 ? new((IReadOnlyList<LeadShadow>?)null) : new(ReadAsync(row, now, ct));

    /// <summary>As the subscription knows it, or from the lead's stream where that has gone on meanwhile.</summary>
    private async Task<IReadOnlyList<LeadShadow>?> ReadAsync(LeadDocument row, DateTimeOffset now, CancellationToken ct)
    {
        var versions = models.ShadowsOf(row.TenantId);
        await using var session = store.QuerySession(row.TenantId);
        var known = await session.LoadManyAsync<ShadowLeadDocument>(ct, [.. versions.Select(v => ShadowLeadDocument.IdOf(v.Version, row.Lead.Id))]);
        LeadStory? story = null;
        var shown = new List<LeadShadow>(versions.Count);
        foreach (var version in versions)
        {
            var model = version.Model;
            var lead = known.FirstOrDefault(l => l.ModelVersion == version.Version) is { } stored ? new ShadowLead(stored.Lead, stored.Cycle) : null;
            if (lead is null || lead.Lead.Version != row.Lead.Version || !lead.Lead.Score.CanAnswer(lead.Lead.ClockAt(now), model))
            {
                story ??= await streams.ReadAsync(new(row.TenantId, row.Lead.Id), row.Lead.Version, ct);
                if (story is null) continue;
                lead = ShadowFold.Fold(story, model).Lead;
            }

            var at = lead.Lead.ClockAt(now);
            shown.Add(new(
                version.Version,
                Explanation.ScoreShown(lead.Lead.Score.At(at, model)),
                Explanation.ScoreShown(lead.Lead.Score.InCycleAt(at, model)),
                (Grade)model.GradeOf(model.FitOf(row.Lead.Attributes)),
                lead.Cycle.WouldQualifyAt?.ToUniversalTime()));
        }

        return shown;
    }
}
