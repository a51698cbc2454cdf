using System.Data;
using LeadScoring.Domain.Identities;
using LeadScoring.Domain.Leads;
using LeadScoring.EventStore;
using LeadScoring.EventStore.Events;
using LeadScoring.Host.Leads.Caching;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Leads.Writing;

/// <summary>The two round trips of a round: load what decisions need and is not remembered, store what they made.</summary>
internal sealed class LeadRounds(NpgsqlDataSource dataSource, IEventStore store, EventTypes types, TenantModels models, LeadCache cache)
{
    private static readonly string BeginSnapshot = SqlText.Load(typeof(LeadRounds), "begin_snapshot.sql");
    private static readonly string LoadKeyHolders = SqlText.Load(typeof(LeadRounds), "load_key_holders.sql");
    private static readonly string LoadLeads = SqlText.Load(typeof(LeadRounds), "load_leads.sql");
    private static readonly string LoadStoredEvents = SqlText.Load(typeof(LeadRounds), "load_stored_events.sql");
    private static readonly string EndSnapshot = SqlText.Load(typeof(LeadRounds), "end_snapshot.sql");

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
            foreach (var identity in submission.StatedIdentities) loaded.Holders.Remove(new(submission.TenantId, identity));
        }

        if (wanted.IsEmpty) return loaded;

        var (tenants, kinds, values) = wanted.Names();
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Sql.BatchCommand(BeginSnapshot));
        batch.BatchCommands.Add(Sql.BatchCommand(
            LoadKeyHolders,
            Sql.Many(tenants, NpgsqlDbType.Text), Sql.Many(kinds, NpgsqlDbType.Text), Sql.Many(values, NpgsqlDbType.Text)));
        batch.BatchCommands.Add(Sql.BatchCommand(
            LoadLeads,
            Sql.Many(wanted.Leads.Select(l => l.TenantId).ToArray(), NpgsqlDbType.Text),
            Sql.Many(wanted.Leads.Select(l => l.StreamId).ToArray(), NpgsqlDbType.Uuid),
            Sql.Many(tenants, NpgsqlDbType.Text), Sql.Many(kinds, NpgsqlDbType.Text), Sql.Many(values, NpgsqlDbType.Text)));
        batch.BatchCommands.Add(Sql.BatchCommand(
            LoadStoredEvents, Sql.Many(wanted.EventIds.ToArray(), NpgsqlDbType.Uuid)));
        batch.BatchCommands.Add(Sql.BatchCommand(EndSnapshot));

        await using var reader = await batch.ExecuteReaderAsync(ct);
        await ReadHoldersAsync(reader, loaded, ct);
        await reader.NextResultAsync(ct);
        var (guesses, wrong) = await ReadLeadsAsync(reader, loaded, ct);
        await reader.NextResultAsync(ct);
        await ReadStoredEventsAsync(reader, loaded, ct);
        if (!isWorthIt) _trust.Note(guesses, Math.Min(guesses, wrong + loaded.StoredEvents.Count));
        return loaded;
    }

    /// <summary>Stores the drafts that have events, rows included, in one transaction: one round trip.</summary>
    /// <returns>One outcome per draft, in order.</returns>
    public async Task<AppendResult[]> StoreAsync(
        IReadOnlyList<LeadDraft> drafts, DateTimeOffset now, CancellationToken ct)
    {
        var appends = new StreamAppend[drafts.Count];
        var rows = new LeadColumns[drafts.Count];
        Dictionary<LeadDraft, int>? units = null;
        for (var i = 0; i < drafts.Count; i++)
        {
            var draft = drafts[i];
            int? unit = null;
            if (draft.SharesUnit)
            {
                units ??= [];
                units.TryAdd(draft.Unit, i);
                unit = units[draft.Unit];
            }

            appends[i] = new(draft.Stream, LeadKeys.StreamType, draft.StoredVersion, draft.Events, draft.Claims, now, unit);
            rows[i] = LeadColumns.Of(draft.Row, models.Of(draft.Row), now);
        }

        var results = await store.AppendAsync(appends, [LeadUpsert.OfAppends(rows)], ct);
        Learn(drafts, rows, results);
        return results;
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
                || Recall(holder, loaded) is not { } row
                || !row.Lead.Identities.Contains(identities[i]))
            {
                return false;
            }

            loaded.Holders[new(submission.TenantId, identities[i])] = holder.StreamId;
        }

        return true;
    }

    private LeadRow? Recall(StreamKey stream, LoadedLeads loaded)
    {
        if (loaded.Leads.TryGetValue(stream, out var lead)) return lead.Row;
        if (cache.Find(stream) is not { } row) return null;
        loaded.Leads.Add(stream, new(row, row.Lead.Version, IsArchived: false, IsRemembered: true));
        return row;
    }

    private void Learn(IReadOnlyList<LeadDraft> drafts, LeadColumns[] rows, AppendResult[] results)
    {
        var (guesses, wrong) = (0, 0);
        for (var i = 0; i < results.Length; i++)
        {
            var isStored = results[i].Outcome == AppendOutcome.Appended;
            if (isStored) cache.PutWritten(drafts[i].Row, rows[i].State);
            else cache.Drop(drafts[i].Stream);
            if (!drafts[i].IsRemembered) continue;
            guesses++;
            if (!isStored) wrong++;
        }

        _trust.Note(guesses, wrong);
    }

    private static async Task ReadHoldersAsync(NpgsqlDataReader reader, LoadedLeads into, CancellationToken ct)
    {
        while (await reader.ReadAsync(ct))
        {
            var identity = new Identity(LeadKeys.KindOf(reader.GetString(1)), reader.GetString(2));
            into.Holders[new(reader.GetString(0), identity)] = reader.GetGuid(3);
        }
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

            LeadRow? row = null;
            if (!await reader.IsDBNullAsync(4, ct) && reader.GetInt64(4) == version)
            {
                var state = reader.GetFieldValue<byte[]>(6);
                row = new(stream.TenantId, LeadState.Read(state), reader.GetFieldValue<DateTimeOffset>(5));
                cache.PutLoaded(row, state);
            }

            into.Leads[stream] = new(row, version, reader.GetBoolean(3), IsRemembered: false);
        }

        return (guesses, wrong);
    }

    private async Task ReadStoredEventsAsync(NpgsqlDataReader reader, LoadedLeads into, CancellationToken ct)
    {
        while (await reader.ReadAsync(ct))
        {
            var recorded = new RecordedEvent(
                reader.GetInt64(0),
                reader.GetGuid(1),
                new(reader.GetString(2), reader.GetGuid(3)),
                reader.GetInt64(4),
                reader.GetString(5),
                reader.GetFieldValue<byte[]>(6),
                reader.GetFieldValue<DateTimeOffset>(7),
                EventMetadata.None);
            into.StoredEvents.Add(recorded.Id, new(recorded.Stream, types.Read(recorded) as EngagementRecorded, recorded.At));
        }
    }
}
