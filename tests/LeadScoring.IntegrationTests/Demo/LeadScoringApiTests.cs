using LeadScoring.Contracts;
using Microsoft.AspNetCore.Http;
using SampleCrm;

namespace LeadScoring.IntegrationTests.Demo;

public sealed class LeadScoringApiTests
{
    private static readonly Guid LeadId = DeskLeads.Lead(Stage.MarketingQualified).LeadId;
    private static readonly CommandReceipt Accepted = new(Changed: true, DeskLeads.Lead(Stage.SalesAccepted));

    [Fact]
    public async Task A_command_carries_key_version_and_only_what_is_known()
    {
        await using var service = await ScriptedServer.StartAsync(_ => Results.Json(Accepted));
        using var api = new LeadScoringApi(service.Url, "ls_key");

        var answer = await api.CommandAsync(LeadId, "accept", new AcceptRequest("rep-ann"), version: 7, CancellationToken.None);

        answer.OrThrow().Lead.Stage.ShouldBe(Stage.SalesAccepted);
        service.Seen.ShouldHaveSingleItem().ShouldBe(
            new("POST", $"/v1/leads/{LeadId}/accept", "\"7\"", "Bearer ls_key", """{"actor":"rep-ann"}"""));
    }

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task A_busy_service_is_asked_again(int status)
    {
        var left = 3;
        await using var service = await ScriptedServer.StartAsync(_ => left-- > 0 ? ScriptedServer.Refuse(status, "busy") : Results.Json(Accepted));
        using var api = new LeadScoringApi(service.Url, "ls_key");

        var answer = await api.CommandAsync(LeadId, "accept", new AcceptRequest("rep-ann"), version: 7, CancellationToken.None);

        answer.Value.ShouldNotBeNull();
        service.Seen.Count.ShouldBe(4);
        service.Seen.Distinct().Count().ShouldBe(1);
        api.Retries.ShouldBe(3);
    }

    [Fact]
    public async Task A_service_that_stays_busy_is_asked_a_bounded_number_of_times()
    {
        await using var service = await ScriptedServer.StartAsync(_ => ScriptedServer.Refuse(503, "busy"));
        using var api = new LeadScoringApi(service.Url, "ls_key");

        var answer = await api.GetAsync<LeadView>($"v1/leads/{LeadId}", CancellationToken.None);

        answer.WorthRepeating.ShouldBeTrue();
        service.Seen.Count.ShouldBe(LeadScoringApi.AttemptsMax);
    }

    [Theory]
    [InlineData(409, "lead_not_awaiting_acceptance")]
    [InlineData(412, "version_mismatch")]
    public async Task A_lead_that_moved_on_is_not_insisted_on(int status, string code)
    {
        await using var service = await ScriptedServer.StartAsync(_ => ScriptedServer.Refuse(status, code));
        using var api = new LeadScoringApi(service.Url, "ls_key");

        var answer = await api.CommandAsync(LeadId, "accept", new AcceptRequest("rep-ann"), version: 7, CancellationToken.None);

        answer.WorthRepeating.ShouldBeFalse();
        answer.Problem!.Code.ShouldBe(code);
        service.Seen.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Nobody_listening_is_an_answer_too()
    {
        Uri gone;
        await using (var service = await ScriptedServer.StartAsync(_ => ScriptedServer.Refuse(503, "busy"))) gone = service.Url;
        using var api = new LeadScoringApi(gone, "ls_key", firstRetryDelay: TimeSpan.FromMilliseconds(1));

        var answer = await api.GetAsync<ScoringModelView>("v1/scoring-model", CancellationToken.None);

        answer.Status.ShouldBe(0);
        Should.Throw<Refusal>(answer.OrThrow).Message.ShouldBe($"{gone} does not answer.");
    }

    [Fact]
    public async Task A_list_is_read_page_by_page_up_to_the_bound()
    {
        var page = new LeadPage([DeskLeads.Lead(Stage.Inquiry)], NextCursor: "a+b");
        await using var service = await ScriptedServer.StartAsync(_ => Results.Json(page));
        using var api = new LeadScoringApi(service.Url, "ls_key");

        var read = (await api.LeadsAsync("stage=inquiry", pagesMax: 3, CancellationToken.None)).OrThrow();

        read.Leads.Count.ShouldBe(3);
        read.NextCursor.ShouldNotBeNull();
        const string first = "/v1/leads?stage=inquiry&limit=200";
        const string next = first + "&cursor=a%2Bb";
        service.Seen.Select(request => request.Path).ShouldBe([first, next, next]);
    }
}
