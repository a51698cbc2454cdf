using System.Text;
using System.Text.Json.Serialization.Metadata;
using LeadScoring.Host.Http;
using LeadScoring.Host.Leads.Listing;

namespace LeadScoring.Host.Jobs;

/// <summary>What is answered about jobs of any kind.</summary>
internal static class JobAnswers
{
    public static Refusal TooMany { get; } = new(
        409,
        "too_many_jobs",
        $"{JobBounds.UnfinishedPerTenantMax} jobs of this tenant are queued or running, the most there can be; wait for one or cancel one.");

    /// <summary>To a request that asked for a job.</summary>
    /// <param name="job">There unless it was refused.</param>
    public static IResult Of<T>(
        HttpContext http, JobCreation outcome, Job? job, Func<Job, string> placeOf, Func<Job, T> view, JsonTypeInfo<T> type)
    {
        if (outcome == JobCreation.KeyReused) return IdempotencyKey.Reused.ToResult();
        if (job is null) return TooMany.ToResult();
        http.Response.Headers.Location = placeOf(job);
        var status = outcome == JobCreation.Created ? StatusCodes.Status202Accepted : StatusCodes.Status200OK;
        return Results.Json(view(job), type, statusCode: status);
    }

    /// <summary>The object with one member more, whose value is written as it was stored.</summary>
    /// <param name="view">A JSON object with at least one member.</param>
    /// <param name="value">JSON; null: the object stays as it is.</param>
    public static IResult With(ReadOnlySpan<byte> view, string member, string? value)
    {
        if (value is null) return Results.Bytes(view.ToArray(), JsonAnswer.ContentType);
        var rest = Encoding.UTF8.GetBytes($",\"{member}\":{value}}}");
        return Results.Bytes((byte[])[.. view[..^1], .. rest], JsonAnswer.ContentType);
    }
}

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
            tenantId, kind, modelVersion, Before is { } last ? (last.SortInstant, last.Id) : null, Limit + 1, ct);
        var shown = found.Take(Limit).ToList();
        return new(shown, found.Count > Limit ? new PageCursor(shown[^1].CreatedAt.UtcTicks, shown[^1].Id).Write(List, Now) : null);
    }
}
