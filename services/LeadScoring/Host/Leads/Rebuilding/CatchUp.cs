using LeadScoring.Domain.Leads;
using LeadScoring.EventStore;
using LeadScoring.EventStore.Reading;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Leads.Rebuilding;

/// <summary>Takes into the shadow table's rows what was appended after they were made.</summary>
internal sealed class CatchUp(LeadStreams streams, TenantModels models, TimeProvider clock)
{
    private static readonly string ReadShadowRows = SqlText.Load(typeof(CatchUp), "read_shadow_rows.sql");
    private static readonly string CountEventsAfter = SqlText.Load(typeof(CatchUp), "count_events_after.sql");

    /// <summary>Takes in the events of (after, upTo]. A row that tells some of them already is taken on from there.</summary>
    /// <exception cref="EventStore.Events.UnreadableEventException">An event's body does not fit its type.</exception>
    public Task RunAsync(NpgsqlConnection connection, long after, long upTo, WorkProgress progress, CancellationToken ct)
    {
        var page = new Dictionary<StreamKey, List<RecordedEvent>>();
        return LogScan.VisitAsync(
            connection,
            new(after, upTo),
            recorded =>
            {
                if (!page.TryGetValue(recorded.Stream, out var events)) page.Add(recorded.Stream, events = []);
                events.Add(recorded);
            },
            async events =>
            {
                if (page.Count > 0) await ApplyAsync(connection, page, ct);
                progress.Add(leads: 0, events);
                page.Clear();
            },
            ct);
    }

    /// <summary>How many events have a number after this one; those beyond <paramref name="max"/> are not counted.</summary>
    public static async Task<long> CountAsync(NpgsqlConnection connection, long after, int max, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(CountEventsAfter, connection);
        command.Parameters.AddAll(Sql.Of(after, NpgsqlDbType.Bigint), Sql.Of(max, NpgsqlDbType.Integer));
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>The leads as their whole streams tell them.</summary>
    public async Task<List<LeadColumns>> FoldAgainAsync(
        NpgsqlConnection connection, IEnumerable<StreamKey> leads, CancellationToken ct)
    {
        var rows = new List<LeadColumns>();
        foreach (var some in leads.Chunk(StreamPages.StreamsMax))
        {
            foreach (var (stream, events) in await StreamPages.ReadAsync(connection, some, ct))
            {
                var story = new LeadStory(stream, [.. events.Select(streams.Read)]);
                var model = models.Now(stream.TenantId);
                rows.Add(LeadColumns.Of(story.Row(model), model, clock.GetUtcNow()));
            }
        }

        return rows;
    }

    public static LeadColumns RowOf(StreamKey stream, FoldedLead lead, DateTimeOffset now) =>
        LeadColumns.Of(new(stream.TenantId, lead.Lead, lead.UpdatedAt), lead.Model, now);

    private async Task ApplyAsync(NpgsqlConnection connection, Dictionary<StreamKey, List<RecordedEvent>> page, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var rows = new List<LeadColumns>(page.Count);
        var again = new List<StreamKey>();
        foreach (var (head, lead) in await ReadAsync(connection, page.Keys, ct))
        {
            foreach (var recorded in page[head.Stream].Where(e => e.Version > lead.Version)) lead.Take(streams.Read(recorded));
            if (lead.NeedsStream) again.Add(head.Stream);
            else rows.Add(RowOf(head.Stream, lead, now));
        }

        rows.AddRange(await FoldAgainAsync(connection, again, ct));
        await ShadowTable.ReplaceAsync(connection, rows, ct);
    }

    private async Task<List<(StreamHead Head, FoldedLead Lead)>> ReadAsync(
        NpgsqlConnection connection, IReadOnlyCollection<StreamKey> keys, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(ReadShadowRows, connection);
        command.Parameters.AddAll([.. StreamPages.KeysOf(keys), Sql.Of(LeadKeys.StreamType, NpgsqlDbType.Text)]);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var leads = new List<(StreamHead, FoldedLead)>(keys.Count);
        while (await reader.ReadAsync(ct))
        {
            var head = new StreamHead(new(reader.GetString(0), reader.GetGuid(1)), reader.GetInt64(2));
            var model = models.Now(head.Stream.TenantId);
            leads.Add((head, await reader.IsDBNullAsync(3, ct)
                ? new(Lead.New(head.Stream.StreamId, model), model, version: 0, updatedAt: default, head.Version)
                : new(LeadState.Read(reader.GetFieldValue<byte[]>(5)), model, reader.GetInt64(3), reader.GetFieldValue<DateTimeOffset>(4), head.Version)));
        }

        return leads;
    }
}
