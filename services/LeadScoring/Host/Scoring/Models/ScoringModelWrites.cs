using System.Globalization;
using LeadScoring.Contracts;
using LeadScoring.Domain.Scoring;
using LeadScoring.Domain.Scoring.Versions;
using LeadScoring.Host.Access;
using LeadScoring.Host.Backtests;
using LeadScoring.Host.Http;
using LeadScoring.Host.Jobs;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;
using SigningTeam = LeadScoring.Contracts.SigningTeam;

namespace LeadScoring.Host.Scoring.Models;

/// <summary>What people do to a version: draft, edit, propose, sign, activate, cancel, run in shadow.</summary>
public static class ScoringModelWrites
{
    public static void MapScoringModelWrites(this IEndpointRouteBuilder routes)
    {
        routes
            .MapPost("/v1/scoring-models", DraftAsync)
            .RequireScope(Scopes.ModelsWrite)
            .WithName("PostScoringModel")
            .WithTags(ModelRules.OpenApiTag)
            .WithSummary("Draft a version of the scoring model")
            .WithDescription(
                "The service numbers it. The document is checked whole, as /v1/scoring-models/schema says and for rules that could never count; "
                + "errors stand under $.document. Drafting the same once more changes nothing and answers 200 with the draft there is.")
            .Accepts<DraftScoringModelRequest>("application/json")
            .Produces<ScoringModelReceipt>(StatusCodes.Status201Created)
            .Produces<ScoringModelReceipt>()
            .ProducesRefusal(400)
            .ProducesRefusal(409);
        routes
            .MapModelCommand(HttpMethod.Put, "", WireJson.Default.EditScoringModelRequest, Edit, Scopes.ModelsWrite)
            .WithName("PutScoringModel")
            .WithSummary("Edit a draft")
            .WithDescription("Only until it is proposed (409 model_not_a_draft). If-Match keeps two authors from overwriting each other.");
        routes
            .MapModelCommand(HttpMethod.Post, "/propose", WireJson.Default.ProposeScoringModelRequest, Propose, Scopes.ModelsWrite)
            .WithName("PostModelProposal")
            .WithSummary("Propose a draft")
            .WithDescription("From then on the version never changes: what is signed is what was read. Proposing twice changes nothing.");
        routes
            .MapModelCommand(HttpMethod.Post, "/sign-offs", WireJson.Default.SignOffRequest, SignAsync, Scopes.MarketingWrite, Scopes.SalesWrite)
            .WithName("PostModelSignOff")
            .WithSummary("Sign a proposed version for a team")
            .WithDescription(
                "Marketing's signature needs the scope marketing:write, sales' sales:write, and the two must be of two people "
                + "(409 same_person_signed), by their names in Unicode's form NFKC, in which they are kept. Signing twice changes nothing.")
            .ProducesRefusal(403);
        routes
            .MapModelCommand(HttpMethod.Post, "/activate", WireJson.Default.ActivateScoringModelRequest, ActivateAsync, Scopes.ModelsWrite)
            .WithName("PostModelActivation")
            .WithSummary("Activate a signed version")
            .WithDescription(
                "Needs both signatures (409 model_not_signed names who is missing) and a finished backtest, unless withoutBacktest says otherwise "
                + "(409 model_not_backtested); a version that has held before needs neither. It begins to hold at the time given, or some seconds "
                + "after the request, when every instance has heard of it: activeFrom says when. Activating what holds, or will by then, changes nothing.");
        routes
            .MapModelCommand(HttpMethod.Post, "/cancel-activation", WireJson.Default.CancelActivationRequest, Cancel, Scopes.ModelsWrite)
            .WithName("PostActivationCancel")
            .WithSummary("Cancel an activation that lies ahead")
            .WithDescription(
                "Not within the last seconds before it (409 activation_too_near): then activate the former version to go back. With nothing ahead, "
                + "nothing changes.");
        routes
            .MapModelCommand(HttpMethod.Put, "/shadow", WireJson.Default.SwitchShadowRequest, SwitchToShadow, Scopes.ModelsWrite)
            .WithName("PutModelShadow")
            .WithSummary("Run a version in shadow")
            .WithDescription(
                "Any proposed version, two at a time: leads show its score beside the active one's, and what it would have qualified is counted. "
                + "No lead is touched by it.");
    }

    private static async Task<IResult> DraftAsync(HttpContext http, ModelChanges changes, TenantModels models)
    {
        var body = await JsonBody.ReadAsync(http, WireJson.Default.DraftScoringModelRequest, ModelRules.BodyBytesMax);
        if (!body.TryGet(out var request, out var refusal)) return refusal.ToResult();
        await models.LookAsync(http.RequestAborted);
        if (models.IsUnreadable(http.Caller().TenantId)) return Refusal.ModelsUnreadable.ToResult();
        var validation = new Validation();
        var actor = validation.Actor(request.Actor);
        validation.Comment("$.note", request.Note);
        validation.BasedOn(request.BasedOn, models.CatalogOf(http.Caller().TenantId));
        var document = validation.Document(request.Document);
        if (validation.ToRefusal() is { } invalid) return invalid.ToResult();

        var command = new DraftModel(document, request.BasedOn, actor, request.Note);
        var (change, refused) = await changes.ApplyAsync(http, actor, command, revision: null);
        if (change is null) return refused!.ToResult();
        var version = change.Facts.OfType<ModelDrafted>().SingleOrDefault() is { } drafted ? change.Catalog.Get(drafted.Version) : command.MadeIn(change.Catalog);
        http.Response.Headers.Location = $"/v1/scoring-models/{version.Version}";
        return ModelCommands.Receipt(http, change, version, change.Changed ? StatusCodes.Status201Created : StatusCodes.Status200OK);
    }

    private static Task<RequestedModelCommand> Edit(EditScoringModelRequest request, int version, ModelRequest asked)
    {
        var actor = asked.Validation.Actor(request.Actor);
        asked.Validation.Comment("$.note", request.Note);
        var document = asked.Validation.Document(request.Document);
        return Task.FromResult(new RequestedModelCommand(actor, new EditDraft(version, document, actor, request.Note)));
    }

    private static Task<RequestedModelCommand> Propose(ProposeScoringModelRequest request, int version, ModelRequest asked)
    {
        var actor = asked.Validation.Actor(request.Actor);
        return Task.FromResult(new RequestedModelCommand(actor, new ProposeModel(version, actor)));
    }

    private static async Task<RequestedModelCommand> SignAsync(SignOffRequest request, int version, ModelRequest asked)
    {
        var actor = asked.Validation.Actor(request.Actor);
        asked.Validation.Comment("$.comment", request.Comment);
        if (asked.Validation.ToRefusal() is null) actor = await NormalizedAsync(actor, asked.Get<NpgsqlDataSource>(), asked.Http.RequestAborted);
        var team = (Domain.Scoring.Versions.SigningTeam)request.Team;
        return new(
            actor, new SignOffModel(version, team, actor, request.Comment), request.Team == SigningTeam.Marketing ? Scopes.MarketingWrite : Scopes.SalesWrite);
    }

    private static async Task<RequestedModelCommand> ActivateAsync(ActivateScoringModelRequest request, int version, ModelRequest asked)
    {
        var actor = asked.Validation.Actor(request.Actor);
        asked.Validation.At(request.At, asked.Now);
        var tenantId = asked.Http.Caller().TenantId;
        await asked.Get<TenantModels>().LookAsync(asked.Http.RequestAborted);
        var model = asked.Get<TenantModels>().CatalogOf(tenantId).Find(version)?.Model;
        var isBacktested = model is not null
            && await asked.Get<JobStore>().HasSucceededAsync(tenantId, BacktestJob.Kind, model.Version, model.Id, asked.Http.RequestAborted);
        return new(
            actor,
            new ActivateModel(version, request.At, actor, request.WithoutBacktest ?? false, isBacktested, asked.Get<ModelOptions>().Notice));
    }

    private static Task<RequestedModelCommand> Cancel(CancelActivationRequest request, int version, ModelRequest asked)
    {
        var actor = asked.Validation.Actor(request.Actor);
        return Task.FromResult(new RequestedModelCommand(actor, new CancelActivation(version, actor, asked.Get<ModelOptions>().Notice)));
    }

    private static Task<RequestedModelCommand> SwitchToShadow(SwitchShadowRequest request, int version, ModelRequest asked)
    {
        var actor = asked.Validation.Actor(request.Actor);
        return Task.FromResult(new RequestedModelCommand(actor, new SwitchShadow(version, request.On, actor)));
    }

    /// <summary>A person's name in one way, however its letters were composed and whatever width they have: NFKC, without letters that nobody sees.</summary>
    /// <remarks>By the database: the program runs without the system's tables of languages, where <see cref="string.Normalize()"/> knows ASCII only.</remarks>
    private static async Task<string> NormalizedAsync(string name, NpgsqlDataSource database, CancellationToken ct)
    {
        await using var command = database.CreateCommand("select normalize($1, NFKC)");
        command.Parameters.Add(Sql.Of(string.Concat(name.Where(c => char.GetUnicodeCategory(c) != UnicodeCategory.Format)), NpgsqlDbType.Text));
        return (string)(await command.ExecuteScalarAsync(ct))!;
    }
}
