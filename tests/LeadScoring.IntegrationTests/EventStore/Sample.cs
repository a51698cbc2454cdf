using System.Text;
using LeadScoring.EventStore;
using Npgsql;

namespace LeadScoring.IntegrationTests.EventStore;

/// <summary>Appends as the tests write them.</summary>
internal static class Sample
{
    public static readonly DateTimeOffset At = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static readonly IReadOnlyList<NpgsqlBatchCommand> NoCompanions = [];

    public static StreamKey NewStream(string tenant = "acme") => new(tenant, Guid.NewGuid());

    public static NewEvent Event(string body = """{"Points": 15}""") =>
        new(Guid.NewGuid(), "engagement_recorded", "Leads.EngagementRecorded, Leads", Encoding.UTF8.GetBytes(body), EventMetadata.None);

    /// <summary>Events for a stream that is at <paramref name="after"/>.</summary>
    public static StreamAppend To(StreamKey stream, long after, int events = 1) => new(
        stream,
        "lead",
        after,
        [.. Enumerable.Range(0, events).Select(_ => Event())],
        Claims: [],
        At);

    public static StreamAppend Claiming(this StreamAppend append, params KeyClaim[] claims) => append with { Claims = claims };

    public static StreamAppend By(this StreamAppend append, EventMetadata metadata) =>
        append with { Events = [.. append.Events.Select(e => e with { Metadata = metadata })] };

    public static StreamAppend InUnit(this StreamAppend append, int unit) => append with { Unit = unit };

    public static Task<AppendResult[]> AppendAsync(this IEventStore store, params StreamAppend[] appends) =>
        store.AppendAsync(appends, NoCompanions, CancellationToken.None);

    public static async Task<List<RecordedEvent>> StreamAsync(this IEventStore store, StreamKey stream, long afterVersion = 0)
    {
        var events = new List<RecordedEvent>();
        await foreach (var @event in store.ReadStreamAsync(stream, afterVersion, CancellationToken.None))
        {
            events.Add(@event);
        }

        return events;
    }

    public static AppendResult Appended(long version) => new(AppendOutcome.Appended, version);

    public static AppendResult VersionConflict(long version) => new(AppendOutcome.VersionConflict, version);

    public static AppendResult KeyConflict(long version) => new(AppendOutcome.KeyConflict, version);

    public static AppendResult DuplicateEvent(long version) => new(AppendOutcome.DuplicateEvent, version);

    public static AppendResult Archived(long version) => new(AppendOutcome.Archived, version);
}
