using System.Runtime.CompilerServices;
using System.Text.Json;
using LeadScoring.Domain.Leads;
using LeadScoring.Host.Storage;
using Marten;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Scoring.Shadow;

/// <param name="Fact">Null: it cannot be read, which is said where the lead itself is read.</param>
internal sealed record ShadowEvent(long Sequence, Guid LeadId, long Version, LeadEvent? Fact, DateTimeOffset StoredAt);

/// <summary>What happened to one tenant's leads, in the order of the log.</summary>
internal static class ShadowLog
{
    /// <summary>Events folded together.</summary>
    public const int PageEventsMax = 2_000;

    private static readonly string ReadLeadEvents = SqlText.Load(typeof(ShadowLog), "read_lead_events.sql");

    private static readonly string[] LeadAliases = [.. MartenSetup.EventAliases.Where(t => t.Key.IsAssignableTo(typeof(LeadEvent))).Select(t => t.Value)];

    /// <param name="upTo">A number that nothing can be stored under any more.</param>
    public static async IAsyncEnumerable<IReadOnlyList<ShadowEvent>> ReadAsync(
        IQuerySession session, string tenantId, long after, long upTo, [EnumeratorCancellation] CancellationToken ct)
    {
        while (after < upTo)
        {
            var page = await ReadPageAsync(session, tenantId, after, upTo, ct);
            if (page.Count > 0) yield return page;
            if (page.Count < PageEventsMax) yield break;
            after = page[^1].Sequence;
        }
    }

    private static async Task<List<ShadowEvent>> ReadPageAsync(IQuerySession session, string tenantId, long after, long upTo, CancellationToken ct)
    {
        await using var connection = session.Database.CreateConnection();
        await connection.OpenAsync(ct);
        await using var command = new NpgsqlCommand(ReadLeadEvents, connection);
        command.Parameters.AddAll(
            Sql.Of(tenantId, NpgsqlDbType.Text),
            Sql.Of(after, NpgsqlDbType.Bigint),
            Sql.Of(upTo, NpgsqlDbType.Bigint),
            Sql.Many(LeadAliases, NpgsqlDbType.Text),
            Sql.Of(PageEventsMax, NpgsqlDbType.Integer));
        await using var rows = await command.ExecuteReaderAsync(ct);
        var events = new List<ShadowEvent>();
        while (await rows.ReadAsync(ct))
        {
            events.Add(new(rows.GetInt64(0), rows.GetGuid(1), rows.GetInt64(2), FactOf(rows, session), rows.GetFieldValue<DateTimeOffset>(5)));
        }

        return events;
    }

    private static LeadEvent? FactOf(NpgsqlDataReader row, IQuerySession session)
    {
        try
        {
            return session.DocumentStore.Options.Serializer().FromJson(MartenSetup.TypesByAlias[row.GetString(3)], row, 4) as LeadEvent;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
