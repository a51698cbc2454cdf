using System.Text;
using LeadScoring.Host.Http;

namespace LeadScoring.Host.Jobs;

/// <summary>What is answered about jobs of any kind.</summary>
internal static class JobAnswers
{
    public static Refusal TooMany { get; } = new(
        409,
        "too_many_jobs",
        $"{JobBounds.UnfinishedPerTenantMax} jobs of this tenant are queued or running, the most there can be; wait for one or cancel one.");

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
