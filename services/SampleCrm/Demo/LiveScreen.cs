using LeadScoring.Contracts;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace SampleCrm;

/// <param name="AtLeast">There are more than were counted.</param>
public sealed record StageCount(Stage Stage, int Leads, bool AtLeast)
{
    public override string ToString() => $"{Leads:N0}{(AtLeast ? "+" : "")}";
}

/// <summary>How the posts fared, counted in engagements.</summary>
/// <param name="Late">Recorded, and had occurred hours or days before.</param>
/// <param name="Rejected">Refused by the service for what they say.</param>
public sealed record PostCounts(long Posted, long Recorded, long Duplicates, long Late, long Rejected)
{
    public override string ToString() =>
        $"posted {Posted:N0}, recorded {Recorded:N0}, duplicates {Duplicates:N0}, late {Late:N0}, rejected {Rejected:N0}";
}

/// <summary>Where everybody who plays notes what happened, and the screen reads it.</summary>
public sealed class Scoreboard
{
    public const int QualifiedMax = 8;
    private readonly Lock gate = new();
    private volatile IReadOnlyList<(DeskLead Lead, string? Sales)> qualified = [];
    private volatile PostCounts posts = new(0, 0, 0, 0, 0);
    private volatile string? refusal;

    public string Phase { get; set; } = "starting";

    public bool ServiceAway { get; set; }

    /// <summary>Empty until first counted.</summary>
    public IReadOnlyList<StageCount> Stages { get; set; } = [];

    /// <summary>Handed to sales, newest first, with what sales said last.</summary>
    public IReadOnlyList<(DeskLead Lead, string? Sales)> Qualified => qualified;

    public PostCounts Posts => posts;

    /// <summary>The last one: a healthy demo has none.</summary>
    public string? Refusal => refusal;

    public string State => ServiceAway ? "the service does not answer; asking again" : Phase;

    public void Refused(Problem? problem) => refusal = problem is null ? refusal : $"{problem.Code}: {problem.Detail}";

    public void Count(Posting posting, EngagementOutcome outcome)
    {
        var isRecorded = outcome == EngagementOutcome.Recorded;
        lock (gate)
        {
            posts = new(
                posts.Posted + 1,
                posts.Recorded + (isRecorded ? 1 : 0),
                posts.Duplicates + (outcome == EngagementOutcome.Duplicate ? 1 : 0),
                posts.Late + (isRecorded && posting.Late ? 1 : 0),
                posts.Rejected + (outcome == EngagementOutcome.Rejected ? 1 : 0));
        }
    }

    /// <summary>Sales was handed a lead; a handoff without its story is not shown.</summary>
    public void Qualify(DeskLead handed)
    {
        lock (gate)
        {
            if (handed.Handoff is not null) qualified = [.. qualified.Prepend((Lead: handed, Sales: (string?)null)).OrderByDescending(it => it.Lead.Handoff!.At).Take(QualifiedMax)];
        }
    }

    public void SalesSaid(Guid leadId, string says)
    {
        lock (gate) qualified = [.. qualified.Select(it => it.Lead.Id == leadId ? (it.Lead, says) : (it.Lead, it.Sales))];
    }
}

/// <summary>
/// The demo on a terminal: always the same lines in the same places, so that nothing jumps. Names come from outside and are never
/// read as markup.
/// </summary>
/// <param name="key">To try the API with; null keeps it off the screen.</param>
public sealed class LiveScreen(Scoreboard board, Func<ReceptionView> reception, int seed, Uri service, Uri desk, string? key)
{
    private const int WidthMax = 130;
    private const int LinesAroundQualified = 17;
    private const int QualifiedMin = 3;
    private const int ReasonsMax = 3;
    private static readonly Style Dim = new(Color.Grey);
    private static readonly (Stage Stage, Color Colour)[] Stages =
    [
        (Stage.Inquiry, Color.Grey70), (Stage.AutomationQualified, Color.SkyBlue3), (Stage.MarketingQualified, Color.SteelBlue1),
        (Stage.SalesAccepted, Color.MediumPurple2), (Stage.SalesQualified, Color.Plum3), (Stage.Customer, Color.DarkSeaGreen3),
        (Stage.Disqualified, Color.Grey50),
    ];

    private (string Name, string Where)[] Places => [("Try the API", $"{new Uri(service, "/swagger")}"), ("Leads list", $"{new Uri(service, "/v1/leads?queue=sales")}"), ("Sales' desk", $"{desk}")];

    /// <param name="width">Columns of the terminal.</param>
    /// <param name="height">Its lines: fewer of them show fewer qualified leads, at least three.</param>
    public IRenderable Frame(TimeSpan running, int width, int height)
    {
        var columns = Math.Min(width - 1, WidthMax);
        var lines = new List<IRenderable>
        {
            Line(columns, ($" LeadScoring  seed {seed}  ·  {Clock(running)}  ·  {board.State}", columns - 13, Style.Plain), ("Ctrl-C stops", 12, Dim)),
            Text.Empty,
            Line(columns, (" Stage", 24, Dim), ("Leads", 8, Dim), ("Share", 10, Dim), ("Engagements", 36, Dim)),
        };
        var posts = board.Posts;
        (string Name, long Count)[] counts =
        [
            ("Posted", posts.Posted), ("Recorded", posts.Recorded), ("Duplicates, not counted twice", posts.Duplicates),
            ("Late, counted where they belong", posts.Late), ("Rejected by the service", posts.Rejected), ("Events to sales", reception().Taken), ("Came again or too late", reception().Repeats),
        ];
        var all = Math.Max(1, board.Stages.Sum(count => count.Leads));
        foreach (var ((stage, colour), (name, value)) in Stages.Zip(counts))
        {
            var count = board.Stages.FirstOrDefault(count => count.Stage == stage);
            var share = count is null ? "" : $"{100.0 * count.Leads / all:0} %";
            lines.Add(Line(columns, ($" {stage.InWords()}", 24, new(colour)), ($"{count}", 8, Style.Plain), (share, 10, Dim), (name, 36, Dim), ($"{value:N0}", 10, Style.Plain)));
        }

        lines.Add(Line(columns, (board.Refusal is { } refusal ? $" Last refusal: {refusal}" : "", columns, new(Color.IndianRed))));
        lines.AddRange(Qualified(columns, Math.Clamp((height - LinesAroundQualified) / 2, QualifiedMin, Scoreboard.QualifiedMax)));
        lines.Add(Text.Empty);
        lines.AddRange(Places.Select(place => new Text($" {place.Name,-13}{place.Where}")));
        if (key is not null) lines.Add(new Text($" {"API key",-13}{key}"));
        return new Rows(lines);
    }

    /// <summary>For a log, before the first line.</summary>
    public string Head() => string.Join("  ", Places.Select(place => $"{place.Name}: {place.Where}"));

    /// <summary>For a log, without anybody's name.</summary>
    public string LogLine(TimeSpan running)
    {
        var last = board.Qualified is [var (lead, _), ..] ? $" | last qualified {lead.Handoff!.Judgement.Rating}: {Why(lead, int.MaxValue)}" : "";
        return $"{Clock(running)} {board.State} | {InNumbers("not counted yet")} | {board.Posts}{last}";
    }

    /// <summary>What remains on the screen when the stream has been played.</summary>
    public string Summary(TimeSpan running, long retries)
    {
        var view = reception();
        return $"""
            Played seed {seed} for {Clock(running)}: {board.Posts}, requests repeated {retries:N0}.
            Leads by stage: {InNumbers("not counted")}.
            Sales' events came from the {view.From}: {view.Taken:N0}, again or too late {view.Repeats:N0}, refused {view.Refused:N0}.
            """;
    }

    private string InNumbers(string nothing) =>
        board.Stages.Count == 0 ? nothing : string.Join("  ", board.Stages.Select(count => $"{count.Stage.InSnakeCase()} {count}"));

    /// <summary>Two lines a lead: who and how much, and below it why.</summary>
    private IEnumerable<IRenderable> Qualified(int columns, int shown)
    {
        var who = Math.Min(48, (columns - 48) * 3 / 5);
        yield return Row("Time", "Last qualified", "Rating", "Score", "How", "Sales says", Dim);
        for (var n = 0; n < shown; n++)
        {
            if (n < board.Qualified.Count && board.Qualified[n] is (var lead, var sales) && lead.Handoff is { } story)
            {
                var whom = lead.Lead.Company is null ? lead.Who() : $"{lead.Who()}, {lead.Lead.Company}";
                yield return Row($"{story.At.LocalDateTime:HH:mm:ss}", whom, story.Judgement.Rating, $"{story.Judgement.Score:0.0}", story.Reason.InWords(), sales ?? "waiting", Style.Plain);
                yield return Line(columns, ($"           {Why(lead, columns - 11)}", columns, Dim));
            }
            else
            {
                yield return new Text(n == 0 ? " nobody yet" : " ");
                yield return new Text(" ");
            }
        }

        Paragraph Row(string time, string whom, string rating, string score, string how, string said, Style style) => Line(
            columns, ($" {time}", 11, Dim), (whom, who, style), ($"  {rating}", 10, style), (score, 8, style), (how, 12, Dim), (said, columns - 41 - who, style));
    }

    /// <summary>Each text exactly as wide as given: what follows stays in its column.</summary>
    private static Paragraph Line(int columns, params (string Text, int Width, Style Style)[] parts)
    {
        var line = new Paragraph();
        foreach (var (text, width, style) in parts)
        {
            var room = Math.Max(0, Math.Min(width, columns - line.Length));
            line.Append(text.Length <= room ? text.PadRight(room) : string.Concat(text.AsSpan(0, Math.Max(0, room - 1)), "…"), style);
        }

        return line;
    }

    /// <summary>Hours are not folded into days: a demo may run for weeks.</summary>
    private static string Clock(TimeSpan running) => $"{(int)running.TotalHours}:{running:mm\\:ss}";

    /// <summary>As many whole reasons as fit.</summary>
    private static string Why(DeskLead lead, int width)
    {
        var text = "";
        foreach (var reason in lead.Handoff!.Judgement.Contributions.Take(ReasonsMax))
        {
            var more = $"{(text.Length == 0 ? "" : " · ")}{reason.Rule.Replace('_', ' ')} {reason.Points:+0;−0;0}";
            if (text.Length + more.Length > width) break;
            text += more;
        }

        return text;
    }
}
