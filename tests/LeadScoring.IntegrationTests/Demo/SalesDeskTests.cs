using LeadScoring.Contracts;
using Microsoft.AspNetCore.Http;
using SampleCrm;

namespace LeadScoring.IntegrationTests.Demo;

public sealed class SalesDeskTests
{
    /// <summary>So fast that every move is due in the round after the lead is first seen.</summary>
    private const double AtOnce = 1e12;

    private readonly DeskNews _jane = new();

    private IReadOnlyList<DeskLead> OnDesk => [_jane.OnDesk(story: _jane.Story())];

    [Fact]
    public async Task A_lead_that_moved_on_meanwhile_is_answered_on_what_it_is_then()
    {
        var version = 7L;
        await using var service = await ScriptedServer.StartAsync(request => request switch
        {
            { Method: "GET" } => Results.Json(DeskLeads.View(_jane.LeadId, Stage.MarketingQualified, version)),
            { IfMatch: "\"7\"" } => Moved(ref version),
            _ => Results.Json(new CommandReceipt(true, DeskLeads.Lead(Stage.SalesAccepted))),
        });
        using var api = new LeadScoringApi(service.Url, "ls_key");
        var taken = 0;
        var desk = new SalesDesk(api, new SalesPersonality(42), AtOnce, TimeProvider.System) { HandoffTaken = _ => taken++ };

        await desk.RoundAsync(OnDesk, CancellationToken.None);
        desk.Deeds.ShouldBeEmpty();
        await desk.RoundAsync(OnDesk, CancellationToken.None);

        desk.Deeds.ShouldHaveSingleItem().Lead.Id.ShouldBe(_jane.LeadId);
        service.Seen.Where(request => request.Method == "POST").Select(request => request.IfMatch).ShouldBe(["\"7\"", "\"8\""]);
        taken.ShouldBe(1);
    }

    [Fact]
    public async Task What_was_answered_is_not_answered_again_while_its_event_is_on_its_way()
    {
        await using var service = await AgreeableAsync();
        using var api = new LeadScoringApi(service.Url, "ls_key");
        var desk = new SalesDesk(api, new SalesPersonality(42), AtOnce, TimeProvider.System);

        for (var round = 0; round < 3; round++) await desk.RoundAsync(OnDesk, CancellationToken.None);

        service.Seen.Count(request => request.Method == "POST").ShouldBe(1);
        desk.Cases.ShouldHaveSingleItem().IsSent.ShouldBeTrue();
    }

    [Fact]
    public async Task A_lead_whose_news_are_on_their_way_is_not_moved_on_what_was()
    {
        await using var service = await ScriptedServer.StartAsync(
            _ => Results.Json(DeskLeads.View(_jane.LeadId, Stage.SalesAccepted, version: 8)));
        using var api = new LeadScoringApi(service.Url, "ls_key");
        var desk = new SalesDesk(api, new SalesPersonality(42), AtOnce, TimeProvider.System);

        for (var round = 0; round < 3; round++) await desk.RoundAsync(OnDesk, CancellationToken.None);

        service.Seen.ShouldHaveSingleItem().Method.ShouldBe("GET");
    }

    [Fact]
    public async Task A_service_that_does_not_answer_leaves_the_desk_as_it_was()
    {
        await using var service = await ScriptedServer.StartAsync(_ => ScriptedServer.Refuse(503, "busy"));
        using var api = new LeadScoringApi(service.Url, "ls_key");
        var desk = new SalesDesk(api, new SalesPersonality(42), AtOnce, TimeProvider.System);

        await desk.RoundAsync(OnDesk, CancellationToken.None);

        service.Seen.ShouldNotBeEmpty();
        desk.Cases.ShouldHaveSingleItem().IsSent.ShouldBeFalse();
        desk.Deeds.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_key_without_the_scope_ends_the_work_with_a_sentence()
    {
        await using var service = await ScriptedServer.StartAsync(_ => ScriptedServer.Refuse(403, "missing_scope"));
        using var api = new LeadScoringApi(service.Url, "ls_key");
        var desk = new SalesDesk(api, new SalesPersonality(42), AtOnce, TimeProvider.System);

        var refused = await Should.ThrowAsync<Refusal>(() => desk.WorkAsync(_ => Task.FromResult(OnDesk), CancellationToken.None));

        refused.Message.ShouldBe("The API key lacks a scope: Because the test says so.");
    }

    [Fact]
    public async Task The_page_stands_on_a_port_of_its_own()
    {
        await using var service = await AgreeableAsync();
        using var api = new LeadScoringApi(service.Url, "ls_key");
        var desk = new SalesDesk(api, new SalesPersonality(42), AtOnce, TimeProvider.System);
        await using var office = await SalesOffice.OpenAsync(api, new(Port: 0, HandoffsFrom.Feed), desk, CancellationToken.None);
        using var http = new HttpClient();

        var page = await http.GetAsync(office.Url);

        page.Content.Headers.ContentType!.ToString().ShouldBe("text/html; charset=utf-8");
        page.Headers.GetValues("Content-Security-Policy").ShouldBe(["default-src 'none'; style-src 'self'"]);
        using var fromElsewhere = new HttpRequestMessage(HttpMethod.Get, office.Url) { Headers = { Host = $"elsewhere.example:{office.Url.Port}" } };
        ((int)(await http.SendAsync(fromElsewhere)).StatusCode).ShouldBe(421, "a name somebody gave this machine's address");
        var second = await Should.ThrowAsync<Refusal>(
            () => SalesOffice.OpenAsync(api, new(office.Url.Port, HandoffsFrom.Feed), desk, CancellationToken.None));
        second.Message.ShouldContain($"{office.Url.Port}");
    }

    private Task<ScriptedServer> AgreeableAsync() => ScriptedServer.StartAsync(request => request.Method == "GET"
        ? Results.Json(DeskLeads.View(_jane.LeadId, Stage.MarketingQualified, version: 7))
        : Results.Json(new CommandReceipt(true, DeskLeads.Lead(Stage.SalesAccepted))));

    private static IResult Moved(ref long version)
    {
        version = 8;
        return ScriptedServer.Refuse(412, "version_mismatch");
    }
}
