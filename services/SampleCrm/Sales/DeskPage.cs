using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using LeadScoring.Contracts;

namespace SampleCrm.Sales;

/// <summary>The desk as one HTML page. Every text that came from elsewhere is encoded; there is no script.</summary>
public static class DeskPage
{
    public const int RowsMax = 200;

    public const string Style =
        """
        body { font: 15px/1.5 system-ui, sans-serif; color: #1f2933; background: #f7f8fa; margin: 0 auto;
          max-width: 70rem; padding: 1.5rem }
        h1 { font-size: 1.3rem } h2 { font-size: 1rem; margin-top: 2rem } p { color: #616e7c }
        table { width: 100%; border-collapse: collapse; background: #fff; border: 1px solid #e4e7eb }
        th, td { text-align: left; padding: .4rem .7rem; border-bottom: 1px solid #e4e7eb } th { color: #616e7c; font-weight: 500 }
        td.number, th.number { text-align: right; font-variant-numeric: tabular-nums }
        """;

    /// <returns>A whole HTML document that reloads itself every few seconds.</returns>
    public static string Render(IReadOnlyList<DeskCase> cases, IReadOnlyList<DeskDeed> deeds, DateTimeOffset now)
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
        Section(html, "Handoffs waiting for an answer", cases.Where(c => c.Lead.Stage == Stage.MarketingQualified), now);
        Section(html, "Accepted", cases.Where(c => c.Lead.Stage == Stage.SalesAccepted), now);
        Section(html, "Opportunities", cases.Where(c => c.Lead.Stage == Stage.SalesQualified), now);
        Done(html, deeds);
        return html.Append("</body>\n</html>\n").ToString();
    }

    private static void Section(StringBuilder html, string title, IEnumerable<DeskCase> cases, DateTimeOffset now)
    {
        var all = cases.ToList();
        html.Append(CultureInfo.InvariantCulture, $"<h2>{Encode(title)} ({all.Count})</h2>\n");
        if (all.Count == 0)
        {
            html.Append("<p>None.</p>\n");
            return;
        }

        html.Append("<table>\n<tr><th>Lead</th><th>Company</th><th>Rating</th><th class=\"number\">Score</th><th>Owner</th>")
            .Append("<th>Answer due (UTC)</th><th>Next</th></tr>\n");
        foreach (var (lead, _, dueAt) in all.Take(RowsMax))
        {
            Row(html, Who(lead), lead.Company, lead.Rating, lead.Score, lead.Owner, Instant(lead.AcceptanceDueAt), In(dueAt - now));
        }

        html.Append("</table>\n");
        if (all.Count > RowsMax) html.Append(CultureInfo.InvariantCulture, $"<p>and {all.Count - RowsMax} more</p>\n");
    }

    private static void Done(StringBuilder html, IReadOnlyList<DeskDeed> deeds)
    {
        if (deeds.Count == 0) return;
        html.Append("<h2>Done last</h2>\n<table>\n<tr><th>Time (UTC)</th><th>Lead</th><th>Company</th>")
            .Append("<th class=\"number\">Score</th><th>Move</th></tr>\n");
        foreach (var (lead, move, at) in deeds)
        {
            Row(html, at.ToString("HH:mm:ss"), Who(lead), lead.Company, lead.Score, move.Says);
        }

        html.Append("</table>\n");
    }

    private static void Row(StringBuilder html, params ReadOnlySpan<object?> cells)
    {
        html.Append("<tr>");
        foreach (var cell in cells)
        {
            var (tag, text) = cell is decimal score ? ("<td class=\"number\">", score.ToString("0.0")) : ("<td>", cell?.ToString());
            html.Append(tag).Append(Encode(text)).Append("</td>");
        }

        html.Append("</tr>\n");
    }

    private static string Who(LeadSummary lead) => lead.Name ?? lead.Email ?? $"visitor {lead.LeadId.ToString()[^6..]}";

    private static string? Instant(DateTimeOffset? at) => at?.ToUniversalTime().ToString("yyyy-MM-dd HH:mm");

    private static string In(TimeSpan left) => left <= TimeSpan.Zero ? "now" : $"in {Math.Ceiling(left.TotalSeconds):0} s";

    private static string Encode(string? text) => HtmlEncoder.Default.Encode(text ?? "");
}
