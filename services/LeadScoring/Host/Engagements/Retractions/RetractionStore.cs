using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Domain.Engagements;
using LeadScoring.Domain.Leads;
using LeadScoring.Host.Jobs;
using LeadScoring.Host.Storage;
using Marten;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Engagements.Retractions;

/// <summary>Retractions and restorations as the database keeps them, with the leads each is about.</summary>
public sealed class RetractionStore(IDocumentStore documents, NpgsqlDataSource dataSource, WorkQueue work, TimeProvider clock)
{
    /// <summary>Retractions and restorations of a tenant that may be unfinished at once: tenants take turns, and one must not fill the queue.</summary>
    public const int UnfinishedPerTenantMax = 20;

    /// <summary>Engagements that one retraction may be about.</summary>
    public const int EngagementsMax = 100_000;

    private static readonly string FindInLog = SqlText.Load(typeof(RetractionStore), "find_in_log.sql");
    private static readonly string CountByStage = SqlText.Load(typeof(RetractionStore), "count_by_stage.sql");

    /// <summary>Stores what is asked for, unless something is stored under its key already or the tenant has too many unfinished ones.</summary>
    /// <param name="named">The engagements, looked up with it; null: they are to be found, or are those of a retraction.</param>
    /// <param name="of">The retraction that is undone; null: it is none, or the engagements are named.</param>
    public async Task AddAsync(Retraction retraction, IReadOnlyCollection<EngagementName>? named, Retraction? of, CancellationToken ct)
    {
        await using var session = documents.LightweightSession(retraction.TenantId);
        await TenantWork.LockAsync(session, ct);
        if (await session.LoadAsync<Retraction>(retraction.Id, ct) is not null) return;
        var unfinished = await session.Query<Retraction>().CountAsync(r => r.State == RetractionState.Finding || r.State == RetractionState.Applying, ct);
        if (unfinished >= UnfinishedPerTenantMax) return;
        if (of is not null) retraction = (retraction with { Engagements = of.Engagements, Leads = of.Leads }).Searched();
        if (named is not null)
        {
            var found = await FindNamedAsync(session, named, ct);
            retraction = AddLeads(session, retraction, found, known: new Dictionary<Guid, RetractionLead>()).Searched();
            retraction = retraction with { UnknownIds = named.Count - retraction.Engagements };
        }

        session.Insert(retraction);
        if (!retraction.IsOver) await work.AskAsync(session, RetractionWork.WorkKind, retraction.Id, ct);
        await session.SaveChangesAsync(ct);
    }

    public async Task<Retraction?> FindAsync(RetractionKey key, CancellationToken ct)
    {
        await using var session = documents.QuerySession(key.TenantId);
        return await session.LoadAsync<Retraction>(key.DocumentId, ct);
    }

    /// <summary>What was only looked at is to be done: exactly what was found.</summary>
    public async Task WantAsync(RetractionKey key, CancellationToken ct) => await documents.ChangeAsync(
        key.TenantId,
        async session =>
        {
            if (await session.LoadAsync<Retraction>(key.DocumentId, ct) is not { IsWanted: false } known) return false;
            var wanted = known with { IsWanted = true, State = known.State == RetractionState.Found ? RetractionState.Applying : known.State };
            session.UpdateRevision(wanted, wanted.Version + 1L);
            await work.AskAsync(session, RetractionWork.WorkKind, key.DocumentId, ct);
            return true;
        },
        ct);

    /// <summary>Searches the log further and notes what it holds, unless somebody else has changed the retraction meanwhile.</summary>
    /// <param name="retraction">With a window, as it was found.</param>
    /// <param name="upTo">The log position to search up to.</param>
    public async Task SearchAsync(Retraction retraction, long upTo, CancellationToken ct)
    {
        var found = await FindInLogAsync(retraction, upTo, ct);
        await using var session = documents.LightweightSession(retraction.TenantId);
        var known = await session.LoadManyAsync<RetractionLead>(ct, found.Select(f => RetractionLead.IdOf(retraction.Id, f.LeadId)));
        var searched = AddLeads(session, retraction, found, known.ToDictionary(l => l.LeadId));
        searched = searched with { LogPosition = upTo };
        if (upTo >= retraction.LogEnd) searched = searched.Searched();
        if (searched.Engagements > EngagementsMax) await FailAsync(retraction.Key, "too_many_engagements", ct);
        else await session.TryUpdateAsync(searched, ct); // A stretch of the log is searched once, whoever else searches.
    }

    public Task FailAsync(RetractionKey key, string failure, CancellationToken ct) => ChangeAsync(
        key, r => r.IsOver ? null : r with { State = RetractionState.Failed, Failure = failure, FinishedAt = clock.GetUtcNow() }, ct);

    /// <summary>The next leads to be done; none: all are.</summary>
    public async Task<IReadOnlyList<RetractionLead>> LeadsAsync(Retraction retraction, int limit, CancellationToken ct)
    {
        var (of, from, to) = (retraction.LeadsOf, retraction.LeadsDone, retraction.LeadsDone + limit);
        await using var session = documents.QuerySession(retraction.TenantId);
        return await session.Query<RetractionLead>()
            .Where(l => l.RetractionId == of && l.Number >= from && l.Number < to)
            .OrderBy(l => l.Number)
            .ToListAsync(ct);
    }

    /// <summary>Notes which leads are done. With the last one it is done.</summary>
    /// <param name="leadsDone">Those of lower numbers.</param>
    public Task NoteAsync(RetractionKey key, int leadsDone, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        return ChangeAsync(key, Noted, ct);

        Retraction Noted(Retraction retraction)
        {
            var noted = retraction with { LeadsDone = Math.Max(retraction.LeadsDone, leadsDone) };
            return noted is { State: RetractionState.Applying } && noted.LeadsDone >= noted.Leads
                ? noted with { State = RetractionState.Done, FinishedAt = now }
                : noted;
        }
    }

    /// <summary>How many leads it is about, by the stage they are in now.</summary>
    public async Task<IReadOnlyDictionary<string, int>> StagesAsync(Retraction retraction, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(CountByStage);
        command.Parameters.AddAll(Sql.Of(retraction.TenantId, NpgsqlDbType.Text), Sql.Of(retraction.LeadsOf, NpgsqlDbType.Text));
        await using var row = await command.ExecuteReaderAsync(ct);
        var stages = new SortedDictionary<string, int>(StringComparer.Ordinal);
        while (await row.ReadAsync(ct)) stages.Add(JsonNamingPolicy.SnakeCaseLower.ConvertName(row.GetString(0)), (int)row.GetInt64(1));
        return stages;
    }

    /// <summary>Those that somebody has posted, by lead.</summary>
    private static async Task<IReadOnlyList<Found>> FindNamedAsync(IQuerySession session, IReadOnlyCollection<EngagementName> named, CancellationToken ct)
    {
        var ids = named.Select(n => EngagementId.Of(session.TenantId, n.Source, n.Id)).ToArray();
        var events = await session.Events.QueryAllRawEvents().Where(e => e.Id.IsOneOf(ids)).ToListAsync(ct);
        return
        [
            .. events.GroupBy(e => e.StreamId, e => e.Data).OrderBy(g => g.Key)
                .Select(g => new Found(g.Key, [.. g.OfType<EngagementRecorded>().Select(e => new EngagementName(e.Source, e.Id))])),
        ];
    }

    private async Task<IReadOnlyList<Found>> FindInLogAsync(Retraction retraction, long upTo, CancellationToken ct)
    {
        var window = retraction.Window!;
        await using var command = dataSource.CreateCommand(FindInLog);
        command.Parameters.AddAll(
            Sql.Of(retraction.TenantId, NpgsqlDbType.Text),
            Sql.Of(retraction.LogPosition, NpgsqlDbType.Bigint),
            Sql.Of(upTo, NpgsqlDbType.Bigint),
            Sql.Of(window.Source, NpgsqlDbType.Text),
            Sql.Of(window.Type, NpgsqlDbType.Text),
            Sql.Of(window.Campaign, NpgsqlDbType.Text),
            Sql.Of(window.From.UtcDateTime, NpgsqlDbType.TimestampTz),
            Sql.Of(window.To.UtcDateTime, NpgsqlDbType.TimestampTz));
        await using var row = await command.ExecuteReaderAsync(ct);
        var found = new List<Found>();
        while (await row.ReadAsync(ct))
        {
            var (sources, ids) = (row.GetFieldValue<string[]>(1), row.GetFieldValue<string[]>(2));
            found.Add(new(row.GetGuid(0), [.. sources.Zip(ids, (source, id) => new EngagementName(source, id))]));
        }

        return found;
    }

    /// <summary>Stores leads with what was found of them, behind what was known of them before.</summary>
    private static Retraction AddLeads(
        IDocumentSession session, Retraction retraction, IReadOnlyList<Found> found, IReadOnlyDictionary<Guid, RetractionLead> known)
    {
        var (leads, engagements) = (retraction.Leads, retraction.Engagements);
        foreach (var (leadId, names) in found)
        {
            engagements += names.Count;
            session.Store(known.TryGetValue(leadId, out var lead)
                ? lead with { Engagements = [.. lead.Engagements, .. names] }
                : new RetractionLead(RetractionLead.IdOf(retraction.Id, leadId), retraction.Id, leads++, leadId, names));
        }

        return retraction with { Leads = leads, Engagements = engagements };
    }

    private Task<Retraction?> ChangeAsync(RetractionKey key, Func<Retraction, Retraction?> change, CancellationToken ct) =>
        documents.ChangeAsync(key.TenantId, key.DocumentId, change, ct);

    private sealed record Found(Guid LeadId, IReadOnlyList<EngagementName> Engagements);
}
