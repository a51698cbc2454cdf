using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Domain.Leads;
using LeadScoring.Host.Events;
using LeadScoring.Host.Leads.Listing;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Leads.Timeline;

/// <summary>A lead's story, newest event first, a page at a time.</summary>
public sealed class LeadTimelines(NpgsqlDataSource dataSource, LeadStreams streams, TimeProvider clock)
{
    public const int LimitMax = 200;
    public const int LimitDefault = 50;

    private static readonly string ReadTimeline = SqlText.Load(typeof(LeadTimelines), "read_timeline.sql");

    /// <param name="before">Where the page starts: a cursor's sort key is a version; null: at the newest event.</param>
    /// <returns>Null when there is no such lead in the tenant, or nothing before that version.</returns>
    public async Task<LeadTimeline?> ReadAsync(StreamKey lead, PageCursor? before, int limit, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(ReadTimeline);
        command.Parameters.AddAll(
            Sql.Of(lead.TenantId, NpgsqlDbType.Text),
            Sql.Of(lead.StreamId, NpgsqlDbType.Uuid),
            Sql.Of(before?.SortKey ?? long.MaxValue, NpgsqlDbType.Bigint),
            Sql.Of(limit + 1, NpgsqlDbType.Integer));
        await using var reader = await command.ExecuteReaderAsync(ct);
        var entries = new List<TimelineEntry>(limit);
        var isMore = false;
        while (await reader.ReadAsync(ct))
        {
            // One event more than the page holds was asked for: it tells that there is a next page.
            if (isMore = entries.Count == limit) break;
            entries.Add(Entry(streams.Read(RecordedEvent.Read(reader, lead, ActorOf(reader)))));
        }

        if (entries.Count == 0) return null;
        var next = isMore ? new PageCursor(entries[^1].Version, lead.StreamId).Write(NameOf(lead), clock.GetUtcNow()) : null;
        return new(lead.StreamId, entries, next);
    }

    /// <summary>Tells any two timelines apart.</summary>
    public static string NameOf(StreamKey lead) => $"timeline {lead.TenantId} {lead.StreamId}";

    private static EventMetadata ActorOf(NpgsqlDataReader row) =>
        EventMetadata.None with { Actor = row.IsDBNull(RecordedEvent.ColumnCount) ? null : row.GetString(RecordedEvent.ColumnCount) };

    private static TimelineEntry Entry(RecordedLeadEvent e) => new(
        e.Recorded.Version,
        e.Recorded.Id,
        e.Recorded.Type,
        e.HappenedAt.ToUniversalTime(),
        e.Recorded.At.ToUniversalTime(),
        ActorOf(e.Fact) ?? e.Recorded.Metadata.Actor,
        e.Fact is null ? TimelineSummaries.OfUnknownType : TimelineSummaries.Of(e.Fact),
        e.Fact is null ? JsonElement.Parse(e.Recorded.Body.Span) : TimelineJson.Write(e.Fact));

    /// <summary>Who a command named; the model decides without anybody.</summary>
    private static string? ActorOf(LeadEvent? fact) => fact switch
    {
        AttributesChanged e => e.Actor,
        MarketingQualified e => e.Actor,
        MarketingDeclined e => e.Actor,
        SalesAccepted e => e.Actor,
        SalesRejected e => e.Actor,
        LeadRecycled e => e.Actor,
        LeadDisqualified e => e.Actor,
        LeadReinstated e => e.Actor,
        OpportunityOpened e => e.Actor,
        OpportunityWon e => e.Actor,
        OpportunityLost e => e.Actor,
        EngagementRetracted e => e.Actor,
        EngagementRestored e => e.Actor,
        EvidenceRetracted e => e.Actor,
        _ => null,
    };
}
