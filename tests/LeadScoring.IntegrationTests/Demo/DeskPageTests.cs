using LeadScoring.Contracts;
using SampleCrm;

namespace LeadScoring.IntegrationTests.Demo;

public sealed class DeskPageTests
{
    private const string Attack = "<script>alert('x')</script>";
    private static readonly Reception Reception = new("webhook at http://127.0.0.1:5090/") { State = "subscribed", Refused = 1_234 };
    private static readonly SalesMove Accept = new(TimeSpan.Zero, "accept", new AcceptRequest("rep-ann"), "accepted");

    [Fact]
    public void A_handoff_is_shown_with_its_story()
    {
        var news = new DeskNews();

        var html = Render(Waiting(news, news.Story()) with { Urgency = AnswerUrgency.Overdue });

        foreach (var shown in (string[])
        [
            "Jane Doe", "Acme", "A 127", "jane.doe@acme.example", "Fast track: asked for it", "Demo requested, once: &#x2B;60 points.",
            "2026-03-02 09:00  demo requested: analytics", "Campaigns: spring-launch", "Interested in: analytics",
            "answer due 2026-03-03 09:00 UTC", "accepted in 12 s", "class=\"overdue\"", ">overdue<",
        ])
        {
            html.ShouldContain(shown);
        }
    }

    [Fact]
    public void Where_events_come_from_and_how_many_came_twice_is_told() =>
        Render().ShouldContain("Events come from the webhook at http://127.0.0.1:5090/: subscribed. 0 taken, 0 came again or too late and changed nothing, 1,234 refused.");

    [Theory]
    [InlineData(Stage.MarketingQualified)]
    [InlineData(Stage.SalesAccepted)]
    [InlineData(Stage.SalesQualified)]
    public void What_others_wrote_is_shown_and_never_run(Stage stage)
    {
        var news = new DeskNews(Attack, Attack, Attack);
        var did = new EventEngagement(Attack, DeskNews.Morning, Attack, Attack, Attack, Attack, Attack);
        var story = news.Story() with
        {
            Note = Attack,
            Reason = QualificationReason.Review,
            Actor = Attack,
            Judgement = news.Story().Judgement with { Rating = Attack, Contributions = [new(Attack, 1, 1, Attack)] },
            Engagements = news.Story().Engagements with { Campaigns = [Attack], Products = [Attack], Latest = [did] },
        };
        var lead = Waiting(news, story) with { Stage = stage, Owner = Attack, Amount = 1, Currency = Attack };
        var move = Accept with { Says = Attack };

        var html = DeskPage.Render(
            [new(lead, move, DeskNews.Morning)], [new(lead, move, DeskNews.Morning)], new Reception(Attack) { State = Attack }, DeskNews.Morning);

        html.ShouldContain("&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;");
        html.ShouldNotContain("<script");
        html.ShouldNotContain("alert('");
    }

    [Fact]
    public void A_long_queue_is_cut_and_says_so()
    {
        var html = Render([.. Enumerable.Range(0, DeskPage.StoriesMax + 3).Select(_ => new DeskNews()).Select(news => Waiting(news, news.Story()))]);

        html.ShouldContain("Handoffs waiting for an answer (53)");
        html.ShouldContain("and 3 more");
        html.Split("<article").Length.ShouldBe(1 + DeskPage.StoriesMax);
    }

    private static DeskLead Waiting(DeskNews news, LeadMarketingQualifiedV1 story) =>
        news.OnDesk(Stage.MarketingQualified, story);

    private static string Render(params DeskLead[] leads) => DeskPage.Render(
        [.. leads.Select(lead => new DeskCase(lead, Accept, DeskNews.Morning.AddSeconds(12)))], [], Reception, DeskNews.Morning);
}
