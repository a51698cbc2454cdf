using System.Text.Encodings.Web;

namespace SampleCrm;

/// <summary>The desk as one HTML page. Every text that came from elsewhere is encoded; there is no script.</summary>
public static class DeskPage
{
    public const int StoriesMax = 50;
    private const int RowsMax = 200, PartLinesMax = 5;

    public const string Style =
        """
        body { font: 15px/1.5 system-ui, sans-serif; color: #1f2933; background: #f7f8fa; margin: 0 auto; max-width: 70rem; padding: 1.5rem }
        h1 { font-size: 1.3rem; margin: 0 } h2 { font-size: 1rem; margin: 2rem 0 .5rem } p { color: #616e7c; margin: .3rem 0 }
        table { width: 100%; border-collapse: collapse; background: #fff; border: 1px solid #e4e7eb; font-variant-numeric: tabular-nums }
        th, td { text-align: left; padding: .4rem .7rem; border-bottom: 1px solid #e4e7eb } th { color: #616e7c; font-weight: 500 }
        article { background: #fff; border: 1px solid #e4e7eb; border-left: .25rem solid #9fb3c8; margin: 0 0 .7rem; padding: .7rem 1rem;
          display: grid; grid-template-columns: 1fr 1.1fr 1.6fr; gap: .2rem 1.5rem }
        article.duesoon { border-left-color: #f0b429 } article.overdue { border-left-color: #d64545 }
        article header { grid-column: 1 / -1; display: flex; gap: 1rem; align-items: baseline } article header .due { margin-left: auto }
        .rating { font-weight: 600; background: #e3f8ff; padding: 0 .5rem }
        .badge { padding: 0 .4rem; color: #fff } .duesoon .badge { background: #b77a00 } .overdue .badge { background: #ba2525 }
        h3 { font-size: .8rem; font-weight: 500; color: #616e7c; margin: .2rem 0 } ul { margin: 0; padding: 0; list-style: none; font-size: .9rem }
        """;

    /// <returns>A whole HTML document that reloads itself every few seconds.</returns>
    public static string Render(IReadOnlyList<DeskCase> cases, IReadOnlyList<DeskDeed> deeds, Reception from, DateTimeOffset now)
    {
        var waiting = In(Stage.MarketingQualified).OrderBy(next => next.Lead.Handoff?.AcceptanceDueAt).ToList();
        var counts = $"{from.Taken:N0} taken, {from.Repeats:N0} came again or too late and changed nothing, {from.Refused:N0} refused.";
        return $"""
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="3"><title>SampleCrm: sales' desk</title>
            <meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/style.css"></head><body>
            <h1>Sales' desk</h1>
            <p>{Text($"Events come from the {from.From}: {from.State}. {counts}")}</p>
            <h2>Handoffs waiting for an answer ({waiting.Count})</h2>
            {Each(waiting, StoriesMax, next => Story(next, now))}
            {Table("Accepted", In(Stage.SalesAccepted), now)}
            {Table("Opportunities", In(Stage.SalesQualified), now)}
            <h2>Done last</h2>
            <table>{Row("th", "Time (UTC)", "Lead", "Company", "Move")}
            {Each(deeds, RowsMax, deed => Row("td", $"{deed.At.UtcDateTime:HH:mm:ss}", deed.Lead.Who(), deed.Lead.Lead.Company, deed.Move.Says))}</table>
            </body></html>
            """;

        List<DeskCase> In(Stage stage) => [.. cases.Where(next => next.Lead.Stage == stage)];
    }

    private static string Table(string title, List<DeskCase> cases, DateTimeOffset now) => $"""
        <h2>{title} ({cases.Count})</h2>
        <table>{Row("th", "Lead", "Company", "Handed over with", "Owner", "Amount", "Since (UTC)", "Next")}
        {Each(cases, RowsMax, next => RowOf(next.Lead, When(next, now)))}</table>
        """;

    private static string RowOf(DeskLead lead, string when) => Row(
        "td", lead.Who(), lead.Lead.Company, lead.Handoff?.Judgement.Rating, lead.Owner, $"{lead.Amount:N0} {lead.Currency}", Instant(lead.Since), when);

    /// <summary>One handoff with its story: what a salesperson reads before the first call.</summary>
    private static string Story(DeskCase waiting, DateTimeOffset now)
    {
        var lead = waiting.Lead;
        if (lead.Handoff is not { Judgement: var judgement, Engagements: var did } story) return "";
        var why = story.Reason switch
        {
            QualificationReason.FastTrack => "Fast track: asked for it",
            QualificationReason.Review => $"Reviewed by {story.Actor ?? "marketing"}",
            _ => "Reached the threshold",
        };
        return $"""
            <article class="{lead.Urgency.ToString().ToLowerInvariant()}">
            <header><span class="rating">{Text(judgement.Rating)}</span><strong>{Text(lead.Who())}</strong><span>{Text(lead.Lead.Company)}</span>
            {(lead.Urgency == AnswerUrgency.InTime ? "" : $"<span class=\"badge\">{lead.Urgency.InWords()}</span>")}
            <span class="due">{Text($"answer due {Instant(story.AcceptanceDueAt)} UTC · {waiting.Next.Says} {When(waiting, now)}")}</span></header>
            {Part("Who and why", [lead.Lead.Email, why, story.Note, Named("Campaigns", did.Campaigns), Named("Interested in", did.Products)])}
            {Part($"What counted, of {judgement.Score:0.#} points", judgement.Contributions.Select(counted => counted.Reason))}
            {Part($"Engagements: {did.Count:N0}, the latest", did.Latest.Select(Said))}
            </article>
            """;
    }

    private static string Said(EventEngagement did)
    {
        var about = did.Asset ?? did.Product ?? did.Campaign;
        return $"{Instant(did.OccurredAt)}  {did.Type.Replace('_', ' ')}{(about is null ? "" : $": {about}")}";
    }

    private static string? Named(string what, IReadOnlyList<string> names) =>
        names.Count == 0 ? null : $"{what}: {string.Join(", ", names.Take(PartLinesMax))}";

    private static string Part(string title, IEnumerable<string?> lines) =>
        $"<div><h3>{Text(title)}</h3><ul>{string.Concat(lines.OfType<string>().Take(PartLinesMax).Select(line => $"<li>{Text(line)}</li>"))}</ul></div>";

    private static string Each<T>(IReadOnlyList<T> all, int shownMax, Func<T, string> show) =>
        string.Join('\n', all.Take(shownMax).Select(show)) + (all.Count > shownMax ? $"<p>and {all.Count - shownMax} more</p>" : "");

    private static string Row(string cell, params string?[] texts) => $"<tr>{string.Concat(texts.Select(text => $"<{cell}>{Text(text)}</{cell}>"))}</tr>";
    private static string Instant(DateTimeOffset? at) => $"{at?.UtcDateTime:yyyy-MM-dd HH:mm}";

    private static string When(DeskCase next, DateTimeOffset now) =>
        next.IsSent ? "answered" : next.DueAt <= now ? "now" : $"in {Math.Ceiling((next.DueAt - now).TotalSeconds):0} s";

    private static string Text(string? text) => HtmlEncoder.Default.Encode(text ?? "");
}
