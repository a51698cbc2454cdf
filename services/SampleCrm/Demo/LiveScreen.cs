using Spectre.Console;
using Spectre.Console.Rendering;

namespace SampleCrm;

public sealed record StageCount(Stage Stage, int Leads, bool AtLeast)
{
    public override string ToString() => $"{Leads:N0}{(AtLeast ? "+" : "")}";
}

/// <summary>How the posts fared, counted in engagements.</summary>
public sealed record PostCounts(long Posted, long Recorded, long Duplicates, long Late, long Rejected)
{
    public override string ToString() => $"posted {Posted:N0}, recorded {Recorded:N0}, duplicates {Duplicates:N0}, late {Late:N0}, rejected {Rejected:N0}";
}

/// <summary>Where everybody who plays notes what happened, and the screen reads it.</summary>
public sealed class Scoreboard
{
    public const int QualifiedMax = 8;
    private readonly Lock gate = new();
    public string Phase { get; set; } = "starting";
    public bool ServiceAway { get; set; }
    public string State => ServiceAway ? "the service does not answer; asking again" : Phase;
    public IReadOnlyList<StageCount> Stages { get; set; } = [];
    public IReadOnlyList<(DeskLead Lead, string? Sales)> Qualified { get; private set; } = [];
    public PostCounts Posts { get; private set; } = new(0, 0, 0, 0, 0);
    public string? Refusal { get; private set; }

    public void Count(Posting posting, EngagementOutcome outcome, Problem? problem)
    {
        var (recorded, duplicate, rejected) = (Is(EngagementOutcome.Recorded), Is(EngagementOutcome.Duplicate), Is(EngagementOutcome.Rejected));
        Refused(problem);
        lock (gate)
        {
            var late = posting.Late ? recorded : 0;
            Posts = new(Posts.Posted + 1, Posts.Recorded + recorded, Posts.Duplicates + duplicate, Posts.Late + late, Posts.Rejected + rejected);
        }

        int Is(EngagementOutcome which) => outcome == which ? 1 : 0;
    }

    public void Refused(Problem? problem) => Refusal = problem is null ? Refusal : $"{problem.Code}: {problem.Detail}";

    public void Qualify(DeskLead handed)
    {
        if (handed.Handoff is null) return;
        lock (gate) Qualified = [.. Qualified.Prepend((Lead: handed, Sales: null)).OrderByDescending(it => it.Lead.Handoff!.At).Take(QualifiedMax)];
    }

    public void SalesSaid(Guid leadId, string says)
    {
        lock (gate) Qualified = [.. Qualified.Select(it => it.Lead.Id == leadId ? (it.Lead, says) : (it.Lead, it.Sales))];
    }
}

/// <summary>The demo on a terminal: always the same lines in the same places, so that nothing jumps. Names are never read as markup.</summary>
public sealed class LiveScreen(Scoreboard board, Reception reception, int seed, Uri service, Uri desk, string? key)
{
    private const int WidthMax = 130, OtherLines = 18, QualifiedMin = 3, ReasonsMax = 3;
    private static readonly Style Dim = new(Color.Grey), Bright = new(Color.SkyBlue2);

    private (string Name, string Where)[] Places =>
        [("Try the API", $"{new Uri(service, "/swagger")}"), ("Leads list", $"{new Uri(service, "/v1/leads?queue=sales")}"), ("Sales' desk", $"{desk}")];

    /// <summary>Fewer lines of the terminal show fewer qualified leads, at least three.</summary>
    public IRenderable Frame(TimeSpan running, int width, int height)
    {
        var columns = Math.Min(width - 1, WidthMax);
        var posts = board.Posts;
        (string Name, long Count)[] counts =
        [
            ("Posted", posts.Posted), ("Recorded", posts.Recorded), ("Duplicates, not counted twice", posts.Duplicates),
            ("Late, counted where they belong", posts.Late), ("Rejected by the service", posts.Rejected), ("Events to sales", reception.Taken),
            ("Came again or too late", reception.Repeats),
        ];
        var all = Math.Max(1, board.Stages.Sum(count => count.Leads));
        List<(string Text, Style Style)> lines =
        [
            ($" LeadScoring  seed {seed}  ·  {Clock(running)}  ·  {board.State}  ·  Ctrl-C stops", Bright), ("", Dim),
            ($" {"Stage",-24}{"Leads",8}{"Share",8}    Engagements", Dim),
        ];
        foreach (var (stage, (name, value)) in Enum.GetValues<Stage>().Zip(counts))
        {
            var count = board.Stages.FirstOrDefault(count => count.Stage == stage);
            lines.Add(($" {stage.InWords(),-24}{count,8}{100.0 * (count?.Leads ?? 0) / all,6:0} %    {name,-34}{value,10:N0}", Style.Plain));
        }

        lines.Add((board.Refusal is { } refusal ? $" Last refusal: {refusal}" : "", new Style(Color.IndianRed)));
        lines.Add(($" {"Time",-10}{"Rating",-8}{"How",-12}{"Sales says",-28}Last qualified, and why", Dim));
        for (var n = 0; n < Math.Clamp((height - OtherLines) / 2, QualifiedMin, Scoreboard.QualifiedMax); n++)
        {
            var (lead, sales) = n < board.Qualified.Count ? board.Qualified[n] : default;
            var (story, who) = (lead?.Handoff, lead?.Lead.Company is { } company ? $"{lead.Who()}, {company}" : lead?.Who());
            var how = $"{story?.Judgement.Rating,-8}{story?.Reason.InWords(),-12}";
            lines.Add((story is null ? "" : $" {story.At.LocalDateTime,-10:HH:mm:ss}{how}{sales ?? "waiting",-28}{who}", Style.Plain));
            lines.Add((lead is null ? "" : $"           {Why(lead, columns - 11)}", Dim));
        }

        lines.AddRange(Places.Select(place => ($" {place.Name,-13}{place.Where}", Style.Plain)));
        if (key is not null) lines.Add(($" {"API key",-13}{key}", Style.Plain));
        return new Rows(lines.Select(line => new Text(Fit(line.Text), line.Style)));

        // Never empty, which would be no line; never wrapped.
        string Fit(string text) => text.Length == 0 ? " " : text.Length <= columns ? text : string.Concat(text.AsSpan(0, columns - 1), "…");
    }

    /// <summary>For a log, before the first line.</summary>
    public string Head() => string.Join("  ", Places.Select(place => $"{place.Name}: {place.Where}"));

    /// <summary>For a log, without anybody's name.</summary>
    public string LogLine(TimeSpan running)
    {
        var last = board.Qualified is [var (lead, _), ..] ? $" | last qualified {lead.Handoff!.Judgement.Rating}: {Why(lead, int.MaxValue)}" : "";
        return $"{Clock(running)} {board.State} | {StagesInNumbers()} | {board.Posts}{last}";
    }

    /// <summary>What remains on the screen when the stream has been played.</summary>
    public string Summary(TimeSpan running, long retries) =>
        $"""
        Played seed {seed} for {Clock(running)}: {board.Posts}, requests repeated {retries:N0}.
        Leads by stage: {StagesInNumbers()}.
        Sales' events came from the {reception.From}: {reception.Taken:N0}, again or too late {reception.Repeats:N0}, refused {reception.Refused:N0}.
        """;

    private string StagesInNumbers() =>
        board.Stages.Count == 0 ? "not counted yet" : string.Join("  ", board.Stages.Select(count => $"{count.Stage.InSnakeCase()} {count}"));

    /// <summary>Hours are not folded into days: a demo may run for weeks.</summary>
    private static string Clock(TimeSpan running) => $"{(int)running.TotalHours}:{running:mm\\:ss}";

    /// <summary>As many whole reasons as fit.</summary>
    private static string Why(DeskLead lead, int width)
    {
        var reasons = lead.Handoff!.Judgement.Contributions.Take(ReasonsMax).Select(reason => $"{reason.Rule.Replace('_', ' ')} {reason.Points:+0;−0;0}");
        return reasons.Aggregate("", (text, more) => text.Length + more.Length + 3 > width ? text : text.Length == 0 ? more : $"{text} · {more}");
    }
}
