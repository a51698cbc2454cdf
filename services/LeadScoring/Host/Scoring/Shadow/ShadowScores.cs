using LeadScoring.Contracts;
using LeadScoring.Domain.Scoring;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Scoring.Models;
using Grade = LeadScoring.Contracts.Grade;

namespace LeadScoring.Host.Scoring.Shadow;

/// <summary>What the versions in shadow say of a lead at this moment, to be shown beside its score.</summary>
public sealed class ShadowScores
{
    private readonly TenantModels _models;
    private readonly LeadStreams _streams;
    private readonly ShadowRows _rows;

    internal ShadowScores(TenantModels models, LeadStreams streams, ShadowRows rows) => (_models, _streams, _rows) = (models, streams, rows);

    /// <returns>Null: the tenant has none in shadow, which costs no more than to ask.</returns>
    public ValueTask<IReadOnlyList<LeadShadow>?> FindAsync(LeadDocument row, DateTimeOffset now, CancellationToken ct) =>
        _models.ShadowsOf(row.TenantId).Count == 0 ? new((IReadOnlyList<LeadShadow>?)null) : new(ReadAsync(row, now, ct));

    /// <summary>As the projector knows it, or from the lead's stream where that has gone on meanwhile.</summary>
    private async Task<IReadOnlyList<LeadShadow>?> ReadAsync(LeadDocument row, DateTimeOffset now, CancellationToken ct)
    {
        var versions = _models.ShadowsOf(row.TenantId);
        var known = await _rows.ReadAsync([.. versions.Select(v => new ShadowKey(row.TenantId, v.Version, row.Lead.Id))], ct);
        LeadStory? story = null;
        var shown = new List<LeadShadow>(versions.Count);
        foreach (var version in versions)
        {
            var model = version.Model;
            var lead = known.GetValueOrDefault(new(row.TenantId, version.Version, row.Lead.Id));
            if (lead is null || lead.Lead.Version != row.Lead.Version || !lead.Lead.Score.CanAnswer(lead.Lead.ClockAt(now), model))
            {
                story ??= await _streams.ReadAsync(new(row.TenantId, row.Lead.Id), row.Lead.Version, ct);
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
