using LeadScoring.Contracts;
using SampleCrm.Handoffs;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace SampleCrm.Demo;

/// <summary>Where to look closer.</summary>
/// <param name="Key">To look with; null keeps it off the screen.</param>
public sealed record Places(Uri Service, Uri Desk, string? Key)
{
    public Uri Swagger => new(Service, "/swagger");

    public Uri SalesQueue => new(Service, "/v1/leads?queue=sales");
}

/// <summary>
/// The demo on a terminal: one frame from one view, always the same lines in the same places, so that nothing jumps.
/// Names come from outside and are never read as markup.
/// </summary>
public static class LiveScreen
{
    public const int WidthMax = 130;
    private const int LinesAroundQualified = 17;
    private const int QualifiedMin = 3;
    private const int WhoWidthMax = 48;

    private static readonly Style Dim = new(Color.Grey);
    private static readonly Style Plain = Style.Plain;

    private static readonly (Stage Stage, string Name, Color Colour)[] Stages =
    [
        (Stage.Inquiry, "Inquiry", Color.Grey70),
        (Stage.AutomationQualified, "Automation-qualified", Color.SkyBlue3),
        (Stage.MarketingQualified, "Marketing-qualified", Color.SteelBlue1),
        (Stage.SalesAccepted, "Sales-accepted", Color.MediumPurple2),
        (Stage.SalesQualified, "Sales-qualified", Color.Plum3),
        (Stage.Customer, "Customer", Color.DarkSeaGreen3),
        (Stage.Disqualified, "Disqualified", Color.Grey50),
    ];

    /// <param name="width">Columns of the terminal.</param>
    /// <param name="height">Its lines: fewer of them show fewer qualified leads, at least three.</param>
    public static IRenderable Frame(ScoreboardView view, Places places, int seed, TimeSpan running, int width, int height)
    {
        var columns = Math.Min(width - 1, WidthMax);
        return new Rows(
            Heading(view, seed, running, columns),
            Text.Empty,
            Overview(view),
            view.Refusal is null ? Text.Empty : new Text(Fit($" Last refusal: {view.Refusal}", columns), new Style(Color.IndianRed)),
            Qualified(view.Qualified, columns, Math.Clamp((height - LinesAroundQualified) / 2, QualifiedMin, Scoreboard.QualifiedMax)),
            Text.Empty,
            Links(places));
    }

    private static Grid Heading(ScoreboardView view, int seed, TimeSpan running, int columns)
    {
        var grid = new Grid { Width = columns };
        grid.AddColumn(new GridColumn().NoWrap().PadLeft(1));
        grid.AddColumn(new GridColumn().NoWrap().RightAligned());
        var what = new Paragraph()
            .Append("LeadScoring", new Style(decoration: Decoration.Bold))
            .Append($"  seed {seed}  ·  {Clock(running)}  ·  {view.Phase}", Dim);
        return grid.AddRow(what, new Text("Ctrl-C stops", Dim));
    }

    private static Grid Overview(ScoreboardView view)
    {
        var posts = view.Posts;
        var grid = new Grid();
        grid.AddColumn(new GridColumn().NoWrap().PadLeft(1).PadRight(2));
        grid.AddColumn(new GridColumn().NoWrap().RightAligned().PadRight(1));
        grid.AddColumn(new GridColumn().NoWrap().RightAligned().PadRight(4));
        grid.AddColumn(new GridColumn().NoWrap().PadRight(2));
        grid.AddColumn(new GridColumn().NoWrap().RightAligned());
        (string Name, string Value, Style Style)[] right =
        [
            ("Engagements", "", Dim),
            ("Posted", $"{posts.Posted:N0}", Plain),
            ("Recorded", $"{posts.Recorded:N0}", Plain),
            ("Duplicates, not counted twice", $"{posts.Duplicates:N0}", Plain),
            ("Late, counted where they belong", $"{posts.Late:N0}", Plain),
            ("Rejected by the service", $"{posts.Rejected:N0}", posts.Rejected == 0 ? Plain : new Style(Color.IndianRed)),
            ("Events to sales", view.Handoffs is { } events ? $"{events.Live:N0}" : "·", Plain),
        ];
        var all = view.Stages.Sum(stage => stage.Leads);
        grid.AddRow(new Text("Stage", Dim), new Text("Leads", Dim), new Text("Share", Dim), new Text(right[0].Name, Dim), Text.Empty);
        for (var row = 0; row < Stages.Length; row++)
        {
            var (stage, name, colour) = Stages[row];
            var count = view.Stages.FirstOrDefault(c => c.Stage == stage);
            var (label, value, style) = row + 1 < right.Length ? right[row + 1] : ("", "", Plain);
            grid.AddRow(
                new Text(name, new Style(colour)),
                new Text(count is null ? "·" : Count(count)),
                new Text(count is null || all == 0 ? "" : $"{100.0 * count.Leads / all:0} %", Dim),
                new Text(label, Dim),
                new Text(value, style));
        }

        return grid;
    }

    /// <summary>Two lines a lead: who and how much, and below it why.</summary>
    private static Rows Qualified(IReadOnlyList<QualifiedLead> leads, int columns, int shown)
    {
        const int time = 8, rating = 6, score = 6, how = 10, gaps = 6 * 2;
        var rest = columns - time - rating - score - how - gaps - 1;
        var who = Math.Min(WhoWidthMax, rest * 3 / 5);
        var sales = rest - who;

        var lines = new List<IRenderable> { Line("Time", "Last qualified", "Rating", "Score", "How", "Sales says", Dim, Dim, Dim) };
        foreach (var lead in leads.Take(shown))
        {
            lines.Add(Line(
                lead.At.LocalDateTime.ToString("HH:mm:ss"),
                lead.Who,
                lead.Rating,
                $"{lead.Score:0.0}",
                lead.How.InWords(),
                lead.Sales ?? "waiting",
                Plain,
                new Style(ColourOf(lead.Grade)),
                lead.Sales is null ? Dim : Plain));
            lines.Add(new Text(new string(' ', time + 3) + Why(lead.Reasons, columns - time - 3), Dim));
        }

        if (leads.Count == 0) lines.Add(new Text(" nobody yet", Dim));
        while (lines.Count < 1 + (2 * shown)) lines.Add(new Text(" "));
        return new Rows(lines);

        Paragraph Line(
            string at, string whom, string rated, string points, string why, string said, Style plain, Style grade, Style answer) =>
            new Paragraph()
                .Append($" {at,-time}  ", Dim)
                .Append($"{Fit(whom, who)}  ", plain)
                .Append($"{rated,-rating}  ", grade)
                .Append($"{points,score}  ", plain)
                .Append($"{why,-how}  ", Dim)
                .Append(Fit(said, sales), answer);
    }

    private static Grid Links(Places places)
    {
        var grid = new Grid();
        grid.AddColumn(new GridColumn().NoWrap().PadLeft(1).PadRight(2));
        grid.AddColumn(new GridColumn().NoWrap());
        grid.AddRow(new Text("Try the API", Dim), new Text($"{places.Swagger}"));
        grid.AddRow(new Text("Leads list", Dim), new Text($"{places.SalesQueue}"));
        grid.AddRow(new Text("Sales' desk", Dim), new Text($"{places.Desk}"));
        if (places.Key is not null) grid.AddRow(new Text("API key", Dim), new Text(places.Key));
        return grid;
    }

    public static string Line(Places places) =>
        $"Try the API: {places.Swagger}  Leads list: {places.SalesQueue}  Sales' desk: {places.Desk}";

    /// <summary>One line for a log, without anybody's name.</summary>
    public static string Line(ScoreboardView view, TimeSpan running)
    {
        var stages = string.Join("  ", view.Stages.Select(stage => $"{stage.Stage.InSnakeCase()} {Count(stage)}"));
        var posts = view.Posts;
        var last = view.Qualified is [var lead, ..] ? $" | last qualified {lead.Rating}: {Why(lead.Reasons, int.MaxValue)}" : "";
        return $"{Clock(running)} {view.Phase} | {(stages.Length == 0 ? "stages not counted yet" : stages)} | {InNumbers(posts)}{last}";
    }

    /// <summary>What remains on the screen when the demo ends.</summary>
    public static string Summary(ScoreboardView view, int seed, TimeSpan running, long retries)
    {
        var stages = string.Join(", ", view.Stages.Select(stage => $"{Count(stage)} {stage.Stage.InSnakeCase()}"));
        return $"""
            Played seed {seed} for {Clock(running)}: {InNumbers(view.Posts)}, requests repeated {retries:N0}.
            Leads by stage: {(stages.Length == 0 ? "not counted" : stages)}.
            Sales' events came from the {InNumbers(view.Handoffs)}.
            """;
    }

    private static string InNumbers(PostCounts posts) =>
        $"posted {posts.Posted:N0}, recorded {posts.Recorded:N0}, duplicates {posts.Duplicates:N0}, "
        + $"late {posts.Late:N0}, rejected {posts.Rejected:N0}";

    private static string InNumbers(ReceptionView? events) => events is null
        ? "nowhere"
        : $"{events.From}: {events.Live:N0}, twice {events.Twice:N0}, out of date {events.Older:N0}, refused {events.Refused:N0}";

    /// <summary>Hours are not folded into days: a demo may run for weeks.</summary>
    private static string Clock(TimeSpan running) => $"{(int)running.TotalHours}:{running:mm\\:ss}";

    private static string Count(StageCount stage) => $"{stage.Leads:N0}{(stage.AtLeast ? "+" : "")}";

    /// <summary>As many whole reasons as fit.</summary>
    private static string Why(IReadOnlyList<EventContribution> reasons, int width)
    {
        var text = "";
        foreach (var reason in reasons)
        {
            var more = $"{(text.Length == 0 ? "" : " · ")}{reason.Rule.Replace('_', ' ')} {reason.Points:+0;−0;0}";
            if (text.Length + more.Length > width) break;
            text += more;
        }

        return text;
    }

    /// <summary>Exactly this wide: what follows stays in its column.</summary>
    private static string Fit(string text, int width) =>
        text.Length <= width ? text.PadRight(width) : string.Concat(text.AsSpan(0, Math.Max(0, width - 1)), "…");

    private static Color ColourOf(Grade grade) => grade switch
    {
        Grade.A => Color.DarkSeaGreen3,
        Grade.B => Color.SkyBlue2,
        Grade.C => Color.LightGoldenrod3,
        _ => Color.Grey,
    };
}
