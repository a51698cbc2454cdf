using System.Net.Http.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Scoring.Shadow;
using LeadScoring.IntegrationTests.Leads;
using LeadScoring.IntegrationTests.Setup;
using Marten;

namespace LeadScoring.IntegrationTests.Scoring;

/// <summary>The only version in shadow anywhere is switched off and on.</summary>
public sealed class ShadowSwitchTests(LeadApi api) : IClassFixture<LeadApi>
{
    private const int FormerDocuments = 9_000;

    [Fact]
    public async Task What_happens_while_what_it_left_is_cleared_is_counted()
    {
        var tenant = await api.NewTenantAsync();
        var version = (await tenant.Http.DraftAsync(ModelDrafts.WithThreshold(40))).Model.Version;
        await tenant.Http.DoAsync(version, "propose", new ProposeScoringModelRequest("mia"));
        await SwitchAsync(tenant, version, on: true);
        await tenant.EngageAsync("former", "page_viewed");
        await UntilAsync<ShadowLeadDocument>(tenant, l => l.ModelVersion == version, 1);
        await using (var session = api.Database.Documents.QuerySession(tenant.TenantId))
        {
            var former = await session.Query<ShadowLeadDocument>().SingleAsync();
            var more = Enumerable.Range(0, FormerDocuments).Select(n => former with { Id = $"{version}/former-{n}" });
            await api.Database.Documents.BulkInsertAsync(tenant.TenantId, [.. more]);
        }

        await SwitchAsync(tenant, version, on: false);
        api.Now += TimeSpan.FromSeconds(1);
        await SwitchAsync(tenant, version, on: true);
        for (var i = 0; i < 5; i++) await tenant.EngageAsync($"meanwhile{i}", "contact_form_submitted");
        await tenant.EngageAsync("afterwards", "contact_form_submitted");

        await UntilAsync<ShadowCycleDocument>(tenant, c => c.ModelVersion == version, 6);
        await UntilAsync<ShadowLeadDocument>(tenant, l => l.ModelVersion == version, 6);
        (await tenant.GetAsync<ModelShadowReport>($"/v1/scoring-models/{version}/shadow")).Totals.WouldQualify.ShouldBe(6);
    }

    private Task UntilAsync<T>(ApiClient tenant, System.Linq.Expressions.Expression<Func<T, bool>> which, int count)
        where T : notnull => MigratedDatabase.UntilAsync(async () => await api.Database.CountAsync(tenant.TenantId, which) == count, $"{count} {typeof(T).Name}s");

    private static async Task SwitchAsync(ApiClient tenant, int version, bool on)
    {
        using var answer = await tenant.Http.PutAsJsonAsync($"/v1/scoring-models/{version}/shadow", new SwitchShadowRequest(on, "mia"));
        (await answer.ReadAsync<ScoringModelReceipt>()).Model.Shadow.ShouldBe(on);
    }
}
