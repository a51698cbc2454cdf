using LeadScoring.Contracts;
using LeadScoring.Domain.Scoring.Versions;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Scoring.Models;

namespace LeadScoring.Host.Scoring.Activation;

/// <summary>What the endpoints of an activation have in common.</summary>
internal static class ActivationRules
{
    public const int IdLengthMax = 64;
    public const int CountMax = 1_000;
    public const int PerDayMax = 10_000;
    public const int LeadIdsMax = 1_000;

    public static Refusal NotActivated { get; } = new(404, "model_not_activated", "This version of the scoring model has never been activated.");

    public static Refusal ReleaseNotFound { get; } = new(404, "release_not_found", "There is no release of this name for the version.");

    public static Refusal ReleaseIdReused { get; } = new(422, "release_id_reused", "Another release was asked for under the same id before; nothing was done.");

    public static Refusal TooManyReleases { get; } = new(
        409, "too_many_releases", $"{HeldReleases.OpenMax} releases of the version are open already, the most there can be; cancel one.");

    /// <returns>Null: the tenant has no such version.</returns>
    public static async Task<ModelVersion?> FindVersionAsync(this TenantModels models, HttpContext http, int version)
    {
        await models.LookAsync(http.RequestAborted);
        return models.CatalogOf(http.Caller().TenantId).Find(version);
    }

    public static void Check(ReleaseRequest request, Validation validation)
    {
        validation.Text("$.id", request.Id, IdLengthMax);
        validation.Text("$.actor", request.Actor, CommandRules.ActorLengthMax);
        validation.Note("$.note", request.Note, CommandRules.NoteLengthMax);
        validation.Grades(request.Grades);
        validation.Require(request.Count is null != request.PerDay is null, "$", "Exactly one of count and perDay is expected.");
        validation.Require(request.Count is null or (>= 1 and <= CountMax), "$.count", $"A number from 1 to {CountMax} is expected.");
        validation.Require(request.PerDay is null or (>= 1 and <= PerDayMax), "$.perDay", $"A number from 1 to {PerDayMax} is expected.");
    }

    public static void Check(DropRequest request, Validation validation)
    {
        validation.Text("$.actor", request.Actor, CommandRules.ActorLengthMax);
        validation.Note("$.note", request.Note, CommandRules.NoteLengthMax);
        validation.Grades(request.Grades);
        var asked = new[] { request.Grades is not null, request.LeadIds is not null, request.All is true }.Count(given => given);
        validation.Require(asked == 1, "$", "Exactly one of grades, leadIds and all (true) is expected.");
        validation.Require(request.LeadIds is null or { Count: >= 1 and <= LeadIdsMax }, "$.leadIds", $"1 to {LeadIdsMax} ids are expected.");
    }

    private static void Grades(this Validation validation, IReadOnlyList<Grade>? grades) =>
        validation.Require(grades is not { Count: 0 }, "$.grades", "At least one grade is expected; leave the field out for all.");
}
