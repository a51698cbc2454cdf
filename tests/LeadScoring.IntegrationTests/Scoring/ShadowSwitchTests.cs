using System.Net.Http.Json;
using LeadScoring.Contracts;
using LeadScoring.IntegrationTests.Leads;
using LeadScoring.IntegrationTests.Setup;

namespace LeadScoring.IntegrationTests.Scoring;

/// <summary>The only version in shadow anywhere is switched off and on.</summary>
public sealed class ShadowSwitchTests(LeadApi api) : IClassFixture<LeadApi>
{
    /// <summary>Clearing so many takes the projector several rounds, in which it reads on.</summary>
    private const int FormerRows = 9_000;

    [Fact]
    public async Task What_happens_while_its_former_rows_are_cleared_is_counted()
    {
        var tenant = await api.NewTenantAsync();
        var version = (await tenant.Http.DraftAsync(ModelDrafts.WithThreshold(40))).Model.Version;
        await tenant.Http.DoAsync(version, "propose", new ProposeScoringModelRequest("mia"));
        await SwitchAsync(tenant, version, on: true);
        await tenant.EngageAsync("former", "page_viewed");
        await api.Database.UntilAsync("select exists (select from shadow_lead where tenant_id = $1)", tenant.TenantId);
        await api.Database.ExecuteAsync(
            $"""
            insert into shadow_lead (tenant_id, version, lead_id, lead_version, cycle, state)
            select s.tenant_id, s.version, gen_random_uuid(), s.lead_version, s.cycle, s.state
            from shadow_lead s, generate_series(1, {FormerRows})
            where s.tenant_id = $1
            """,
            tenant.TenantId);

        await SwitchAsync(tenant, version, on: false);
        api.Now += TimeSpan.FromSeconds(1);
        await SwitchAsync(tenant, version, on: true);
        for (var i = 0; i < 5; i++) await tenant.EngageAsync($"meanwhile{i}", "contact_form_submitted");
        await api.Database.UntilAsync("select not exists (select from shadow_lead where tenant_id = $1 and cycle = 1 and lead_id not in (select id from mt_doc_lead))", tenant.TenantId);
        await tenant.EngageAsync("afterwards", "contact_form_submitted");

        await api.Database.UntilAsync("select count(*) = 6 from shadow_cycle where tenant_id = $1", tenant.TenantId);
        (await tenant.GetAsync<ModelShadowReport>($"/v1/scoring-models/{version}/shadow")).Totals.WouldQualify.ShouldBe(6);
    }

    private static async Task SwitchAsync(ApiClient tenant, int version, bool on)
    {
        using var answer = await tenant.Http.PutAsJsonAsync($"/v1/scoring-models/{version}/shadow", new SwitchShadowRequest(on, "mia"));
        (await answer.ReadAsync<ScoringModelReceipt>()).Model.Shadow.ShouldBe(on);
    }
}
