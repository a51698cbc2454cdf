using System.Text;
using System.Text.Json;
using LeadScoring.Domain.Scoring;
using LeadScoring.Domain.Scoring.Versions;
using LeadScoring.Host.Http;
using LeadScoring.Host.Leads;

namespace LeadScoring.Host.Scoring.Models;

/// <summary>What the endpoints of models have in common.</summary>
internal static class ModelRules
{
    public const string OpenApiTag = "Scoring model";

    /// <summary>Beside the document there is little else in a body.</summary>
    public const int BodyBytesMax = BodyLimits.BytesMax;

    /// <summary>An activation further ahead is more likely a slip.</summary>
    public const int ActivationYearsMax = 1;

    private const string DocumentPath = "$.document";

    /// <summary>Everybody who may change or sign models may read them.</summary>
    public static readonly string[] Readers =
        [Contracts.Scopes.LeadsRead, Contracts.Scopes.ModelsWrite, Contracts.Scopes.MarketingWrite, Contracts.Scopes.SalesWrite];

    public static Refusal NotFound { get; } = new(404, "model_version_not_found", "The tenant has no such version of the scoring model.");

    /// <summary>The name decisions are recorded with: white space around it is no part of it.</summary>
    public static string Actor(this Validation validation, string actor)
    {
        validation.Text("$.actor", actor, CommandRules.ActorLengthMax);
        return actor.Trim();
    }

    public static void Comment(this Validation validation, string path, string? text) => validation.Note(path, text, CommandRules.NoteLengthMax);

    /// <summary>The document as a text; what is wrong with it stands under its own path.</summary>
    public static string Document(this Validation validation, JsonElement document)
    {
        var text = document.GetRawText();
        try
        {
            ScoringModelDocument.Numbered(text, ScoringModelDocument.Default.Version);
        }
        catch (InvalidScoringModel invalid)
        {
            foreach (var error in invalid.Errors) validation.Add(DocumentPath + error.Path[1..], error.Message);
        }

        return text;
    }

    public static void BasedOn(this Validation validation, int? version, ModelCatalog catalog)
    {
        if (version is { } basis) validation.Require(catalog.Find(basis) is not null, "$.basedOn", "The tenant has no such version.");
    }

    public static void At(this Validation validation, DateTimeOffset? at, DateTimeOffset now) =>
        validation.Require(at is null || at <= now.AddYears(ActivationYearsMax), "$.at", $"The time is more than {ActivationYearsMax} year ahead.");
}
