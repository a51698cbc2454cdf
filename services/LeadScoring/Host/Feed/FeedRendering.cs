using System.Buffers;
using System.Text.Json;
using LeadScoring.Domain.Leads;
using LeadScoring.EventStore;
using LeadScoring.EventStore.Events;
using LeadScoring.Host.Storage;
using LeadScoring.Host.Subscriptions;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Feed;

/// <summary>
/// Makes of stored events what is published. What an event tells of its lead is folded from the lead's stream up to the event
/// itself: it stays the same whenever it is made, whatever has become of the lead.
/// </summary>
public sealed class FeedRendering(
    NpgsqlDataSource dataSource, EventTypes types, FeedOptions options, ILogger<FeedRendering> logger)
{
    /// <summary>Events of streams that one statement sorts; a longer stream is read alone.</summary>
    private const long StreamEventsMax = 50_000;

    private const string Handoff = "marketing_qualified";
    private static readonly string ReadStories = SqlText.Load(typeof(FeedRendering), "read_stories.sql");

    private readonly IntegrationEvents _events = new(options.PublicUrl);

    /// <summary>All of them, in the order given. What cannot be read is among them and says why.</summary>
    /// <param name="recorded">Of published types.</param>
    internal async Task<IReadOnlyList<PublishedEvent>> RenderAsync(IReadOnlyList<RecordedEvent> recorded, CancellationToken ct)
    {
        var rendered = new Dictionary<long, PublishedEvent>(recorded.Count);
        var stories = new List<WantedStory>();
        foreach (var stream in recorded.GroupBy(e => e.Stream))
        {
            var facts = new Dictionary<long, (RecordedEvent Recorded, LeadEvent Fact)>();
            foreach (var e in stream)
            {
                switch (Read(e, rendered))
                {
                    case SubscriptionDisabled fact: rendered[e.Sequence] = Of(e, fact.At, IntegrationEvents.DataOf(fact)); break;
                    case LeadEvent fact: facts[e.Version] = (e, fact); break;
                }
            }

            if (facts.Count > 0) stories.Add(new(stream.Key, facts));
        }

        foreach (var page in Pages(stories)) await RenderAsync(page, rendered, ct);
        return [.. recorded.Select(e => rendered.GetValueOrDefault(e.Sequence)
            ?? PublishedEvent.Unreadable(e, "Its stream does not hold it."))];
    }

    private object? Read(RecordedEvent recorded, Dictionary<long, PublishedEvent> rendered)
    {
        try
        {
            return types.Read(recorded);
        }
        catch (UnreadableEventException e)
        {
            rendered[recorded.Sequence] = PublishedEvent.Unreadable(recorded, e.Message);
            return null;
        }
    }

    private async Task RenderAsync(IReadOnlyList<WantedStory> stories, Dictionary<long, PublishedEvent> rendered, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(ReadStories);
        command.Parameters.AddAll(
            Sql.Many(stories.Select(s => s.Stream.TenantId).ToArray(), NpgsqlDbType.Text),
            Sql.Many(stories.Select(s => s.Stream.StreamId).ToArray(), NpgsqlDbType.Uuid),
            Sql.Many(stories.Select(s => s.UpTo).ToArray(), NpgsqlDbType.Bigint),
            Sql.Many(stories.Select(s => s.HoldsHandoff).ToArray(), NpgsqlDbType.Boolean));
        await using var rows = await command.ExecuteReaderAsync(ct);
        var (ordinal, moment) = (0L, (LeadMoment?)null);
        while (await rows.ReadAsync(ct))
        {
            var story = stories[(int)rows.GetInt64(0) - 1];
            if (moment is null || ordinal != rows.GetInt64(0))
            {
                (ordinal, moment) = (rows.GetInt64(0), new LeadMoment(story.Stream.StreamId));
            }

            var recorded = RowOf(rows, story.Stream);
            if (story.Facts.TryGetValue(recorded.Version, out var wanted))
            {
                rendered[wanted.Recorded.Sequence] = Render(wanted.Recorded, wanted.Fact, moment);
            }
            else
            {
                TakePast(recorded, moment);
            }
        }
    }

    private PublishedEvent Render(RecordedEvent recorded, LeadEvent fact, LeadMoment moment)
    {
        try
        {
            moment.Take(fact);
            return Of(recorded, Leads.LeadEvents.HappenedAt(fact), _events.DataOf(fact, moment));
        }
        catch (Exception e)
        {
            // One that cannot be told must not keep all others from being told.
            logger.LogError(e, "What event {Sequence} says cannot be published", recorded.Sequence);
            return PublishedEvent.Unreadable(recorded, $"It could not be told: {e.GetType().Name}.");
        }
    }

    /// <summary>What cannot be read of a lead's past is missing from the story; the event itself goes out all the same.</summary>
    private void TakePast(RecordedEvent recorded, LeadMoment moment)
    {
        try
        {
            if (types.Read(recorded) is LeadEvent fact) moment.Take(fact);
        }
        catch (Exception e)
        {
            logger.LogError(e, "A published story lacks event {Sequence}, which cannot be read", recorded.Sequence);
        }
    }

    private static PublishedEvent Of(RecordedEvent recorded, DateTimeOffset at, object data)
    {
        var bytes = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(bytes, CloudEvents.WriterOptions))
        {
            JsonSerializer.Serialize(json, data, data.GetType(), FeedJson.Default);
        }

        return new(recorded, PublishedTypes.Of(recorded.Type), at, bytes.WrittenSpan.ToArray());
    }

    private static RecordedEvent RowOf(NpgsqlDataReader row, StreamKey stream) => new(
        Sequence: row.GetInt64(1),
        Id: row.GetGuid(2),
        Stream: stream,
        Version: row.GetInt64(3),
        Type: row.GetString(4),
        Body: row.GetFieldValue<byte[]>(5),
        At: row.GetFieldValue<DateTimeOffset>(6),
        Metadata: EventMetadata.None);

    private static IEnumerable<IReadOnlyList<WantedStory>> Pages(List<WantedStory> stories)
    {
        var page = new List<WantedStory>();
        var events = 0L;
        foreach (var story in stories)
        {
            if (page.Count > 0 && events + story.UpTo > StreamEventsMax)
            {
                yield return page;
                (page, events) = ([], 0);
            }

            page.Add(story);
            events += story.UpTo;
        }

        if (page.Count > 0) yield return page;
    }

    /// <param name="Facts">What is to be published, by version.</param>
    private sealed record WantedStory(StreamKey Stream, Dictionary<long, (RecordedEvent Recorded, LeadEvent Fact)> Facts)
    {
        public long UpTo { get; } = Facts.Keys.Max();

        /// <summary>Only a handoff tells of single engagements, which are most of a stream.</summary>
        public bool HoldsHandoff { get; } = Facts.Values.Any(f => f.Recorded.Type == Handoff);
    }
}
