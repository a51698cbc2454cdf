using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Domain.Scoring.Versions;
using ModelStatus = LeadScoring.Contracts.ModelStatus;
using SigningTeam = LeadScoring.Contracts.SigningTeam;

namespace LeadScoring.Host.Scoring.Models;

/// <summary>Versions of a model as the wire shows them.</summary>
internal static class ModelViews
{
    public static ScoringModelSummary Summary(ModelCatalog catalog, ModelVersion version, DateTimeOffset now)
    {
        var isBuiltIn = version.Version == catalog.Versions[0].Version;
        return new(
            version.Version,
            version.Model.Id,
            version.Model.Name,
            (ModelStatus)catalog.StatusOf(version, now),
            version.Revision,
            version.BasedOn,
            version.Actor,
            version.Note,
            isBuiltIn ? null : version.DraftedAt,
            isBuiltIn ? null : version.EditedAt,
            isBuiltIn ? null : version.ProposedAt,
            version.ProposedBy,
            [.. version.SignOffs.Select(s => new ModelSignOff((SigningTeam)s.Team, s.Actor, s.Comment, s.At))],
            (catalog.Ahead(version.Version, now) ?? catalog.Activations.LastOrDefault(a => a.Version == version.Version))?.From,
            version.IsShadow,
            version.SuggestionId);
    }

    public static ScoringModelDetail Detail(ModelCatalog catalog, ModelVersion version, DateTimeOffset now) => new(
        Summary(catalog, version, now),
        [
            .. catalog.Activations.Index().Where(a => a.Item.Version == version.Version).Select(a => new ModelActivationView(
                a.Item.From,
                a.Index + 1 < catalog.Activations.Count ? catalog.Activations[a.Index + 1].From : null,
                a.Item.Actor,
                a.Item.At,
                a.Item.WithoutBacktest)),
        ],
        Document(version));

    public static JsonElement Document(ModelVersion version)
    {
        using var document = JsonDocument.Parse(version.Document);
        return document.RootElement.Clone();
    }
}
