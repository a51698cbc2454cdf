using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using LeadScoring.Contracts;
using SampleCrm.Handoffs;

namespace SampleCrm.Sales;

/// <summary>The desk as one HTML page. Every text that came from elsewhere is encoded; there is no script.</summary>
public static class DeskPage
{
    public const int StoriesMax = 50;
    public const int RowsMax = 200;

    public const string Style =
        """
        body { font: 15px/1.5 system-ui, sans-serif; color: #1f2933; background: #f7f8fa; margin: 0 auto;
          max-width: 70rem; padding: 1.5rem }
        h1 { font-size: 1.3rem; margin: 0 } h2 { font-size: 1rem; margin: 2rem 0 .5rem } p { color: #616e7c; margin: .3rem 0 }
        table { width: 100%; border-collapse: collapse; background: #fff; border: 1px solid #e4e7eb }
        th, td { text-align: left; padding: .4rem .7rem; border-bottom: 1px solid #e4e7eb } th { color: #616e7c; font-weight: 500 }
        td.number, th.number { text-align: right; font-variant-numeric: tabular-nums }
        article { background: #fff; border: 1px solid #e4e7eb; border-left: .25rem solid #9fb3c8; margin: 0 0 .7rem; padding: .7rem 1rem;
          display: grid; grid-template-columns: 1fr 1.1fr 1.6fr; gap: .2rem 1.5rem }
        article.duesoon { border-left-color: #f0b429 } article.overdue { border-left-color: #d64545 }
        article header { grid-column: 1 / -1; display: flex; gap: 1rem; align-items: baseline }
        article header strong { font-size: 1.05rem } article header .due { margin-left: auto; font-variant-numeric: tabular-nums }
        .rating { font-weight: 600; font-variant-numeric: tabular-nums; background: #e3f8ff; padding: 0 .5rem }
        .badge { padding: 0 .4rem; color: #fff } .duesoon .badge { background: #b77a00 } .overdue .badge { background: #ba2525 }
        h3 { font-size: .8rem; font-weight: 500; color: #616e7c; margin: .2rem 0 } ul { margin: 0; padding: 0; list-style: none; font-size: .9rem }
        @media (max-width: 50rem) { article { grid-template-columns: 1fr } }
        """;

    /// <returns>A whole HTML document that reloads itself every few seconds.</returns>
    public static string Render(
        IReadOnlyList<DeskCase> cases, IReadOnlyList<DeskDeed> deeds, ReceptionView reception, DateTimeOffset now)
    {
        var html = new StringBuilder(
            """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="refresh" content="3">
            <title>SampleCrm: sales' desk</title>
            <link rel="stylesheet" href="/style.css">
            </head>
            <body>
            <h1>Sales' desk</h1>

            """);
        html.Append("<p>").Append(Encode(Origin(reception))).Append("</p>\n");
        Waiting(html, cases.Where(c => c.Lead.Stage == Stage.MarketingQualified).ToList(), now);
        Section(html, "Accepted", cases.Where(c => c.Lead.Stage == Stage.SalesAccepted).ToList(), now);
        Section(html, "Opportunities", cases.Where(c => c.Lead.Stage == Stage.SalesQualified).ToList(), now);
        Done(html, deeds);
        return html.Append("</body>\n</html>\n").ToString();
    }

    private static string Origin(ReceptionView reception) => string.Create(
        CultureInfo.InvariantCulture,
        $"Events come from the {reception.From}: {reception.State}. {reception.Live:N0} taken, {reception.Twice:N0} came twice and counted once, "
        + $"{reception.Older:N0} out of date, {reception.Refused:N0} refused.");

    private static void Waiting(StringBuilder html, List<DeskCase> cases, DateTimeOffset now)
    {
        Title(html, "Handoffs waiting for an answer", cases.Count);
        foreach (var waiting in cases.OrderBy(c => c.Lead.AcceptanceDueAt).Take(StoriesMax)) StoryCard.Append(html, waiting, now);
        More(html, cases.Count - StoriesMax);
    }

    private static void Section(StringBuilder html, string title, List<DeskCase> cases, DateTimeOffset now)
    {
        Title(html, title, cases.Count);
        if (cases.Count == 0) return;
        html.Append("<table>\n<tr><th>Lead</th><th>Company</th><th>Handed over with</th><th>Owner</th><th class=\"number\">Amount</th>")
            .Append("<th>Since (UTC)</th><th>Next</th></tr>\n");
        foreach (var next in cases.Take(RowsMax))
        {
            var lead = next.Lead;
            Row(html, lead.Who, lead.Lead.Company, lead.Handoff?.Judgement.Rating, lead.Owner, lead.Amount, lead.Currency, Instant(lead.Since), When(next, now));
        }

        html.Append("</table>\n");
        More(html, cases.Count - RowsMax);
    }

    private static void Done(StringBuilder html, IReadOnlyList<DeskDeed> deeds)
    {
        if (deeds.Count == 0) return;
        html.Append("<h2>Done last</h2>\n<table>\n<tr><th>Time (UTC)</th><th>Lead</th><th>Company</th><th>Move</th></tr>\n");
        foreach (var (lead, move, at) in deeds)
        {
            html.Append("<tr>");
            Cell(html, at.UtcDateTime.ToString("HH:mm:ss", CultureInfo.InvariantCulture));
            Cell(html, lead.Who);
            Cell(html, lead.Lead.Company);
            Cell(html, move.Says);
            html.Append("</tr>\n");
        }

        html.Append("</table>\n");
    }

    private static void Row(
        StringBuilder html, string who, string? company, string? rating, string? owner, decimal? amount, string? currency, string since, string next)
    {
        html.Append("<tr>");
        Cell(html, who);
        Cell(html, company);
        Cell(html, rating);
        Cell(html, owner);
        html.Append("<td class=\"number\">")
            .Append(Encode(amount is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{amount:N0} {currency}"))).Append("</td>");
        Cell(html, since);
        Cell(html, next);
        html.Append("</tr>\n");
    }

    private static void Cell(StringBuilder html, string? text) => html.Append("<td>").Append(Encode(text)).Append("</td>");

    private static void Title(StringBuilder html, string title, int count)
    {
        html.Append(CultureInfo.InvariantCulture, $"<h2>{Encode(title)} ({count})</h2>\n");
        if (count == 0) html.Append("<p>None.</p>\n");
    }

    private static void More(StringBuilder html, int more)
    {
        if (more > 0) html.Append(CultureInfo.InvariantCulture, $"<p>and {more} more</p>\n");
    }

    internal static string Instant(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    /// <summary>What sales is about to do about it, and when.</summary>
    internal static string When(DeskCase next, DateTimeOffset now)
    {
        if (next.IsSent) return "answered";
        var left = next.DueAt - now;
        return left <= TimeSpan.Zero ? "now" : string.Create(CultureInfo.InvariantCulture, $"in {Math.Ceiling(left.TotalSeconds):0} s");
    }

    internal static string Encode(string? text) => HtmlEncoder.Default.Encode(text ?? "");
}
