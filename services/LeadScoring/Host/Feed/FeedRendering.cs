using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using JasperFx.Events;
using LeadScoring.Domain.Leads;
using LeadScoring.Host.Storage;
using LeadScoring.Host.Subscriptions;
using Marten;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Feed;

/// <summary>
/// Makes of stored events what is published. What an event tells of its lead is folded from the lead's stream up to the event
/// itself: it stays the same whenever it is made, whatever has become of the lead.
/// </summary>
public sealed class FeedRendering(FeedOptions options, ILogger<FeedRendering> logger)
{
    /// <summary>Events of streams that one statement sorts; a longer stream is read alone.</summary>
    private const long StreamEventsMax = 50_000;

    private static readonly string ReadStories = SqlText.Load(typeof(FeedRendering), "read_stories.sql");

    private readonly IntegrationEvents _events = new(options.PublicUrl);

    /// <summary>All of them, in the order given. What cannot be told is among them and says why.</summary>
    /// <param name="events">Of published types.</param>
    internal async Task<IReadOnlyList<RenderedEvent>> RenderAsync(IQuerySession session, IReadOnlyList<IEvent> events, CancellationToken ct)
    {
        var rendered = new Dictionary<long, RenderedEvent>(events.Count);
        var stories = new List<WantedStory>();
        foreach (var stream in events.GroupBy(e => (e.TenantId, e.StreamId)))
        {
            var facts = new Dictionary<long, IEvent>();
            foreach (var e in stream)
            {
                if (e.Data is SubscriptionDisabled fact) rendered[e.Sequence] = Of(e, fact.At, IntegrationEvents.DataOf(fact));
                else facts[e.Version] = e;
            }

            if (facts.Count > 0) stories.Add(new(stream.Key.TenantId, stream.Key.StreamId, facts));
        }

        await using var connection = session.Database.CreateConnection();
        await connection.OpenAsync(ct);
        foreach (var page in Pages(stories)) await RenderAsync(connection, session.DocumentStore.Options.Serializer(), page, rendered, ct);
        return [.. events.Select(e => rendered.GetValueOrDefault(e.Sequence)
            ?? new(e, default, Data: null, new InvalidOperationException("The event's stream does not hold it.")))];
    }

    private async Task RenderAsync(
        NpgsqlConnection connection, ISerializer serializer, IReadOnlyList<WantedStory> stories, Dictionary<long, RenderedEvent> rendered, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(ReadStories, connection);
        command.Parameters.AddAll(
            Sql.Many(stories.Select(s => s.TenantId).ToArray(), NpgsqlDbType.Text),
            Sql.Many(stories.Select(s => s.StreamId).ToArray(), NpgsqlDbType.Uuid),
            Sql.Many(stories.Select(s => s.UpTo).ToArray(), NpgsqlDbType.Bigint),
            Sql.Many(stories.Select(s => s.HoldsHandoff).ToArray(), NpgsqlDbType.Boolean));
        await using var rows = await command.ExecuteReaderAsync(ct);
        var (ordinal, lead) = (0L, (LeadAtVersion?)null);
        while (await rows.ReadAsync(ct))
        {
            var story = stories[(int)rows.GetInt64(0) - 1];
            if (lead is null || ordinal != rows.GetInt64(0)) (ordinal, lead) = (rows.GetInt64(0), new LeadAtVersion(story.StreamId));
            if (story.Facts.TryGetValue(rows.GetInt64(2), out var wanted)) rendered[wanted.Sequence] = Render(wanted, lead);
            else TakePast(rows, serializer, lead);
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "One that cannot be told must not keep all others from being told.")]
    private RenderedEvent Render(IEvent e, LeadAtVersion lead)
    {
        try
        {
            var fact = (LeadEvent)e.Data;
            lead.Take(fact);
            return Of(e, Leads.LeadEvents.HappenedAt(fact), _events.DataOf(fact, lead));
        }
        catch (Exception fault)
        {
            logger.LogError(fault, "What event {Sequence} says cannot be published", e.Sequence);
            return new(e, default, Data: null, fault);
        }
    }

    /// <summary>What cannot be read of a lead's past is missing from the story; the event itself goes out all the same.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "It is said, and no more depends on it.")]
    private void TakePast(NpgsqlDataReader row, ISerializer serializer, LeadAtVersion lead)
    {
        try
        {
            if (MartenSetup.TypesByAlias.TryGetValue(row.GetString(3), out var type) && serializer.FromJson(type, row, 4) is LeadEvent fact) lead.Take(fact);
        }
        catch (Exception e)
        {
            logger.LogError(e, "A published story lacks event {Sequence}, which cannot be read", row.GetInt64(1));
        }
    }

    private static RenderedEvent Of(IEvent e, DateTimeOffset at, object data)
    {
        var bytes = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(bytes, CloudEvents.WriterOptions))
        {
            JsonSerializer.Serialize(json, data, data.GetType(), FeedJson.Default);
        }

        return new(e, at, bytes.WrittenSpan.ToArray(), Fault: null);
    }

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
    private sealed record WantedStory(string TenantId, Guid StreamId, Dictionary<long, IEvent> Facts)
    {
        public long UpTo { get; } = Facts.Keys.Max();

        /// <summary>Only a handoff tells of single engagements, which are most of a stream.</summary>
        public bool HoldsHandoff { get; } = Facts.Values.Any(f => f.Data is MarketingQualified);
    }
}

/// <summary>A stored event made ready to be published; only its position is missing.</summary>
/// <param name="At">When it happened.</param>
/// <param name="Data">UTF-8 JSON; null: it could not be made, for <paramref name="Fault"/>.</param>
internal sealed record RenderedEvent(IEvent Event, DateTimeOffset At, byte[]? Data, Exception? Fault)
{
    /// <summary>As the world knows it.</summary>
    public string Type => PublishedTypes.Of(Event.EventTypeName);
}
