using LeadScoring.Contracts;
using Microsoft.AspNetCore.Http;
using SampleCrm.Api;
using SampleCrm.Sales;

namespace LeadScoring.IntegrationTests.Demo;

public sealed class SalesDeskTests
{
    /// <summary>So fast that every move is due in the round after the lead is first seen.</summary>
    private const double AtOnce = 1e12;

    [Fact]
    public async Task A_lead_that_moved_on_meanwhile_is_answered_on_what_it_is_then()
    {
        var version = 7L;
        await using var service = await ScriptedServer.StartAsync(request => request switch
        {
            { Method: "GET", Path: var path } => Results.Json(new LeadPage(path.Contains("queue=sales") ? [Waiting(version)] : [], null)),
            { IfMatch: "\"7\"" } => Moved(ref version),
            _ => Results.Json(new CommandReceipt(true, Waiting(version) with { Stage = Stage.SalesAccepted })),
        });
        using var api = new LeadScoringApi(service.Url, "ls_key");
        var taken = 0;
        var desk = new SalesDesk(api, new SalesPersonality(42), AtOnce, TimeProvider.System) { HandoffTaken = _ => taken++ };

        await desk.RoundAsync(CancellationToken.None);
        desk.Deeds.ShouldBeEmpty();
        await desk.RoundAsync(CancellationToken.None);

        desk.Deeds.ShouldHaveSingleItem().Lead.Stage.ShouldBe(Stage.SalesAccepted);
        service.Seen.Where(request => request.Method == "POST").Select(request => request.IfMatch).ShouldBe(["\"7\"", "\"8\""]);
        taken.ShouldBe(1);
    }

    [Fact]
    public async Task A_service_that_does_not_answer_leaves_the_desk_as_it_was()
    {
        var fine = true;
        await using var service = await ScriptedServer.StartAsync(request => fine
            ? Results.Json(new LeadPage(request.Path.Contains("queue=sales") ? [Waiting(7)] : [], null))
            : ScriptedServer.Refuse(503, "busy"));
        using var api = new LeadScoringApi(service.Url, "ls_key");
        var desk = new SalesDesk(api, new SalesPersonality(42), pace: 0.001, TimeProvider.System);
        await desk.RoundAsync(CancellationToken.None);
        var before = desk.Cases;

        fine = false;
        await desk.RoundAsync(CancellationToken.None);

        before.ShouldHaveSingleItem();
        desk.Cases.ShouldBe(before);
    }

    [Fact]
    public async Task A_key_without_the_scope_ends_the_work_with_a_sentence()
    {
        await using var service = await ScriptedServer.StartAsync(_ => ScriptedServer.Refuse(403, "missing_scope"));
        using var api = new LeadScoringApi(service.Url, "ls_key");
        var desk = new SalesDesk(api, new SalesPersonality(42), AtOnce, TimeProvider.System);

        var refused = await Should.ThrowAsync<ServiceRefused>(() => desk.WorkAsync(CancellationToken.None));

        refused.Message.ShouldBe("The API key lacks a scope: Because the test says so.");
    }

    [Fact]
    public void The_page_shows_what_others_wrote_and_runs_none_of_it()
    {
        var lead = Waiting(7) with { Name = "<script>alert('x')</script>", Company = "A & B \"Ltd\"", AcceptanceDueAt = null };
        var move = new SalesMove(TimeSpan.Zero, "accept", new AcceptRequest("rep-ann"), "<b>accepted</b>");

        var html = DeskPage.Render([new(lead, move, lead.UpdatedAt.AddSeconds(12))], [new(lead, move, lead.UpdatedAt)], lead.UpdatedAt);

        html.ShouldContain("&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;");
        html.ShouldContain("A &amp; B &quot;Ltd&quot;");
        html.ShouldContain("in 12 s");
        html.ShouldNotContain("<script");
        html.ShouldNotContain("<b>");
    }

    [Fact]
    public async Task The_page_stands_on_a_port_of_its_own()
    {
        await using var service = await ScriptedServer.StartAsync(_ => Results.Json(new LeadPage([], null)));
        using var api = new LeadScoringApi(service.Url, "ls_key");
        var desk = new SalesDesk(api, new SalesPersonality(42), AtOnce, TimeProvider.System);
        await using var web = await DeskWeb.StartAsync(desk, port: 0, TimeProvider.System, CancellationToken.None);
        using var http = new HttpClient();

        var page = await http.GetAsync(web.Url);

        page.Content.Headers.ContentType!.ToString().ShouldBe("text/html; charset=utf-8");
        page.Headers.GetValues("Content-Security-Policy").ShouldBe(["default-src 'none'; style-src 'self'"]);
        var second = await Should.ThrowAsync<PortTaken>(
            () => DeskWeb.StartAsync(desk, web.Url.Port, TimeProvider.System, CancellationToken.None));
        second.Message.ShouldContain($"{web.Url.Port}");
    }

    private static LeadSummary Waiting(long version) => DeskLeads.Lead(Stage.MarketingQualified) with { Version = version };

    private static IResult Moved(ref long version)
    {
        version = 8;
        return ScriptedServer.Refuse(412, "version_mismatch");
    }
}
