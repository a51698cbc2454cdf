using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Http;

namespace LeadScoring.Host.Leads.Listing;

/// <summary>Makes a query of what <c>GET /v1/leads</c> was sent, or says everything that is wrong with it.</summary>
internal static class LeadQueryReader
{
    private const int SourceLengthMax = 64;
    private const int TextLengthMax = 128;

    private static readonly Dictionary<string, Stage> Stages = CodesOf<Stage>();
    private static readonly Dictionary<string, LeadSort> Sorts = CodesOf<LeadSort>();
    private static readonly Dictionary<string, Grade> Grades = Enum.GetValues<Grade>().ToDictionary(g => g.ToString());

    private static readonly Dictionary<string, Stage> Queues = new()
    {
        ["review"] = Stage.AutomationQualified,
        ["sales"] = Stage.MarketingQualified,
    };

    public static (LeadQuery? Query, Refusal? Refusal) Read(IQueryCollection query, LeadListParameters sent, DateTimeOffset now)
    {
        var validation = new Validation();
        validation.KnownOnly(
            query, "stage", "grade", "minScore", "source", "campaign", "owner", "engagedSince", "queue", "sort", "limit", "cursor");
        validation.OptionalText("source", sent.Source, SourceLengthMax);
        validation.OptionalText("campaign", sent.Campaign, TextLengthMax);
        validation.OptionalText("owner", sent.Owner, TextLengthMax);
        var filter = new LeadFilter(
            StagesOf(sent, validation),
            [.. (sent.Grade ?? []).Select(g => validation.Code("grade", g, Grades)).OfType<Grade>()],
            validation.Number("minScore", sent.MinScore),
            sent.Source,
            sent.Campaign,
            sent.Owner,
            validation.Instant("engagedSince", sent.EngagedSince));
        var sort = validation.Code("sort", sent.Sort, Sorts) ?? LeadSort.Score;
        var limit = validation.Whole("limit", sent.Limit, least: 1, LeadQuery.LimitMax, LeadQuery.LimitDefault);
        if (validation.ToRefusal() is { } invalid) return (null, invalid);
        if (sent.Cursor is null) return (new(filter, sort, limit, After: null), null);

        var (after, refusal) = PageCursor.Read(sent.Cursor, filter.NameOf(sort), now);
        return refusal is null ? (new(filter, sort, limit, after), null) : (null, refusal);
    }

    private static Stage[] StagesOf(LeadListParameters sent, Validation validation)
    {
        var stages = (sent.Stage ?? []).Select(s => validation.Code("stage", s, Stages)).OfType<Stage>().ToArray();
        if (validation.Code("queue", sent.Queue, Queues) is not { } queue) return stages;
        validation.Require(stages.Length == 0, "stage", "A queue has its stage; leave stage or queue out.");
        return [queue];
    }

    private static Dictionary<string, T> CodesOf<T>()
        where T : struct, Enum =>
        Enum.GetValues<T>().ToDictionary(value => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()));
}
