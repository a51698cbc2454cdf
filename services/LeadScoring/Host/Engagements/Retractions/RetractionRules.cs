using System.Security.Cryptography;
using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Domain;
using LeadScoring.Domain.Engagements;
using LeadScoring.Host.Http;
using LeadScoring.Host.Leads;

namespace LeadScoring.Host.Engagements.Retractions;

/// <summary>What a request to retract or restore may say, and what it comes to.</summary>
internal static class RetractionRules
{
    public const string OpenApiTag = "Engagements";
    public const int IdsMax = 1_000;
    public const int ReasonLengthMax = 500;
    public const int BodyBytesMax = 512 * 1024;

    private const int SourceLengthMax = 64;
    private const int IdLengthMax = 128;
    private const int CampaignLengthMax = 256;

    public static Refusal NotFound(RetractionKind kind) => kind == RetractionKind.Retraction
        ? new(404, "retraction_not_found", "There is no such retraction in this tenant.")
        : new(404, "restoration_not_found", "There is no such restoration in this tenant.");

    public static Refusal Reused(RetractionKind kind) => kind == RetractionKind.Retraction
        ? new(422, "retraction_id_reused", "Something else was asked for under this id before; nothing was done.")
        : new(422, "restoration_id_reused", "Something else was asked for under this id before; nothing was done.");

    public static Refusal TooMany { get; } = new(
        409,
        "too_many_retractions",
        $"The tenant has {RetractionStore.UnfinishedPerTenantMax} unfinished retractions and restorations, the most there can be; repeat it when some are done.");

    public static Refusal RetractionNotDone { get; } =
        new(409, "retraction_not_done", "The retraction is not done; restore it when it is.");

    public static void Check(RetractionRequest request, DateTimeOffset now, Validation validation)
    {
        Check("$.retractionId", request.RetractionId, request.Actor, request.Reason, validation);
        validation.Require(request.Ids is null != request.Filter is null, "$", "Either ids or a filter is expected.");
        if (request.Ids is { } ids) Check(ids, validation);
        if (request.Filter is not { } filter) return;
        validation.Require(filter.From < filter.To, "$.filter.to", "The end must lie after from.");
        validation.Require(filter.To <= now + QueryRules.AheadMax, "$.filter.to", "The time is in the future.");
        validation.OptionalText("$.filter.source", filter.Source, SourceLengthMax);
        validation.OptionalText("$.filter.campaign", filter.Campaign, CampaignLengthMax);
        validation.Require(
            filter.Type is null || SnakeCase.Is(filter.Type, SourceLengthMax), "$.filter.type", $"A snake_case word of at most {SourceLengthMax} characters is expected.");
    }

    public static void Check(RestorationRequest request, Validation validation)
    {
        Check("$.restorationId", request.RestorationId, request.Actor, request.Reason, validation);
        validation.Require(request.Ids is null != request.RetractionId is null, "$", "Either ids or a retractionId is expected.");
        if (request.Ids is { } ids) Check(ids, validation);
    }

    /// <summary>Each once.</summary>
    public static IReadOnlyCollection<EngagementName>? NamesOf(IReadOnlyList<EngagementKey>? ids) =>
        ids?.Select(i => new EngagementName(i.Source, i.Id)).ToHashSet();

    /// <summary>The same for what asks for the same; a dry run asks for what is done afterwards.</summary>
    public static byte[] HashOf(RetractionRequest request) =>
        SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(request with { DryRun = false }, WireJson.Default.RetractionRequest));

    /// <inheritdoc cref="HashOf(RetractionRequest)"/>
    public static byte[] HashOf(RestorationRequest request) =>
        SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(request, WireJson.Default.RestorationRequest));

    private static void Check(string idPath, Guid id, string actor, string reason, Validation validation)
    {
        validation.Require(id != Guid.Empty, idPath, "A UUID of your own is expected, not the empty one.");
        validation.Text("$.actor", actor, CommandRules.ActorLengthMax);
        validation.Text("$.reason", reason, ReasonLengthMax);
    }

    private static void Check(IReadOnlyList<EngagementKey> ids, Validation validation)
    {
        validation.Require(ids.Count is >= 1 and <= IdsMax, "$.ids", $"1 to {IdsMax} engagements are expected.");
        for (var i = 0; i < Math.Min(ids.Count, IdsMax) && !validation.Full; i++)
        {
            validation.Text($"$.ids[{i}].source", ids[i].Source, SourceLengthMax);
            validation.Text($"$.ids[{i}].id", ids[i].Id, IdLengthMax);
        }
    }
}
