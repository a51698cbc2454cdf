using System.Data;
using LeadScoring.Domain.Identities;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;
using LeadScoring.EventStore;
using LeadScoring.EventStore.Events;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Leads.Writing;

/// <summary>The two round trips of a round: load what decisions need, store what they made.</summary>
internal sealed class LeadRounds(NpgsqlDataSource dataSource, IEventStore store, EventTypes types, ScoringModel model)
{
    private static readonly string BeginSnapshot = SqlText.Load(typeof(LeadRounds), "begin_snapshot.sql");
    private static readonly string LoadKeyHolders = SqlText.Load(typeof(LeadRounds), "load_key_holders.sql");
    private static readonly string LoadLeads = SqlText.Load(typeof(LeadRounds), "load_leads.sql");
    private static readonly string LoadStoredEvents = SqlText.Load(typeof(LeadRounds), "load_stored_events.sql");
    private static readonly string EndSnapshot = SqlText.Load(typeof(LeadRounds), "end_snapshot.sql");

    /// <summary>
    /// Resolves identities, reads the leads concerned and finds which event ids exist, all as of one instant: one round trip.
    /// </summary>
    public async Task<LoadedLeads> LoadAsync(IReadOnlyList<Submission> submissions, CancellationToken ct)
    {
        var leads = new HashSet<StreamKey>();
        var identities = new HashSet<TenantIdentity>();
        var eventIds = new HashSet<Guid>();
        foreach (var submission in submissions)
        {
            switch (submission)
            {
                case CommandSubmission command:
                    leads.Add(new(command.TenantId, command.LeadId));
                    if (command.MayBeStored) eventIds.Add(command.EventId);
                    break;
                case EngagementSubmission engagement:
                    if (engagement.Posted.LeadId is { } id) leads.Add(new(engagement.TenantId, id));
                    foreach (var identity in engagement.Posted.Identities) identities.Add(new(engagement.TenantId, identity));
                    eventIds.Add(engagement.EventId);
                    break;
            }
        }

        var tenants = identities.Select(i => i.TenantId).ToArray();
        var kinds = identities.Select(i => LeadKeys.KindOf(i.Identity.Kind)).ToArray();
        var values = identities.Select(i => i.Identity.Value).ToArray();
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Sql.BatchCommand(BeginSnapshot));
        batch.BatchCommands.Add(Sql.BatchCommand(
            LoadKeyHolders,
            Sql.Many(tenants, NpgsqlDbType.Text), Sql.Many(kinds, NpgsqlDbType.Text), Sql.Many(values, NpgsqlDbType.Text)));
        batch.BatchCommands.Add(Sql.BatchCommand(
            LoadLeads,
            Sql.Many(leads.Select(l => l.TenantId).ToArray(), NpgsqlDbType.Text),
            Sql.Many(leads.Select(l => l.StreamId).ToArray(), NpgsqlDbType.Uuid),
            Sql.Many(tenants, NpgsqlDbType.Text), Sql.Many(kinds, NpgsqlDbType.Text), Sql.Many(values, NpgsqlDbType.Text)));
        batch.BatchCommands.Add(Sql.BatchCommand(
            LoadStoredEvents, Sql.Many(eventIds.ToArray(), NpgsqlDbType.Uuid)));
        batch.BatchCommands.Add(Sql.BatchCommand(EndSnapshot));

        await using var reader = await batch.ExecuteReaderAsync(ct);
        var holders = await ReadHoldersAsync(reader, ct);
        await reader.NextResultAsync(ct);
        var rows = await ReadLeadsAsync(reader, ct);
        await reader.NextResultAsync(ct);
        return new(holders, rows, await ReadStoredEventsAsync(reader, ct));
    }

    /// <summary>Stores the drafts that have events, rows included, in one transaction: one round trip.</summary>
    /// <returns>One outcome per draft, in order.</returns>
    public async Task<AppendResult[]> StoreAsync(
        IReadOnlyList<LeadDraft> drafts, DateTimeOffset now, CancellationToken ct)
    {
        var units = new Dictionary<LeadDraft, int>();
        var appends = new StreamAppend[drafts.Count];
        var rows = new LeadColumns[drafts.Count];
        var lastEventIds = new Guid?[drafts.Count];
        for (var i = 0; i < drafts.Count; i++)
        {
            var draft = drafts[i];
            units.TryAdd(draft.Unit, i);
            appends[i] = new(
                draft.Stream, LeadKeys.StreamType, draft.StoredVersion, draft.Events, draft.Claims, now, units[draft.Unit]);
            rows[i] = LeadColumns.Of(draft.Row, model, now);
            lastEventIds[i] = draft.Events[^1].Id;
        }

        return await store.AppendAsync(appends, [LeadUpsert.Of(rows, lastEventIds)], ct);
    }

    private static async Task<Dictionary<TenantIdentity, Guid>> ReadHoldersAsync(NpgsqlDataReader reader, CancellationToken ct)
    {
        var holders = new Dictionary<TenantIdentity, Guid>();
        while (await reader.ReadAsync(ct))
        {
            var identity = new Identity(LeadKeys.KindOf(reader.GetString(1)), reader.GetString(2));
            holders.Add(new(reader.GetString(0), identity), reader.GetGuid(3));
        }

        return holders;
    }

    private static async Task<Dictionary<StreamKey, LoadedLead>> ReadLeadsAsync(NpgsqlDataReader reader, CancellationToken ct)
    {
        var leads = new Dictionary<StreamKey, LoadedLead>();
        while (await reader.ReadAsync(ct))
        {
            var stream = new StreamKey(reader.GetString(0), reader.GetGuid(1));
            var version = reader.GetInt64(2);
            var isCurrent = !await reader.IsDBNullAsync(4, ct) && reader.GetInt64(4) == version;
            var row = isCurrent
                ? new LeadRow(
                    stream.TenantId,
                    LeadState.Read(reader.GetFieldValue<byte[]>(6)),
                    reader.GetFieldValue<DateTimeOffset>(5))
                : null;
            leads.Add(stream, new(row, version, reader.GetBoolean(3)));
        }

        return leads;
    }

    private async Task<Dictionary<Guid, StoredEvent>> ReadStoredEventsAsync(NpgsqlDataReader reader, CancellationToken ct)
    {
        var stored = new Dictionary<Guid, StoredEvent>();
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
            stored.Add(recorded.Id, new(recorded.Stream, types.Read(recorded) as EngagementRecorded));
        }

        return stored;
    }
}
