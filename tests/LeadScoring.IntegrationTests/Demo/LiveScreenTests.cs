using LeadScoring.Contracts;
using SampleCrm.Demo;
using SampleCrm.Handoffs;
using Spectre.Console;

namespace LeadScoring.IntegrationTests.Demo;

public sealed class LiveScreenTests
{
    private static readonly Places Places = new(new("http://127.0.0.1:5080"), new("http://127.0.0.1:5090"), Key: "ls_0123456789abcdef_secret");
    private static readonly DateTimeOffset At = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(80, 24)]
    [InlineData(120, 40)]
    [InlineData(200, 60)]
    public void A_frame_fits_the_terminal_and_never_changes_its_height(int width, int height)
    {
        var empty = Drawn(View([]), width, height);
        var full = Drawn(View(Enumerable.Range(0, Scoreboard.QualifiedMax).Select(n => Qualified($"Person {n}, {new string('x', 60)}"))), width, height);

        full.Length.ShouldBe(empty.Length);
        full.Length.ShouldBeLessThan(height);
        full.ShouldAllBe(line => line.Length < width);
        full.ShouldContain(line => line.Contains("demo requested +60 · pricing page +20 · unsubscribed −25"));
    }

    [Fact]
    public void A_name_is_never_read_as_markup()
    {
        var frame = Drawn(View([Qualified("[red]Jane[/] & [Acme")]), 120, 40);

        frame.ShouldContain(line => line.Contains("[red]Jane[/] & [Acme"));
    }

    [Fact]
    public void A_line_for_a_log_has_every_number_and_nobodys_name()
    {
        var line = LiveScreen.Line(View([Qualified("Jane Doe, Acme")]), TimeSpan.FromSeconds(65) + TimeSpan.FromDays(2));

        line.ShouldBe(
            "48:01:05 live | inquiry 1,200+  customer 3 | posted 4,812, recorded 4,560, duplicates 252, late 61, rejected 0 "
            + "| last qualified A 127: demo requested +60 · pricing page +20 · unsubscribed −25");
    }

    [Fact]
    public void The_board_counts_what_became_of_each_post_and_keeps_the_newest_leads()
    {
        var board = new Scoreboard();
        var late = new ProspectStream(42, At).Live(At, rate: 1).SelectMany(delivery => delivery.Postings).First(posting => posting.Late);
        board.Count(late, EngagementOutcome.Recorded);
        board.Count(late, EngagementOutcome.Duplicate);
        board.Count(late, EngagementOutcome.Rejected);
        for (var n = 0; n < 20; n++) board.Qualified(HandedOff($"{n}", At.AddSeconds(n)));
        board.Qualified(HandedOff("without its story", At) with { Handoff = null });

        board.View().Posts.ShouldBe(new PostCounts(Posted: 3, Recorded: 1, Duplicates: 1, Late: 1, Rejected: 1));
        board.View().Qualified.Select(lead => lead.Who).ShouldBe(["19", "18", "17", "16", "15", "14", "13", "12"]);
        board.View().Qualified[0].Reasons.ShouldHaveSingleItem().Rule.ShouldBe("demo_requested");
    }

    private static ScoreboardView View(IEnumerable<QualifiedLead> qualified) => new(
        "live",
        new PostCounts(4_812, 4_560, 252, 61, 0),
        [new(Stage.Inquiry, 1_200, AtLeast: true), new(Stage.Customer, 3, AtLeast: false)],
        [.. qualified],
        Refusal: null);

    private static DeskLead HandedOff(string name, DateTimeOffset at)
    {
        var news = new DeskNews(name, company: null);
        return new(news.Lead, Stage.MarketingQualified, 1, at, news.Story() with { At = at });
    }

    private static QualifiedLead Qualified(string who) => new(
        Guid.Empty,
        At,
        who,
        Grade.A,
        "A 127",
        127.4m,
        QualificationReason.FastTrack,
        [new("demo_requested", 60, 1, ""), new("pricing_page", 20.4m, 2, ""), new("unsubscribed", -25, 1, "")],
        Sales: null);

    private static string[] Drawn(ScoreboardView view, int width, int height)
    {
        using var text = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(text),
        });
        console.Profile.Width = width;
        console.Write(LiveScreen.Frame(view, Places, seed: 42, TimeSpan.FromSeconds(65), width, height));
        return text.ToString().TrimEnd('\n').Split('\n').Select(line => line.TrimEnd()).ToArray();
    }
}
