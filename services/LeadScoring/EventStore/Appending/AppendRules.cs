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

    /// <returns>What the call holds.</returns>
    /// <exception cref="ArgumentException">A rule or bound is broken; the message says which.</exception>
    public static AppendSize Check(IReadOnlyList<StreamAppend> appends)
    {
        Limit(AppendsPerCallMax, appends.Count, "streams");
        var streams = new HashSet<StreamKey>(appends.Count);
        var (events, claims, creations) = (0, 0, 0);
        for (var i = 0; i < appends.Count; i++)
        {
            var append = appends[i];
            if (Broken(append, isFirst: streams.Add(append.Stream)) is { } rule)
            {
                throw new ArgumentException(rule, nameof(appends));
            }

            events += append.Events.Count;
            claims += append.Claims.Count;
            creations += append.Creates ? 1 : 0;
        }

        Limit(EventsPerCallMax, events, "events");
        Limit(ClaimsPerCallMax, claims, "claims");
        return new AppendSize(events, claims, creations);
    }

    private static string? Broken(StreamAppend append, bool isFirst) => append switch
    {
        _ when !isFirst => $"Stream {append.Stream.StreamId} stands twice in one call.",
        { ExpectedVersion: < 0 } => $"The expected version {append.ExpectedVersion} is below 0.",
        { Events.Count: 0, Claims.Count: > 0 } => $"Stream {append.Stream.StreamId} claims keys without an event that says why.",
        _ when TooLarge(append.Events) is { } large =>
            $"Event {large.Id} has a body of {large.Body.Length} bytes; at most {BodyBytesMax} are allowed.",
        _ => null,
    };

    private static NewEvent? TooLarge(IReadOnlyList<NewEvent> events)
    {
        for (var i = 0; i < events.Count; i++)
        {
            if (events[i].Body.Length > BodyBytesMax)
            {
                return events[i];
            }
        }

        return null;
    }

    private static void Limit(int limit, int count, string what)
    {
        if (count > limit)
        {
            throw new ArgumentException($"{count} {what} in one call; at most {limit} are allowed.", nameof(count));
        }
    }
}

/// <summary>What one call to append holds.</summary>
/// <param name="Creations">Appends that create their stream.</param>
internal readonly record struct AppendSize(int Events, int Claims, int Creations);
