using System.Text.Json;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Qualification;
using LeadScoring.Host.Events;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Leads.Rebuilding;
using LeadScoring.Host.Leads.Writing;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Scoring.Activation;

/// <summary>
/// Scores leads under the model that holds, a page at a time. Rows are rewritten only as they were found, so that a writer is never
/// undone; a lead that crosses by the model decides that itself, in the writer. A page can be done twice.
/// </summary>
public sealed class LeadRescoring(
    NpgsqlDataSource dataSource, Rescorings rescorings, LeadWriter writer, LeadStreams streams, TenantModels models, TimeProvider clock, ILogger<LeadRescoring> logger)
{
    /// <summary>Leads of one page, which is one transaction.</summary>
    public const int PageLeadsMax = 200;

    private const int StatusUnavailable = 503;

    private static readonly string ReadRescoringPage = SqlText.Load(typeof(LeadRescoring), "read_rescoring_page.sql");

    private long _lastNumber;
    private long _ownEvents;

    /// <summary>Events stored so far by anybody but this pass: what it gives way to.</summary>
    public long EventsOfOthers => Volatile.Read(ref _lastNumber) - Volatile.Read(ref _ownEvents);

    /// <summary>Looks at the leads after the cursor and moves it.</summary>
    /// <returns>How many there were: fewer than <see cref="PageLeadsMax"/> at the end. Null: the page could not be done now, or another moved the cursor.</returns>
    public async Task<int?> RunPageAsync(ActiveModel held, Rescoring state, CancellationToken ct)
    {
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        var page = await ReadAsync(connection, held, state, ct);
        if (page.Count == 0) return 0;

        var now = clock.GetUtcNow();
        var looks = await LookAsync(connection, held, [.. page.Where(r => r.State is not null)], now, ct);
        if (await CrossAsync(held, [.. looks.Where(l => l.HasCrossed)], ct) is not { } crossed) return null;
        LeadDocument[] rows =
        [
            .. looks.Where(l => l is { Found.IsStale: true, Lead: not null } && !crossed.Contains(l.Found.Id))
                .Select(l => LeadDocument.Of(held.TenantId, l.Lead!, l.Found.UpdatedAt, held.Model, now)),
        ];
        var done = new RescoredPage(
            page[^1].Id,
            page.Count,
            looks.Count(l => l is { Found.IsStale: true, Lead: not null }),
            page.Count(r => r.HeldFor == held.Model.Version && !crossed.Contains(r.Id)) + crossed.Count,
            looks.Count(l => l is { Found.IsStale: true, Lead: null }));
        return await rescorings.AdvanceAsync(state, done, rows.Length > 0 ? LeadDocuments.Rewriting(rows) : null, ct) ? page.Count : null;
    }

    private async Task<List<FoundLead>> ReadAsync(NpgsqlConnection connection, ActiveModel held, Rescoring state, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(ReadRescoringPage, connection);
        command.Parameters.AddAll(
            Sql.Of(held.TenantId, NpgsqlDbType.Text),
            Sql.Of(state.AfterId, NpgsqlDbType.Uuid),
            Sql.Of(PageLeadsMax, NpgsqlDbType.Integer),
            Sql.Of(held.Model.Id, NpgsqlDbType.Text),
            Sql.Of(LeadDocument.WholeMicroseconds(held.From), NpgsqlDbType.TimestampTz));
        await using var rows = await command.ExecuteReaderAsync(ct);
        var page = new List<FoundLead>(PageLeadsMax);
        while (await rows.ReadAsync(ct))
        {
            page.Add(new(
                rows.GetGuid(0), rows.GetInt64(1), rows.GetFieldValue<DateTimeOffset>(2), rows.GetFieldValue<int?>(3),
                await rows.IsDBNullAsync(4, ct) ? null : rows.GetFieldValue<byte[]>(4), rows.GetBoolean(5)));
            Volatile.Write(ref _lastNumber, rows.GetInt64(6));
        }

        return page;
    }

    /// <summary>From what the rows say where that is enough, from the streams of the others.</summary>
    private async Task<List<LookedAt>> LookAsync(
        NpgsqlConnection connection, ActiveModel held, List<FoundLead> page, DateTimeOffset now, CancellationToken ct)
    {
        var looks = new List<LookedAt>(page.Count);
        var unsure = new Dictionary<StreamKey, FoundLead>();
        foreach (var found in page)
        {
            if (Look(held, found, now) is { } look) looks.Add(look);
            else unsure.Add(new(held.TenantId, found.Id), found);
        }

        if (unsure.Count == 0) return looks;
        var recorded = await LeadPages.ReadAsync(connection, [.. unsure.Keys], ct);
        foreach (var (stream, found) in unsure) looks.Add(Look(held, found, recorded.GetValueOrDefault(stream) ?? [], now));
        return looks;
    }

    /// <returns>Null: only its stream can tell.</returns>
    private LookedAt? Look(ActiveModel held, FoundLead found, DateTimeOffset now)
    {
        try
        {
            var lead = LeadDocument.Read(held.TenantId, found.State).Lead;
            var facts = FactsOf(held, found, now);
            if (lead.Under(held.Model, facts.Models, history: null) is not { } rescored) return null;
            return ModelCrossings.Look(lead, facts, history: null) is { } crossings ? new(found, rescored, crossings.Count > 0) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private LookedAt Look(ActiveModel held, FoundLead found, List<RecordedEvent> recorded, DateTimeOffset now)
    {
        try
        {
            // Events after the row's are those of a writer who has scored the lead by now.
            var story = new LeadStory(new(held.TenantId, found.Id), [.. recorded.Where(e => e.Version <= found.Version).Select(streams.Read)]);
            if (story.Events.Count == 0) throw new InvalidOperationException("The stream holds no event.");
            var lead = story.Document(held.Model).Lead;
            return new(found, lead, ModelCrossings.Look(lead, FactsOf(held, found, now), story.History) is { Count: > 0 });
        }
        catch (Exception e) when (e is UnreadableEventException or InvalidOperationException)
        {
            logger.LogError(e, "Lead {LeadId} cannot be scored under model {ModelId}", found.Id, held.Model.Id);
            return new(found, Lead: null, HasCrossed: false);
        }
    }

    private Facts FactsOf(ActiveModel held, FoundLead found, DateTimeOffset now) =>
        new(now, held.Model) { Models = models.Of(held.TenantId), StoredAt = found.UpdatedAt };

    /// <returns>The leads that have crossed, by now stored; null: the writer takes nothing now.</returns>
    private async Task<HashSet<Guid>?> CrossAsync(ActiveModel held, List<LookedAt> leads, CancellationToken ct)
    {
        var outcomes = await Task.WhenAll(leads.Select(l => writer.SubmitAsync(
            held.TenantId, l.Found.Id, new AdoptModel(), expectedVersion: null, EventMetadata.None, ct)));
        Interlocked.Add(ref _ownEvents, outcomes.Count(o => o.Changed));
        var crossed = new HashSet<Guid>();
        for (var i = 0; i < outcomes.Length; i++)
        {
            var outcome = outcomes[i];
            if (outcome.Refusal is { Status: StatusUnavailable }) return null;
            if (outcome.Lead is { Lead.Hold: not null }) crossed.Add(leads[i].Found.Id);
            else if (outcome.Refusal is { } refusal) logger.LogWarning("Lead {LeadId} cannot be held ({Code})", leads[i].Found.Id, refusal.Code);
        }

        return crossed;
    }

    /// <param name="State">Null: there is nothing to do for it.</param>
    /// <param name="IsStale">Its row is scored under another model.</param>
    private sealed record FoundLead(Guid Id, long Version, DateTimeOffset UpdatedAt, int? HeldFor, byte[]? State, bool IsStale);

    /// <param name="Lead">Under the model that holds; null: it cannot be read.</param>
    private sealed record LookedAt(FoundLead Found, Lead? Lead, bool HasCrossed);
}
