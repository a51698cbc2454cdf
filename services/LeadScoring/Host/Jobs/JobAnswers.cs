using System.Text;
using System.Text.Json.Serialization.Metadata;
using LeadScoring.Host.Http;

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
