using LeadScoring.Domain.Leads;
using LeadScoring.Host.Events;
using LeadScoring.Host.Leads.Writing;
using LeadScoring.Host.Storage;
using Marten;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Leads;

/// <summary>How far the log was looked through for what others appended.</summary>
public sealed record ForeignAppendsPosition(string Id, long Sequence);

/// <summary>
/// Another application on Marten may append to a lead's stream. No projection of ours runs there, so the lead's document is behind until the
/// lead is next written; this looks for such leads, and has the writer fold what they have not seen and take the decision it causes.
/// </summary>
/// <remarks>
/// The writer stores events and documents together, so nothing it wrote is looked up (<see cref="NewEvent.DotNetType"/>). Numbers that were
/// drawn and are not committed yet are waited for, for as long as a transaction may take; what lies behind them is looked at meanwhile.
/// </remarks>
public sealed class ForeignAppends(
    NpgsqlDataSource dataSource, IDocumentStore store, LeadWriter writer, Leadership leadership, TimeProvider clock, ILogger<ForeignAppends> logger)
    : BackgroundService
{
    /// <summary>How late a foreign event is noticed.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>Events looked at by one query.</summary>
    public const int PageEventsMax = 20_000;

    /// <summary>After this a number without an event stays one.</summary>
    private static readonly TimeSpan OpenMax = TimeSpan.FromSeconds(10);

    /// <summary>Events between two notes of the position: what a successor looks at again.</summary>
    private const long UnwrittenMax = 50_000;

    private const string PositionId = "foreign appends";

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => leadership.RunAsync(LeaderOf.ForeignAppends, RunAsync, stoppingToken);

    private async Task RunAsync(CancellationToken ct)
    {
        await using var session = store.LightweightSession();
        var written = (await session.LoadAsync<ForeignAppendsPosition>(PositionId, ct))?.Sequence ?? 0;
        var (after, stuckSince) = (written, clock.GetTimestamp());
        while (true)
        {
            var page = await LookAsync(after, ct);
            foreach (var lead in page.Behind) await CatchUpAsync(lead, ct);
            if (page.Events == 0 || page.WholeUpTo > after) (after, stuckSince) = (page.WholeUpTo, clock.GetTimestamp());
            else if (clock.GetElapsedTime(stuckSince) > OpenMax) (after, stuckSince) = (page.First - 1, clock.GetTimestamp());
            if (after - written >= UnwrittenMax)
            {
                session.Store(new ForeignAppendsPosition(PositionId, written = after));
                await session.SaveChangesAsync(ct);
            }

            if (page.Events < PageEventsMax || page.WholeUpTo < page.UpTo) await Task.Delay(Pause, clock, ct);
        }
    }

    private async Task<Page> LookAsync(long after, CancellationToken ct)
    {
        var page = await NewEventsAsync(after, ct);
        if (page.Events == 0) return page;
        await using var command = dataSource.CreateCommand(
            """
            select e.tenant_id, e.stream_id
            from (
              select tenant_id, stream_id, max(version) as version
              from mt_events
              where seq_id > $1 and seq_id <= $2 and (mt_dotnet_type is null or mt_dotnet_type like '%, %')
              group by tenant_id, stream_id
            ) e
            left join mt_doc_lead l on l.tenant_id = e.tenant_id and l.id = e.stream_id
            where coalesce(l.mt_version, 0) < e.version
              and (
                select s.type = $3 and s.is_archived is not true from mt_streams s where s.tenant_id = e.tenant_id and s.id = e.stream_id)
            """);
        command.Parameters.AddAll(Sql.Of(after, NpgsqlDbType.Bigint), Sql.Of(page.UpTo, NpgsqlDbType.Bigint), Sql.Of(LeadKeys.StreamType, NpgsqlDbType.Text));
        await using var reader = await command.ExecuteReaderAsync(ct);
        var behind = new List<StreamKey>();
        while (await reader.ReadAsync(ct)) behind.Add(new(reader.GetString(0), reader.GetGuid(1)));
        return page with { Behind = behind };
    }

    private async Task<Page> NewEventsAsync(long after, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(
            """
            select count(*), coalesce(min(e.seq_id), $1), coalesce(max(e.seq_id) filter (where e.seq_id = $1 + e.place), $1), coalesce(max(e.seq_id), $1)
            from (select seq_id, row_number() over (order by seq_id) as place from mt_events where seq_id > $1 order by seq_id limit $2) e
            """);
        command.Parameters.AddAll(Sql.Of(after, NpgsqlDbType.Bigint), Sql.Of(PageEventsMax, NpgsqlDbType.Integer));
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return new(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3), []);
    }

    private async Task CatchUpAsync(StreamKey lead, CancellationToken ct)
    {
        var outcome = await writer.SubmitAsync(lead.TenantId, lead.StreamId, new CatchUp(), expectedVersion: null, EventMetadata.None, ct);
        if (outcome.Refusal is { } refusal) logger.LogWarning("Lead {LeadId}, to which another application appended, waits ({Code})", lead.StreamId, refusal.Code);
    }

    /// <param name="First">The first number that holds an event.</param>
    /// <param name="WholeUpTo">Up to it no number is without an event.</param>
    private sealed record Page(long Events, long First, long WholeUpTo, long UpTo, IReadOnlyList<StreamKey> Behind);
}
