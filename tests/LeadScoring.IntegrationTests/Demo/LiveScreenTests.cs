using LeadScoring.Contracts;
using Spectre.Console;
using SampleCrm;

namespace LeadScoring.IntegrationTests.Demo;

public sealed class LiveScreenTests
{
    private static readonly DateTimeOffset At = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(80, 24)]
    [InlineData(120, 40)]
    [InlineData(200, 60)]
    public void A_frame_fits_the_terminal_and_never_changes_its_height(int width, int height)
    {
        var empty = Drawn(Board(), width, height);
        var full = Drawn(Board([.. Enumerable.Range(0, Scoreboard.QualifiedMax).Select(n => $"Person {n}, {new string('x', 60)}")]), width, height);

        full.Length.ShouldBe(empty.Length);
        full.Length.ShouldBeLessThan(height);
        full.ShouldAllBe(line => line.Length < width);
        full.ShouldContain(line => line.Contains("demo requested +60 · pricing page +20 · unsubscribed −25"));
    }

    [Fact]
    public void A_name_is_never_read_as_markup()
    {
        var frame = Drawn(Board("[red]Jane[/] & [Acme"), 120, 40);

        frame.ShouldContain(line => line.Contains("[red]Jane[/] & [Acme"));
    }

    [Fact]
    public void A_line_for_a_log_has_every_number_and_nobodys_name()
    {
        var line = Screen(Board("Jane Doe, Acme")).LogLine(TimeSpan.FromSeconds(65) + TimeSpan.FromDays(2));

        line.ShouldBe(
            "48:01:05 live | inquiry 1,200+  customer 3 | posted 0, recorded 0, duplicates 0, late 0, rejected 0 "
            + "| last qualified A 127: demo requested +60 · pricing page +20 · unsubscribed −25");
    }

    [Fact]
    public void The_board_counts_what_became_of_each_post_and_keeps_the_newest_leads()
    {
        var board = new Scoreboard();
        var late = new ProspectStream(42, At).Live(At, rate: 1).SelectMany(delivery => delivery.Postings).First(posting => posting.Late);
        board.Count(late, EngagementOutcome.Recorded, problem: null);
        board.Count(late, EngagementOutcome.Duplicate, problem: null);
        board.Count(late, EngagementOutcome.Rejected, problem: null);
        for (var n = 0; n < 20; n++) board.Qualify(HandedOff($"{n}", At.AddSeconds(n)));
        board.Qualify(HandedOff("without its story", At) with { Handoff = null });
        board.SalesSaid(board.Qualified[1].Lead.Id, "accepted");

        board.Posts.ShouldBe(new PostCounts(Posted: 3, Recorded: 1, Duplicates: 1, Late: 1, Rejected: 1));
        board.Qualified.Select(it => it.Lead.Who()).ShouldBe(["19", "18", "17", "16", "15", "14", "13", "12"]);
        board.Qualified.Take(3).Select(it => it.Sales).ShouldBe([null, "accepted", null]);
    }

    private static Scoreboard Board(params string[] qualified)
    {
        var board = new Scoreboard { Phase = "live", Stages = [new(Stage.Inquiry, 1_200, AtLeast: true), new(Stage.Customer, 3, AtLeast: false)] };
        foreach (var name in qualified) board.Qualify(HandedOff(name, At));
        return board;
    }

    private static DeskLead HandedOff(string name, DateTimeOffset at)
    {
        var news = new DeskNews(name, company: null);
        var story = news.Story();
        EventContribution[] counted = [new("demo_requested", 60, 1, ""), new("pricing_page", 20.4m, 2, ""), new("unsubscribed", -25, 1, "")];
        return news.OnDesk(Stage.MarketingQualified, story with { At = at, Judgement = story.Judgement with { Contributions = counted } });
    }

    private static LiveScreen Screen(Scoreboard board) => new(
        board, new Reception("feed"), seed: 42, new("http://127.0.0.1:5080"), new("http://127.0.0.1:5090"), key: "ls_0123456789abcdef_secret");

    private static string[] Drawn(Scoreboard board, int width, int height)
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
        console.Write(Screen(board).Frame(TimeSpan.FromSeconds(65), width, height));
        return text.ToString().TrimEnd('\n').Split('\n').Select(line => line.TrimEnd()).ToArray();
    }
}
