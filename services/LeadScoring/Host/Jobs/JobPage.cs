using LeadScoring.Host.Http;
using LeadScoring.Host.Leads.Listing;

namespace LeadScoring.Host.Jobs;

/// <summary>A page of a list of jobs, the newest first.</summary>
/// <param name="NextCursor">Null on the last page.</param>
internal sealed record JobPage(IReadOnlyList<Job> Jobs, string? NextCursor);

/// <summary>What was asked of a list of jobs.</summary>
/// <param name="Before">The last one of the page before; null: the first page is asked for.</param>
/// <param name="List">Cursors are good for this list alone.</param>
internal sealed record JobPageRequest(int Limit, PageCursor? Before, string List, DateTimeOffset Now)
{
    private const int LimitMax = 200;
    private const int LimitDefault = 50;

    /// <summary>Reads it from the query.</summary>
    public static (JobPageRequest? Request, Refusal? Refusal) Read(
        HttpRequest request, string? limit, string? cursor, string list, DateTimeOffset now)
    {
        var validation = new Validation();
        validation.KnownOnly(request.Query, "limit", "cursor");
        var most = validation.Whole("limit", limit, least: 1, LimitMax, LimitDefault);
        if (validation.ToRefusal() is { } invalid) return (null, invalid);
        var (before, refusal) = cursor is null ? (null, null) : PageCursor.Read(cursor, list, now);
        return refusal is null ? (new(most, before, list, now), null) : (null, refusal);
    }

    /// <param name="modelVersion">Null: about any.</param>
    public async Task<JobPage> ReadAsync(JobStore jobs, string tenantId, string kind, int? modelVersion, CancellationToken ct)
    {
        // One more than the page holds is asked for: it tells that there is a next page.
        var found = await jobs.ListAsync(
            tenantId, kind, modelVersion, Before is { } last ? (Instant(last.SortKey), last.Id) : null, Limit + 1, ct);
        var shown = found.Take(Limit).ToList();
        return new(shown, found.Count > Limit ? new PageCursor(shown[^1].CreatedAt.UtcTicks, shown[^1].Id).Write(List, Now) : null);
    }

    /// <summary>A forged cursor may hold any bits; they only have to be some instant.</summary>
    private static DateTimeOffset Instant(long ticks) =>
        new(Math.Clamp(ticks, DateTimeOffset.MinValue.Ticks, DateTimeOffset.MaxValue.Ticks), TimeSpan.Zero);
}
