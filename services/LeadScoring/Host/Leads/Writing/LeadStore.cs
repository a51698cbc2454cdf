using System.Text.Json;
using LeadScoring.Domain.Identities;
using LeadScoring.Domain.Leads;
using LeadScoring.Host.Events;
using LeadScoring.Host.Leads.Caching;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.Host.Storage;
using Marten;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Leads.Writing;

/// <summary>What a round of the writer asks of the database: load what decisions need and is not remembered, store what they made.</summary>
internal sealed class LeadStore(
    NpgsqlDataSource dataSource, IDocumentStore store, EventTypes types, TenantModels models, LeadCache cache, WriterOptions options)
{
    private static readonly string BeginSnapshot = SqlText.Load(typeof(LeadStore), "begin_snapshot.sql");
    private static readonly string LoadIdentities = SqlText.Load(typeof(LeadStore), "load_identities.sql");
    private static readonly string LoadLeads = SqlText.Load(typeof(LeadStore), "load_leads.sql");
    private static readonly string LoadStoredEvents = SqlText.Load(typeof(LeadStore), "load_stored_events.sql");
    private static readonly string EndSnapshot = SqlText.Load(typeof(LeadStore), "end_snapshot.sql");

    private readonly CacheTrust _trust = new();

    /// <summary>
    /// What decisions need. An engagement of a lead that this instance remembers is decided on that: its append tells
    /// whether the lead has moved on, or the engagement is stored already. Everything else is resolved in one round trip:
    /// identities, leads, and which event ids exist, all as of one instant.
    /// </summary>
    public async Task<LoadedLeads> LoadAsync(IReadOnlyList<Submission> submissions, CancellationToken ct)
    {
        var loaded = new LoadedLeads([], [], []);
        var wanted = new WantedLeads();
        var isWorthIt = _trust.IsWorthIt;
        foreach (var submission in submissions)
        {
            if (isWorthIt && TryRecall(submission, loaded)) continue;
            wanted.Add(submission);

            // What the database does not find must not be made up for by what is remembered.
            foreach (var identity in submission.StatedIdentities) loaded.Holders.Remove(new(submission.TenantId, LeadIdentity.IdOf(identity)));
        }

        if (wanted.IsEmpty) return loaded;

        var tenants = Sql.Many([.. wanted.Identities.Select(i => i.TenantId)], NpgsqlDbType.Text);
        var identities = Sql.Many([.. wanted.Identities.Select(i => i.Id)], NpgsqlDbType.Text);
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Sql.BatchCommand(BeginSnapshot));
        batch.BatchCommands.Add(Sql.BatchCommand(LoadIdentities, tenants, identities));
        batch.BatchCommands.Add(Sql.BatchCommand(
            LoadLeads,
            Sql.Many(wanted.Leads.Select(l => l.TenantId).ToArray(), NpgsqlDbType.Text),
            Sql.Many(wanted.Leads.Select(l => l.StreamId).ToArray(), NpgsqlDbType.Uuid),
            tenants.Clone(),
            identities.Clone(),
            Sql.Of(LeadKeys.StreamType, NpgsqlDbType.Text)));
        batch.BatchCommands.Add(Sql.BatchCommand(LoadStoredEvents, Sql.Many(wanted.EventIds.ToArray(), NpgsqlDbType.Uuid)));
        batch.BatchCommands.Add(Sql.BatchCommand(EndSnapshot));

        await using var reader = await batch.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) loaded.Holders[new(reader.GetString(0), reader.GetString(1))] = reader.GetGuid(2);
        await reader.NextResultAsync(ct);
        var (guesses, wrong) = await ReadLeadsAsync(reader, loaded, ct);
        await reader.NextResultAsync(ct);
        await ReadStoredEventsAsync(reader, loaded, ct);
        if (!isWorthIt) _trust.Note(guesses, Math.Min(guesses, wrong + loaded.StoredEvents.Count));
        return loaded;
    }

    /// <summary>What is stored by one transaction each: all of a round, but for drafts that name each other, which are stored together or not at all.</summary>
    public IEnumerable<IReadOnlyList<LeadDraft>> PartsOf(IReadOnlyList<LeadDraft> drafts)
    {
        if (options.Plain || !drafts.Any(d => d.SharesUnit)) return [drafts];
        return drafts.Where(d => d.SharesUnit).GroupBy(d => d.Unit).Select(unit => (IReadOnlyList<LeadDraft>)[.. unit]).Prepend([.. drafts.Where(d => !d.SharesUnit)]);
    }

    /// <summary>Stores events, identities and documents of a part, in one transaction; its outcome is the drafts' own, or all of them lose together.</summary>
    /// <returns>One outcome per draft, in order.</returns>
    public async Task<StoreOutcome[]> StoreAsync(IReadOnlyList<LeadDraft> part, DateTimeOffset now, CancellationToken ct)
    {
        if (part.Count == 0) return [];
        StoreOutcome[] outcomes;
        if (options.Plain || part[0].SharesUnit)
        {
            outcomes = new StoreOutcome[part.Count];
            Array.Fill(outcomes, await PlainAppends.StoreAsync(store, part, d => d.Document(models, now), ct));
        }
        else
        {
            outcomes = await StoreRoundAsync(part, now, ct);
        }

        Learn(part, outcomes, now);
        return outcomes;
    }

    private async Task<StoreOutcome[]> StoreRoundAsync(IReadOnlyList<LeadDraft> drafts, DateTimeOffset now, CancellationToken ct)
    {
        var documents = new LeadDocument[drafts.Count];
        for (var i = 0; i < documents.Length; i++) documents[i] = drafts[i].Document(models, now);
        var round = new StoreRound(drafts, documents);
        await using var session = store.LightweightSession();
        session.QueueOperation(round);
        await session.SaveChangesAsync(ct);

        for (var i = 0; i < documents.Length; i++)
        {
            if (round.Outcomes[i] == StoreOutcome.Stored) drafts[i].Stored = documents[i];
        }

        return round.Outcomes;
    }

    /// <summary>Whether the engagement's lead is known by each name that is stated; if so, it is as good as loaded.</summary>
    private bool TryRecall(Submission submission, LoadedLeads loaded)
    {
        // A command may be answered without being stored, and then nothing would tell that the lead has moved on.
        if (submission is not EngagementSubmission { MustLoad: false } engagement) return false;
        if (engagement.StatedLead is { } stream && Recall(stream, loaded) is null) return false;
        var identities = engagement.StatedIdentities;
        for (var i = 0; i < identities.Count; i++)
        {
            if (cache.HolderOf(submission.TenantId, identities[i]) is not { } holder
                || Recall(holder, loaded) is not { } known
                || !known.Lead.Identities.Contains(identities[i]))
            {
                return false;
            }

            loaded.Holders[new(submission.TenantId, LeadIdentity.IdOf(identities[i]))] = holder.StreamId;
        }

        return true;
    }

    private LeadDocument? Recall(StreamKey stream, LoadedLeads loaded)
    {
        if (loaded.Leads.TryGetValue(stream, out var lead)) return lead.Document;
        if (cache.Find(stream) is not { } document) return null;
        loaded.Leads.Add(stream, new(document, document.Version, IsArchived: false, IsRemembered: true));
        return document;
    }

    private void Learn(IReadOnlyList<LeadDraft> drafts, StoreOutcome[] outcomes, DateTimeOffset now)
    {
        var (guesses, wrong) = (0, 0);
        for (var i = 0; i < outcomes.Length; i++)
        {
            var isStored = outcomes[i] == StoreOutcome.Stored;
            if (isStored) cache.PutWritten(drafts[i].Stored ?? drafts[i].Document(models, now));
            else cache.Drop(drafts[i].Stream);
            if (!drafts[i].IsRemembered) continue;
            guesses++;
            if (!isStored) wrong++;
        }

        _trust.Note(guesses, wrong);
    }

    /// <returns>How many of the leads were remembered, and how many of these wrongly.</returns>
    private async Task<(int Guesses, int Wrong)> ReadLeadsAsync(NpgsqlDataReader reader, LoadedLeads into, CancellationToken ct)
    {
        var (guesses, wrong) = (0, 0);
        while (await reader.ReadAsync(ct))
        {
            var stream = new StreamKey(reader.GetString(0), reader.GetGuid(1));
            var version = reader.GetInt64(2);
            if (cache.VersionOf(stream) is { } remembered)
            {
                guesses++;
                if (remembered != version) wrong++;
            }

            LeadDocument? document = null;
            if (!await reader.IsDBNullAsync(4, ct) && reader.GetInt64(4) == version)
            {
                document = LeadDocument.TryRead(stream.TenantId, reader.GetFieldValue<byte[]>(5));
                if (document is not null) cache.PutLoaded(document);
            }

            into.Leads[stream] = new(document, version, reader.GetBoolean(3), IsRemembered: false);
        }

        return (guesses, wrong);
    }

    private async Task ReadStoredEventsAsync(NpgsqlDataReader reader, LoadedLeads into, CancellationToken ct)
    {
        while (await reader.ReadAsync(ct))
        {
            var recorded = RecordedEvent.Read(reader, new(reader.GetString(RecordedEvent.ColumnCount), reader.GetGuid(RecordedEvent.ColumnCount + 1)));
            into.StoredEvents.Add(recorded.Id, new(recorded.Stream, types.Read(recorded) as EngagementRecorded, recorded.At));
        }
    }
}
