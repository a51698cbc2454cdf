namespace LeadScoring.Benchmarks.Seeding;

/// <summary>What a fabricated log holds.</summary>
/// <param name="Events">All events, those that capture and name leads among them; the log may end with up to three more.</param>
/// <param name="Leads">Streams; at most one for every <see cref="EventsPerLeadMin"/> events.</param>
/// <param name="Until">UTC; when the last of them was appended.</param>
internal sealed record LogSeed(int Events, int Leads, DateTime Until)
{
    public const int EventsMax = 20_000_000;

    /// <summary>A lead's first events capture it and link up to two identities; the engagement that named it follows.</summary>
    public const int EventsPerLeadMin = 5;

    /// <summary>Over which the log came to be.</summary>
    public static readonly TimeSpan Span = TimeSpan.FromDays(240);

    /// <summary>The same seed makes the same log, but for its times and the streams' ids.</summary>
    public const int RandomSeed = 20260102;
}
