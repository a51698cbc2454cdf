namespace LeadScoring.EventStore.Appending;

/// <summary>What a call to append must keep to before it may touch the database.</summary>
internal static class AppendRules
{
    /// <summary>Most streams one call may append to.</summary>
    public const int AppendsPerCallMax = 1_000;

    /// <summary>Most events one call may append; more would hold the barrier against log readers for too long.</summary>
    public const int EventsPerCallMax = 10_000;

    /// <summary>Most keys one call may claim.</summary>
    public const int ClaimsPerCallMax = 10_000;

    /// <summary>Largest event body, in bytes of UTF-8.</summary>
    public const int BodyBytesMax = 1 << 20;

    /// <exception cref="ArgumentException">A rule or bound is broken; the message says which.</exception>
    public static void Check(IReadOnlyList<StreamAppend> appends)
    {
        if (Broken(appends) is { } rule)
        {
            throw new ArgumentException(rule, nameof(appends));
        }
    }

    private static string? Broken(IReadOnlyList<StreamAppend> appends)
    {
        var streams = new HashSet<StreamKey>(appends.Count);
        return TooMany(AppendsPerCallMax, appends.Count, "streams")
            ?? TooMany(EventsPerCallMax, appends.Sum(a => a.Events.Count), "events")
            ?? TooMany(ClaimsPerCallMax, appends.Sum(a => a.Claims.Count), "claims")
            ?? appends.Select(a => Broken(a, isFirst: streams.Add(a.Stream))).FirstOrDefault(rule => rule is not null);
    }

    private static string? Broken(StreamAppend append, bool isFirst) => append switch
    {
        _ when !isFirst => $"Stream {append.Stream.StreamId} stands twice in one call.",
        { ExpectedVersion: < 0 } => $"The expected version {append.ExpectedVersion} is below 0.",
        { Events.Count: 0, Claims.Count: > 0 } => $"Stream {append.Stream.StreamId} claims keys without an event that says why.",
        _ when append.Events.FirstOrDefault(e => e.Body.Length > BodyBytesMax) is { } large =>
            $"Event {large.Id} has a body of {large.Body.Length} bytes; at most {BodyBytesMax} are allowed.",
        _ => null,
    };

    private static string? TooMany(int limit, int count, string what) =>
        count > limit ? $"{count} {what} in one call; at most {limit} are allowed." : null;
}
