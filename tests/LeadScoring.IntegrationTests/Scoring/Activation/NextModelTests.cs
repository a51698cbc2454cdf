using System.Net;
using System.Net.Http.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Backtests;
using LeadScoring.Host.Events;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Leads.Rebuilding;
using LeadScoring.Host.Operations;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.IntegrationTests.Setup;
using Microsoft.Extensions.DependencyInjection;

namespace LeadScoring.IntegrationTests.Scoring.Activation;

/// <summary>What is said of leads before and after one activation follows another.</summary>
public sealed class NextModelTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    [Fact]
    public async Task No_304_hides_what_another_model_makes_of_a_lead()
    {
        await using var service = await ChangingTenant.StartAsync(database);
        var lead = await service.EngageAsync("ann", "newsletter_archived");
        using (var patched = await service.Http.PatchAsJsonAsync($"/v1/leads/{lead}/attributes", new { actor = "mia", attributes = new { seniority = "director", company_size = 300 } }))
        {
            patched.EnsureSuccessStatusCode();
        }

        var version = (await service.LeadAsync(lead)).Version;
        (await StatusAsync()).ShouldBe(HttpStatusCode.NotModified);

        await service.ActivateAsync(ModelDrafts.Document(d => d["fit"]!["cutOffs"]!["a"] = 500));

        (await StatusAsync()).ShouldBe(HttpStatusCode.OK);
        (await service.LeadAsync(lead)).ShouldSatisfyAllConditions(l => l.Version.ShouldBe(version), l => l.Grade.ShouldBe(Grade.B));

        async Task<HttpStatusCode> StatusAsync()
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/leads/{lead}");
            request.Headers.TryAddWithoutValidation("If-None-Match", $"\"{version}\"");
            using var answer = await service.Http.SendAsync(request);
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task The_preview_counts_those_who_are_held_already_or_were_dropped()
    {
        await using var service = await ChangingTenant.StartAsync(database);
        await service.EngageAsync("held", "contact_form_submitted");
        var dropped = await service.EngageAsync("dropped", "contact_form_submitted");
        await service.EngageAsync("lower", "webinar_attended");
        var second = await service.ActivateAsync(ModelDrafts.WithThreshold(40));
        await service.FinishedAsync(second);
        await service.DropAsync(second, new DropRequest("mia", LeadIds: [dropped]));
        var third = await service.Http.SignedAsync(ModelDrafts.WithThreshold(20));

        var models = service.App.Services.GetRequiredService<TenantModels>();
        await models.LookAsync(default);
        var timeline = models.Of(service.TenantId);
        var report = await new BacktestRun(database.DataSource, new EventTypes()).RunAsync(
            service.TenantId, timeline.WithVersion(third)!, timeline.WithVersion(second)!, new(), new WorkProgress(), Pace.Full, default);
        service.Clock.Now += TimeSpan.FromSeconds(1);
        await service.Http.ActivateAsync(third);
        service.Clock.Now += TimeSpan.FromSeconds(1);
        await service.FinishedAsync(third);

        (await service.HeldAsync(third)).Leads.Count.ShouldBe(2, "the held one moves to the list of the version that holds, the dropped one met the former version, too");
        (report.Activation.Inquiry, report.Activation.WouldCross).ShouldBe((3, 2));
        report.Activation.Untouched.Sum(s => s.Leads).ShouldBe(0);
    }
}
