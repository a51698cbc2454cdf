using System.Net.Http.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Leads.Rebuilding;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.IntegrationTests.Setup;
using Microsoft.Extensions.DependencyInjection;

namespace LeadScoring.IntegrationTests.Scoring.Activation;

/// <summary>What a model's beginning does to leads nothing happens to: it scores them, and hands nobody to sales.</summary>
public sealed class ActivationTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    [Fact]
    public async Task Leads_that_cross_only_because_the_model_changed_are_held_and_go_nowhere()
    {
        await using var service = await ChangingTenant.StartAsync(database);
        var strong = await service.EngageAsync("strong", "contact_form_submitted");
        await service.EngageAsync("strong", "webinar_attended");
        var fair = await service.EngageAsync("fair", "contact_form_submitted");
        var weak = await service.EngageAsync("weak", "page_viewed");

        var version = await service.ActivateAsync(ModelDrafts.WithThreshold(40));
        var activation = await service.FinishedAsync(version);

        (activation.LeadsTotal, activation.LeadsDone, activation.LeadsCrossed, activation.LeadsHeld).ShouldBe((3, 3, 2, 2));
        (await service.CountAsync("automation_qualified") + await service.CountAsync("marketing_qualified")).ShouldBe(0);
        var held = await service.HeldAsync(version);
        held.Leads.Select(l => l.LeadId).ShouldBe([strong, fair]);
        held.Leads[0].Score.ShouldBe(75);
        held.CountByGrade.ShouldBe(new Dictionary<string, long> { ["C"] = 2 });
        (await service.LeadAsync(strong)).Held.ShouldBe(new LeadHold(version, service.Clock.Now, Dropped: false));
        (await service.LeadAsync(weak)).Held.ShouldBeNull();
        (await service.GetAsync<LeadTimeline>($"/v1/leads/{fair}/timeline")).Entries[0].Summary.ShouldContain("only because the scoring model changed");
        (await database.ScalarAsync<long>("select count(distinct model_id) from mt_doc_lead where tenant_id = $1", service.TenantId)).ShouldBe(1);
        (await service.DifferencesAsync()).ShouldBeEmpty();

        // Above the threshold already: one more page view is no crossing.
        await service.EngageAsync("fair", "page_viewed");
        (await service.LeadAsync(fair)).Stage.ShouldBe(Stage.Inquiry);
    }

    [Fact]
    public async Task A_model_that_holds_for_less_than_a_look_is_crossed_all_the_same_and_so_is_the_one_that_comes_back()
    {
        await using var service = await ChangingTenant.StartAsync(database);
        var lead = await service.EngageAsync("ann", "contact_form_submitted");
        var version = await service.ActivateAsync(ModelDrafts.WithThreshold(40));
        await service.FinishedAsync(version);
        service.Clock.Now += TimeSpan.FromSeconds(1);
        var brief = await service.Http.SignedAsync(ModelDrafts.WithThreshold(30));

        var from = service.Clock.Now;
        await service.Http.ActivateAsync(brief, from.AddSeconds(2));
        await service.Http.ActivateAsync(version, from.AddSeconds(3));
        service.Clock.Now += TimeSpan.FromSeconds(4);
        await database.UntilAsync("select count(*) = 3 from mt_events where type = 'model_crossed' and stream_id = $1", lead);

        (await service.FinishedAsync(version)).LeadsCrossed.ShouldBe(1);
        (await service.LeadAsync(lead)).Held.ShouldBe(new LeadHold(version, service.Clock.Now, Dropped: false));
        (await service.HeldAsync(brief)).Leads.ShouldBeEmpty();
        (await service.DifferencesAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_lead_that_something_happens_to_is_scored_at_once()
    {
        await using var service = await ChangingTenant.StartAsync(database, heldBack: true);
        var crosses = await service.EngageAsync("crosses", "contact_form_submitted");
        var rests = await service.EngageAsync("rests", "contact_form_submitted");

        var version = await service.ActivateAsync(ModelDrafts.WithThreshold(40));
        await service.EngageAsync("crosses", "page_viewed");

        (await service.LeadAsync(crosses)).ModelVersion.ShouldBe(version);
        (await service.LeadAsync(crosses)).Held!.ModelVersion.ShouldBe(version);
        (await service.LeadAsync(rests)).Held.ShouldBeNull();
        (await service.HeldAsync(version)).Leads.Select(l => l.LeadId).ShouldBe([crosses]);
        (await service.GetAsync<ActivationView>($"/v1/scoring-models/{version}/activation")).State.ShouldBe(ActivationState.Pending);
        (await service.DifferencesAsync()).ShouldBeEmpty("rows of the former model are right while they wait");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Rows_are_what_their_streams_tell_whether_the_worth_alone_changed_or_what_counts(bool countsOtherwise)
    {
        await using var service = await ChangingTenant.StartAsync(database);
        string[] types = ["page_viewed", "email_opened", "email_clicked", "content_downloaded", "careers_page_viewed"];
        for (var i = 0; i < 250; i++)
        {
            for (var n = 0; n <= i % 5; n++) await service.EngageAsync($"p{i}", types[(i + n) % types.Length], agoDays: (i * 7 % 60) + (n * 0.1));
        }

        var version = await service.ActivateAsync(ModelDrafts.Document(d =>
        {
            var rules = d["engagement"]!["rules"]!.AsArray();
            rules.Single(r => (string)r!["name"]! == "content_download")!["points"] = 45;
            if (countsOtherwise) rules.Single(r => (string)r!["name"]! == "email_open")!["maxPerDay"] = 1;
            if (countsOtherwise) rules.Single(r => (string)r!["name"]! == "page_view")!["halfLifeDays"] = 5;
        }));
        var activation = await service.FinishedAsync(version);

        (activation.LeadsDone, activation.LeadsRescored).ShouldBe((250, 250));
        (await service.DifferencesAsync()).ShouldBeEmpty();
        (await service.DifferencesAsync(ofAll: true)).ShouldNotContain(d => d.StartsWith(service.TenantId, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_row_of_the_former_model_is_a_difference_once_the_pass_is_over_and_a_rebuild_begins_it_again()
    {
        await using var service = await ChangingTenant.StartAsync(database);
        var lead = await service.EngageAsync("ann", "contact_form_submitted");
        var former = await database.ScalarAsync<string>("select model_id from mt_doc_lead where id = $1", lead);
        var data = await database.ScalarAsync<string>("select data::text from mt_doc_lead where id = $1", lead);
        var version = await service.ActivateAsync(ModelDrafts.WithThreshold(90));
        await service.FinishedAsync(version);

        await database.ExecuteAsync("update mt_doc_lead set model_id = $2, data = $3::jsonb where id = $1", lead, former, data);

        (await service.DifferencesAsync()).ShouldContain(d => d.Contains("the active model is", StringComparison.Ordinal));
        var rebuild = new Rebuild(
            database.DataSource, service.App.Services.GetRequiredService<LeadStreams>(), TenantModels.Only(Domain.Scoring.ScoringModelDocument.Default), service.Clock);
        await rebuild.RunAsync(new(service.TenantId, null), new(), default);
        (await service.FinishedAsync(version, walk: 2)).LeadsRescored.ShouldBe(1, "the rebuild knew only the former model");
        (await service.DifferencesAsync()).ShouldBeEmpty();
        (await service.LeadAsync(lead)).ModelVersion.ShouldBe(version);
    }

    [Fact]
    public async Task A_slice_takes_the_best_and_a_repeat_sends_nothing_twice()
    {
        await using var service = await ChangingTenant.StartAsync(database);
        for (var i = 0; i < 6; i++)
        {
            for (var n = 0; n <= i; n++) await service.EngageAsync($"p{i}", "email_clicked");
            await service.EngageAsync($"p{i}", "contact_form_submitted");
        }

        var version = await service.ActivateAsync(ModelDrafts.WithThreshold(45));
        await service.FinishedAsync(version);
        var best = (await service.HeldAsync(version)).Leads.Select(l => l.LeadId).ToList();

        var request = new ReleaseRequest("first", "mia", Count: 2, Note: "a slice");
        var released = await service.ReleaseAsync(version, request);
        var repeated = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => service.ReleaseAsync(version, request)));

        (released.State, released.Released).ShouldBe((ReleaseState.Ended, 2));
        repeated.ShouldAllBe(r => r.Released == 2);
        (await service.CountAsync("marketing_qualified")).ShouldBe(2);
        foreach (var lead in best.Take(2)) (await service.LeadAsync(lead)).ShouldSatisfyAllConditions(l => l.Stage.ShouldBe(Stage.MarketingQualified), l => l.Handoff!.Reason.ShouldBe(QualificationReason.Review), l => l.Held.ShouldBeNull());
        (await service.HeldAsync(version)).Leads.Select(l => l.LeadId).ShouldBe(best.Skip(2));
        using var other = await service.Http.PostAsJsonAsync($"/v1/scoring-models/{version}/newly-qualified/release", request with { Count = 3 });
        await other.ShouldBeProblemAsync(422, "release_id_reused");

        (await service.DropAsync(version, new("mia", LeadIds: [best[5], Guid.NewGuid()]))).ShouldBe(new(1, 0));
        (await service.LeadAsync(best[5])).Held!.Dropped.ShouldBeTrue();
        (await service.DropAsync(version, new("mia", Grades: [Grade.A]))).ShouldBe(new(0, 0));
        (await service.DropAsync(version, new("mia", All: true))).ShouldBe(new(3, 0));
        (await service.DropAsync(version, new("mia", All: true))).ShouldBe(new(0, 0));
        (await service.CountAsync("model_crossing_dropped")).ShouldBe(4);
        (await service.DifferencesAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_asked_wrongly_is_refused()
    {
        await using var service = await ChangingTenant.StartAsync(database);
        var path = "/v1/scoring-models/2/newly-qualified";
        async Task<Problem> Refused(string step, object body, int status, string code)
        {
            using var answer = await service.Http.PostAsJsonAsync(path + step, body);
            return await answer.ShouldBeProblemAsync(status, code);
        }

        await Refused("/release", new ReleaseRequest("r", "mia", Count: 1), 404, "model_version_not_found");
        using (var unknown = await service.Http.GetAsync(path)) await unknown.ShouldBeProblemAsync(404, "model_version_not_found");
        using (var never = await service.Http.GetAsync("/v1/scoring-models/1/activation")) await never.ShouldBeProblemAsync(404, "model_not_activated");
        (await Refused("/release", new ReleaseRequest("r", "", Grades: [], Count: 0, PerDay: 10_001), 400, "validation_failed"))
            .Errors!.Keys.ShouldBe(["$", "$.actor", "$.count", "$.grades", "$.perDay"], ignoreOrder: true);
        (await Refused("/drop", new DropRequest("mia", LeadIds: [], All: true), 400, "validation_failed")).Errors!.Keys.ShouldBe(["$", "$.leadIds"], ignoreOrder: true);
        await service.ActivateAsync(ModelDrafts.WithThreshold(40));
        await Refused("/releases/none/cancel", new CancelReleaseRequest("mia"), 404, "release_not_found");
        using var reader = await service.App.ClientAsync(service.TenantId, Scopes.LeadsRead);
        using var refused = await reader.PostAsJsonAsync($"{path}/release", new ReleaseRequest("r", "mia", Count: 1));
        await refused.ShouldBeProblemAsync(403, "missing_scope");
        using var stranger = await service.App.ClientAsync("stranger");
        using var hidden = await stranger.GetAsync(path);
        await hidden.ShouldBeProblemAsync(404, "model_version_not_found");
    }
}
