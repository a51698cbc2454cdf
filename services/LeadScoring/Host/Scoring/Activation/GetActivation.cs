using LeadScoring.Contracts;
using LeadScoring.Domain.Scoring.Versions;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;
using LeadScoring.Host.Scoring.Models;

namespace LeadScoring.Host.Scoring.Activation;

/// <summary><c>GET /v1/scoring-models/{version}/activation</c>: how far the leads are scored under a version that holds.</summary>
public static class GetActivation
{
    public static void MapGetActivation(this IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/scoring-models/{version:int:min(1)}/activation", HandleAsync)
        .RequireScope(ModelRules.Readers)
        .WithName("GetActivation")
        .WithTags(ModelRules.OpenApiTag)
        .WithSummary("How far an activation has come")
        .WithDescription(
            "Once a version holds, all leads are scored under it in the background; a lead that something happens to is scored at once. Leads that "
            + "cross only by the change are held for marketing (newly-qualified).")
        .Produces<ActivationView>()
        .ProducesRefusal(400)
        .ProducesRefusal(404);

    private static async Task<IResult> HandleAsync(
        HttpContext http, int version, TenantModels models, Rescorings rescorings, HeldLeads held, TimeProvider clock, CancellationToken ct)
    {
        var validation = new Validation();
        validation.KnownOnly(http.Request.Query);
        if (validation.ToRefusal() is { } invalid) return invalid.ToResult();
        if (await models.FindVersionAsync(http, version) is not { } found) return ModelRules.NotFound.ToResult();
        var tenantId = http.Caller().TenantId;
        var now = clock.GetUtcNow();
        var activations = models.CatalogOf(tenantId).Activations.Where(a => a.Version == version).ToList();
        if ((activations.LastOrDefault(a => a.From <= now) ?? activations.LastOrDefault()) is not { } latest) return ActivationRules.NotActivated.ToResult();
        var counts = await held.CountAsync(tenantId, version, ct);
        var state = await rescorings.FindAsync(new(tenantId, latest.From, found.Model), ct);
        return TypedResults.Json(
            View(latest, found, state, counts.Values.Sum(), isHolding: models.Of(tenantId).HeldSince(now) == latest.From, now), WireJson.Default.ActivationView);
    }

    private static ActivationView View(
        ModelActivation activation, ModelVersion version, Rescoring? state, long held, bool isHolding, DateTimeOffset now)
    {
        var progress = StateOf(activation, state, isHolding, now);
        var blank = new ActivationView(version.Version, version.Model.Id, activation.From.ToUniversalTime(), progress, 0, 0, 0, 0, 0, 0, held);
        if (state is null) return blank;
        var seconds = ((state.FinishedAt ?? now) - state.WalkStartedAt).TotalSeconds;
        double? rate = seconds > 0 && state.LeadsDone > 0 ? state.LeadsDone / seconds : null;
        return blank with
        {
            Walk = state.Walk,
            LeadsTotal = Math.Max(state.LeadsTotal, state.LeadsDone),
            LeadsDone = state.LeadsDone,
            LeadsRescored = state.LeadsRescored,
            LeadsCrossed = state.LeadsCrossed,
            LeadsFailed = state.LeadsFailed,
            LeadsPerSecond = rate is null ? null : Math.Round(rate.Value, 1),
            SecondsLeft = progress == ActivationState.Running && rate > 0 ? Math.Ceiling(Math.Max(0, state.LeadsTotal - state.LeadsDone) / rate.Value) : null,
            StartedAt = state.StartedAt.ToUniversalTime(),
            FinishedAt = state.FinishedAt?.ToUniversalTime(),
        };
    }

    private static ActivationState StateOf(ModelActivation activation, Rescoring? state, bool isHolding, DateTimeOffset now)
    {
        if (activation.From > now) return ActivationState.Scheduled;
        if (!isHolding) return ActivationState.Superseded;
        if (state is null) return ActivationState.Pending;
        return state.FinishedAt is null ? ActivationState.Running : ActivationState.Finished;
    }
}
