using LeadScoring.Contracts;
using LeadScoring.Domain.Scoring.Versions;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;

namespace LeadScoring.Host.Scoring.Models;

/// <summary><c>POST /v1/scoring-models/{version}/activate</c>: from an instant on, the version is the definition of a lead.</summary>
public static class PostModelActivation
{
    public static void MapPostModelActivation(this IEndpointRouteBuilder routes) => routes
        .MapModelCommand(HttpMethod.Post, "/activate", WireJson.Default.ActivateScoringModelRequest, ReadAsync, Scopes.ModelsWrite)
        .WithName("PostModelActivation")
        .WithSummary("Activate a signed version")
        .WithDescription(
            "Needs both signatures (409 model_not_signed names who is missing) and a finished backtest, unless withoutBacktest says otherwise "
            + "(409 model_not_backtested); a version that has held before needs neither. It begins to hold at the time given, or some seconds "
            + "after the request, when every instance has heard of it: activeFrom says when. Activating what holds, or will by then, changes nothing.");

    private static async Task<RequestedModelCommand> ReadAsync(ActivateScoringModelRequest request, int version, ModelRequest asked)
    {
        var actor = asked.Validation.Actor(request.Actor);
        asked.Validation.At(request.At, asked.Now);
        var tenantId = asked.Http.Caller().TenantId;
        await asked.Get<TenantModels>().LookAsync(asked.Http.RequestAborted);
        var model = asked.Get<TenantModels>().CatalogOf(tenantId).Find(version)?.Model;
        var isBacktested = model is not null && await asked.Get<BacktestRecord>().IsFinishedAsync(tenantId, model, asked.Http.RequestAborted);
        return new(
            actor,
            new ActivateModel(version, request.At, actor, request.WithoutBacktest ?? false, isBacktested, asked.Get<ModelOptions>().Notice));
    }
}
