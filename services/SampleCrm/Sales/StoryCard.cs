using System.Globalization;
using System.Text;
using LeadScoring.Contracts;
using SampleCrm.Handoffs;

namespace SampleCrm.Sales;

/// <summary>One handoff with its story: what a salesperson reads before the first call.</summary>
internal static class StoryCard
{
    private const int ReasonsMax = 5;
    private const int EngagementsMax = 5;
    private const int NamesMax = 5;

    public static void Append(StringBuilder html, DeskCase waiting, DateTimeOffset now)
    {
        var (lead, story) = (waiting.Lead, waiting.Lead.Handoff);
        html.Append(CultureInfo.InvariantCulture, $"<article class=\"{lead.Urgency.ToString().ToLowerInvariant()}\">\n<header>");
        if (story is not null) html.Append("<span class=\"rating\">").Append(Text(story.Judgement.Rating)).Append("</span>");
        html.Append("<strong>").Append(Text(lead.Who)).Append("</strong><span>").Append(Text(lead.Lead.Company)).Append("</span>");
        if (lead.Urgency != AnswerUrgency.InTime) html.Append("<span class=\"badge\">").Append(Text(Badge(lead.Urgency))).Append("</span>");
        html.Append("<span class=\"due\">").Append(Text(Due(lead, waiting, now))).Append("</span></header>\n");
        if (story is not null) Story(html, lead, story);
        html.Append("</article>\n");
    }

    private static void Story(StringBuilder html, DeskLead lead, LeadMarketingQualifiedV1 story)
    {
        var did = story.Engagements;
        var reach = lead.Lead.Email is { } email && email != lead.Who ? email : null;
        Part(html, "Who and why", [reach, Why(story), story.Note, Named("Campaigns", did.Campaigns), Named("Interested in", did.Products)]);
        Part(html, $"What counted, of {Points(story.Judgement.Score)} points", story.Judgement.Contributions.Take(ReasonsMax).Select(c => c.Reason));
        Part(html, Counted(did), did.Latest.Take(EngagementsMax).Select(Said));
    }

    private static string Why(LeadMarketingQualifiedV1 story) => story.Reason switch
    {
        QualificationReason.FastTrack => "Fast track: asked for it",
        QualificationReason.Review => $"Reviewed by {story.Actor ?? "marketing"}",
        _ => "Reached the threshold",
    };

    private static string Counted(EventEngagements did) => did.Count == 1 ? "1 engagement" : $"{did.Count.ToString("N0", CultureInfo.InvariantCulture)} engagements, the latest";

    private static string Said(EventEngagement did)
    {
        var about = did.Asset ?? did.Product ?? did.Campaign;
        return $"{DeskPage.Instant(did.OccurredAt)}  {did.Type.Replace('_', ' ')}{(about is null ? "" : $": {about}")}";
    }

    private static string? Named(string what, IReadOnlyList<string> names) =>
        names.Count == 0 ? null : $"{what}: {string.Join(", ", names.Take(NamesMax))}{(names.Count > NamesMax ? ", …" : "")}";

    private static string Badge(AnswerUrgency urgency) => urgency == AnswerUrgency.Overdue ? "overdue" : "due soon";

    private static string Due(DeskLead lead, DeskCase waiting, DateTimeOffset now)
    {
        var due = lead.AcceptanceDueAt is { } at ? $"answer due {DeskPage.Instant(at)} UTC" : "no answer due";
        return $"{due} · {waiting.Next.Says} {DeskPage.When(waiting, now)}";
    }

    private static string Points(decimal score) => score.ToString("0.#", CultureInfo.InvariantCulture);

    private static void Part(StringBuilder html, string title, IEnumerable<string?> lines)
    {
        html.Append("<div><h3>").Append(Text(title)).Append("</h3><ul>");
        foreach (var line in lines)
        {
            if (line is not null) html.Append("<li>").Append(Text(line)).Append("</li>");
        }

        html.Append("</ul></div>\n");
    }

    private static string Text(string? text) => DeskPage.Encode(text);
}
