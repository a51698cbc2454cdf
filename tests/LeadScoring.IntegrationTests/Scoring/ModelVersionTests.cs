using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using LeadScoring.Contracts;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.IntegrationTests.Jobs;
using LeadScoring.IntegrationTests.Leads;
using LeadScoring.IntegrationTests.Setup;

namespace LeadScoring.IntegrationTests.Scoring;

/// <summary>A definition of a lead on its way from a draft to what counts, over HTTP.</summary>
public sealed class ModelVersionTests(LeadApi api) : IClassFixture<LeadApi>
{
    private static readonly TimeSpan Notice = ModelOptions.Default.Notice;

    [Fact]
    public async Task A_lead_is_scored_by_what_both_teams_signed_from_the_moment_it_holds()
    {
        var tenant = await api.NewTenantAsync();
        var lead = await tenant.EngageAsync("ann", "pricing_page_viewed", agoDays: 1);
        var document = ModelDrafts.Document(d => d["engagement"]!["rules"]!.AsArray().Single(r => (string)r!["name"]! == "pricing_page")!["points"] = 40);

        var version = await tenant.Http.SignedAsync(document);
        var activated = await tenant.Http.ActivateAsync(version);

        version.ShouldBe(2);
        activated.Model.Status.ShouldBe(ModelStatus.Scheduled);
        activated.Model.ActiveFrom.ShouldBe(api.Now + Notice);
        await tenant.EngageAsync("ann", "careers_page_viewed");
        (await tenant.GetAsync<ScoreExplanation>($"/v1/leads/{lead}/score")).ModelVersion.ShouldBe(1);

        api.Now += Notice;
        await tenant.EngageAsync("ann", "pricing_page_viewed");
        var explained = await tenant.GetAsync<ScoreExplanation>($"/v1/leads/{lead}/score");
        explained.ModelVersion.ShouldBe(2);
        explained.Rules.Single(r => r.Rule == "pricing_page").Points.ShouldBeGreaterThan(75);
        (await tenant.LeadAsync(lead)).Score.ShouldBe(explained.Score);
        (await tenant.GetAsync<ScoringModelView>("/v1/scoring-model")).Version.ShouldBe(2);
        (await tenant.GetAsync<ScoringModelPage>("/v1/scoring-models")).Models.Select(m => (m.Version, m.Status))
            .ShouldBe([(2, ModelStatus.Active), (1, ModelStatus.Superseded)]);
        (await tenant.GetAsync<ScoringModelDiff>("/v1/scoring-models/2/diff")).Text.ShouldBe("`pricing_page`: 10 → 40 points");
    }

    [Fact]
    public async Task What_is_wrong_with_a_document_is_said_by_its_path_in_the_body()
    {
        var tenant = await api.NewTenantAsync();
        var document = ModelDrafts.Document(d =>
        {
            d["engagement"]!["rules"]![3]!["points"] = "many";
            d["qualification"]!.AsObject().Remove("threshold");
            d["fit"]!["rules"]![0]!["ann lee"] = 1;
        });

        var problem = await tenant.RefusedAsync(HttpMethod.Post, "/v1/scoring-models", new DraftScoringModelRequest(document, " ", 7));

        problem.Code.ShouldBe("validation_failed");
        problem.Errors!.Keys.ShouldBe(
            ["$.actor", "$.basedOn", "$.document.engagement.rules[3].points", "$.document.fit.rules[0][?]", "$.document.qualification.threshold"], ignoreOrder: true);
        (await tenant.GetAsync<ScoringModelPage>("/v1/scoring-models")).Models.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Drafting_once_more_answers_with_the_draft_there_is()
    {
        var tenant = await api.NewTenantAsync();
        var draft = new DraftScoringModelRequest(ModelDrafts.WithThreshold(110), "mia", Note: "higher");
        using var first = await tenant.Http.PostAsJsonAsync("/v1/scoring-models", draft);
        using var again = await tenant.Http.PostAsJsonAsync("/v1/scoring-models", draft);

        first.Headers.Location!.ToString().ShouldBe("/v1/scoring-models/2");
        (await first.ReadAsync<ScoringModelReceipt>(HttpStatusCode.Created)).Changed.ShouldBeTrue();
        var receipt = await again.ReadAsync<ScoringModelReceipt>();
        receipt.Changed.ShouldBeFalse();
        (receipt.Model.Version, receipt.Model.Note).ShouldBe((2, "higher"));
    }

    [Fact]
    public async Task A_draft_is_edited_by_those_who_read_it_and_never_after_it_was_proposed()
    {
        var tenant = await api.NewTenantAsync();
        await tenant.Http.DraftAsync(ModelDrafts.WithThreshold(110));
        var edit = new EditScoringModelRequest(ModelDrafts.WithThreshold(130), "max", "higher still");

        using var edited = await tenant.SendAsync(HttpMethod.Put, "/v1/scoring-models/2", edit, ifMatch: "\"1\"");
        edited.Headers.ETag!.Tag.ShouldBe("\"2\"");
        (await edited.ReadAsync<ScoringModelReceipt>()).Changed.ShouldBeTrue();
        (await tenant.RefusedAsync(HttpMethod.Put, "/v1/scoring-models/2", edit with { Actor = "mia" }, ifMatch: "\"1\"")).Code.ShouldBe("version_mismatch");
        var read = await tenant.Http.ModelAsync(2);
        read.Document.GetProperty("qualification").GetProperty("threshold").GetDouble().ShouldBe(130);
        read.Document.GetProperty("version").GetInt32().ShouldBe(2);

        await tenant.Http.DoAsync(2, "propose", new ProposeScoringModelRequest("mia"));
        (await tenant.RefusedAsync(HttpMethod.Put, "/v1/scoring-models/2", edit with { Document = ModelDrafts.WithThreshold(140) })).Code.ShouldBe("model_not_a_draft");
        (await tenant.RefusedAsync(HttpMethod.Put, "/v1/scoring-models/1", edit)).Code.ShouldBe("model_not_a_draft");
    }

    [Fact]
    public async Task Each_step_needs_its_scope_and_each_signature_its_own()
    {
        var tenant = await api.NewTenantAsync();
        var (author, marketing, sales) = (
            (await api.ClientAsync(tenant.TenantId, Scopes.ModelsWrite)).Http,
            (await api.ClientAsync(tenant.TenantId, Scopes.MarketingWrite)).Http,
            (await api.ClientAsync(tenant.TenantId, Scopes.SalesWrite)).Http);
        using (var refused = await sales.PostAsJsonAsync("/v1/scoring-models", new DraftScoringModelRequest(ModelDrafts.WithThreshold(110), "sam")))
        {
            await refused.ShouldBeProblemAsync(403, "missing_scope");
        }

        var version = (await author.DraftAsync(ModelDrafts.WithThreshold(110))).Model.Version;
        await marketing.RefusedAsync(version, "propose", new ProposeScoringModelRequest("mia"), 403, "missing_scope");
        await author.DoAsync(version, "propose", new ProposeScoringModelRequest("mia"));
        await author.RefusedAsync(version, "sign-offs", new SignOffRequest(SigningTeam.Marketing, "mia"), 403, "missing_scope");
        await marketing.RefusedAsync(version, "sign-offs", new SignOffRequest(SigningTeam.Sales, "mia"), 403, "missing_scope");
        await marketing.DoAsync(version, "sign-offs", new SignOffRequest(SigningTeam.Marketing, "mia"));
        await sales.RefusedAsync(version, "sign-offs", new SignOffRequest(SigningTeam.Sales, "Mia "), 409, "same_person_signed");
        await author.RefusedAsync(version, "activate", new ActivateScoringModelRequest("mia"), 409, "model_not_signed");
        await sales.DoAsync(version, "sign-offs", new SignOffRequest(SigningTeam.Sales, "sam", "as agreed"));
        await sales.RefusedAsync(version, "activate", new ActivateScoringModelRequest("sam"), 403, "missing_scope");
        (await sales.ModelAsync(version)).Model.SignOffs.Select(s => (s.Team, s.Actor, s.Comment))
            .ShouldBe([(SigningTeam.Marketing, "mia", null), (SigningTeam.Sales, "sam", "as agreed")]);
    }

    [Fact]
    public async Task A_version_is_activated_once_a_backtest_of_this_very_document_has_finished()
    {
        var tenant = await api.NewTenantAsync();
        var version = await tenant.Http.SignedAsync(ModelDrafts.WithThreshold(110));
        await tenant.Http.RefusedAsync(version, "activate", new ActivateScoringModelRequest("mia"), 409, "model_not_backtested");
        var model = (await tenant.Http.ModelAsync(version)).Model;

        await FinishBacktestAsync(tenant.TenantId, version, "2-00000000", JobState.Succeeded);
        await FinishBacktestAsync(tenant.TenantId, version, model.ModelId, JobState.Failed);
        await FinishBacktestAsync("another", version, model.ModelId, JobState.Succeeded);
        await tenant.Http.RefusedAsync(version, "activate", new ActivateScoringModelRequest("mia"), 409, "model_not_backtested");

        await FinishBacktestAsync(tenant.TenantId, version, model.ModelId, JobState.Succeeded);
        (await tenant.Http.DoAsync(version, "activate", new ActivateScoringModelRequest("mia"))).Model.Status.ShouldBe(ModelStatus.Scheduled);
        (await tenant.Http.ModelAsync(version)).Activations.Single().WithoutBacktest.ShouldBeFalse();
    }

    [Fact]
    public async Task An_activation_that_lies_ahead_can_be_cancelled_and_a_repeat_does_nothing_new()
    {
        var tenant = await api.NewTenantAsync();
        var version = await tenant.Http.SignedAsync(ModelDrafts.WithThreshold(110));
        var at = api.Now.AddDays(7);

        (await tenant.Http.ActivateAsync(version, at)).Changed.ShouldBeTrue();
        (await tenant.Http.ActivateAsync(version, at)).Changed.ShouldBeFalse();
        var cancelled = await tenant.Http.DoAsync(version, "cancel-activation", new CancelActivationRequest("sam"));
        cancelled.Model.Status.ShouldBe(ModelStatus.SignedOff);
        cancelled.Model.ActiveFrom.ShouldBeNull();
        (await tenant.Http.DoAsync(version, "cancel-activation", new CancelActivationRequest("sam"))).Changed.ShouldBeFalse();
        await tenant.Http.RefusedAsync(
            version, "activate", new ActivateScoringModelRequest("mia", api.Now.AddYears(2), WithoutBacktest: true), 400, "validation_failed");
    }

    [Fact]
    public async Task Going_back_to_the_first_definition_takes_one_request()
    {
        var tenant = await api.NewTenantAsync();
        await tenant.Http.ActivateAsync(await tenant.Http.SignedAsync(ModelDrafts.WithThreshold(110)));
        api.Now += Notice;

        await tenant.Http.DoAsync(1, "activate", new ActivateScoringModelRequest("mia"));
        api.Now += Notice;

        (await tenant.GetAsync<ScoringModelView>("/v1/scoring-model")).Version.ShouldBe(1);
        var detail = await tenant.Http.ModelAsync(2);
        detail.Model.Status.ShouldBe(ModelStatus.Superseded);
        detail.Activations.Single().Until.ShouldBe(api.Now);
    }

    [Fact]
    public async Task Tenants_do_not_see_each_others_models()
    {
        var (tenant, other) = (await api.NewTenantAsync(), await api.NewTenantAsync());
        var version = await tenant.Http.SignedAsync(ModelDrafts.WithThreshold(110));

        (await other.RefusedAsync($"/v1/scoring-models/{version}")).Code.ShouldBe("model_version_not_found");
        (await other.RefusedAsync($"/v1/scoring-models/{version}/diff?from=1")).Code.ShouldBe("model_version_not_found");
        await other.Http.RefusedAsync(version, "activate", new ActivateScoringModelRequest("eve", null, WithoutBacktest: true), 404, "model_version_not_found");
        (await other.GetAsync<ScoringModelPage>("/v1/scoring-models")).Models.Single().Status.ShouldBe(ModelStatus.Active);
        (await other.Http.DraftAsync(ModelDrafts.WithThreshold(120))).Model.Version.ShouldBe(2);
    }

    [Fact]
    public async Task The_list_goes_by_pages()
    {
        var tenant = await api.NewTenantAsync();
        for (var i = 1; i <= 4; i++) await tenant.Http.DraftAsync(ModelDrafts.WithThreshold(100 + i));

        var first = await tenant.GetAsync<ScoringModelPage>("/v1/scoring-models?limit=3");
        var second = await tenant.GetAsync<ScoringModelPage>($"/v1/scoring-models?limit=3&cursor={first.NextCursor}");

        first.Models.Concat(second.Models).Select(m => m.Version).ShouldBe([5, 4, 3, 2, 1]);
        second.NextCursor.ShouldBeNull();
    }

    [Fact]
    public async Task The_schema_of_documents_is_served()
    {
        var tenant = await api.NewTenantAsync();
        using var answer = await tenant.Http.GetAsync("/v1/scoring-models/schema");

        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/schema+json");
        JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["required"]!.AsArray().Select(n => (string)n!)
            .ShouldBe(["name", "engagement", "fit", "qualification"]);
    }

    private Task FinishBacktestAsync(string tenantId, int version, string modelId, JobState state) => api.Database.AddJobsAsync(
        tenantId, [StoredJobs.Finished(tenantId: tenantId) with { ModelVersion = version, ModelId = modelId, State = state }]);
}
