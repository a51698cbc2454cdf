using System.Data;
using System.Text.Json;
using LeadScoring.Host.Events;
using LeadScoring.Host.Scoring.Activation;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Leads.Rebuilding;

/// <summary>Something the log and what is made from it do not agree on.</summary>
/// <param name="What">One clause; no personal data.</param>
public sealed record Difference(StreamKey Lead, string What)
{
    public override string ToString() => $"{Lead.TenantId}/{Lead.StreamId}: {What}";
}

/// <param name="Shown">The first <see cref="Verify.DifferencesShownMax"/> of them.</param>
public sealed record VerifyResult(long Leads, long Events, long Differences, IReadOnlyList<Difference> Shown);

/// <summary>
/// Folds every stream again and compares: the stream's versions, the lead's document, its identities. Reads only. A page is read as of one
/// instant, so a running service makes no differences.
/// </summary>
public sealed class Verify(NpgsqlDataSource dataSource, LeadStreams streams, TenantModels models, TimeProvider? time = null)
{
    public const int DifferencesShownMax = 1_000;

    private readonly TimeProvider clock = time ?? TimeProvider.System;

    public async Task<VerifyResult> RunAsync(LeadScope scope, WorkProgress progress, CancellationToken ct)
    {
        var found = new Findings();
        await FindOrphansAsync(scope, found, ct);
        using var pages = new LeadPages(scope);
        await pages.RunAsync(dataSource, progress, (connection, page, token) => RunPageAsync(connection, page, found, token), ct);
        return new(progress.Leads, progress.Events, found.Count, found.Shown);
    }

    private async Task FindOrphansAsync(LeadScope scope, Findings found, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(
            """
            select l.tenant_id, l.id, null
            from mt_doc_lead l
            where ($1::text is null or l.tenant_id = $1) and ($2::uuid is null or l.id = $2)
              and not exists (select from mt_streams s where s.tenant_id = l.tenant_id and s.id = l.id and s.type = $3 and s.version > 0)
            union all
            select k.tenant_id, k.lead_id, split_part(k.id, ':', 1)
            from mt_doc_lead_identity k
            where ($1::text is null or k.tenant_id = $1) and ($2::uuid is null or k.lead_id = $2)
              and not exists (select from mt_streams s where s.tenant_id = k.tenant_id and s.id = k.lead_id and s.type = $3 and s.version > 0)
            """);
        command.Parameters.AddAll(scope.Parameters);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var kind = await reader.IsDBNullAsync(2, ct) ? null : reader.GetString(2);
            found.Add(new(reader.GetString(0), reader.GetGuid(1)), kind is null ? "the document has no stream" : $"holds an identity of kind {kind} and has no stream");
        }
    }

    private async Task<long> RunPageAsync(NpgsqlConnection connection, IReadOnlyList<StreamHead> page, Findings found, CancellationToken ct)
    {
        await models.FreshenAsync(ct); // What holds by now, so that no document can be scored under a model that is not known.
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, ct);
        StreamKey[] keys = [.. page.Select(head => head.Stream)];
        var heads = await HeadsAsync(connection, keys, ct);
        var recorded = await LeadPages.ReadAsync(connection, keys, ct);
        var documents = await DocumentsAsync(connection, keys, found, ct);
        var identities = await IdentitiesAsync(connection, keys, ct);
        var waiting = await WaitingAsync(connection, keys.Select(k => k.TenantId).Distinct(), ct);
        await transaction.CommitAsync(ct);
        foreach (var (stream, version) in heads)
        {
            var events = recorded.GetValueOrDefault(stream) ?? [];
            CheckVersions(stream, version, events, found);
            Check(stream, events, documents.GetValueOrDefault(stream), identities[stream].ToHashSet(), waiting.Contains(stream.TenantId), found);
        }

        return recorded.Values.Sum(events => (long)events.Count);
    }

    /// <summary>The tenants whose leads wait to be scored under a model that has begun to hold, as of the page's instant.</summary>
    private async Task<HashSet<string>> WaitingAsync(NpgsqlConnection connection, IEnumerable<string> tenants, CancellationToken ct)
    {
        var waiting = new HashSet<string>();
        foreach (var tenantId in tenants)
        {
            if (ActiveModel.Now(models, tenantId, clock) is { } held && !await Rescorings.IsFinishedAsync(connection, held, ct)) waiting.Add(tenantId);
        }

        return waiting;
    }

    /// <param name="isWaiting">A document may be scored under another model than the one that holds.</param>
    private void Check(StreamKey stream, List<RecordedEvent> events, LeadDocument? document, HashSet<string> held, bool isWaiting, Findings found)
    {
        if (events.Count == 0)
        {
            if (document is not null) found.Add(stream, "the document has no event");
            return;
        }

        LeadStory story;
        try
        {
            story = new(stream, [.. events.Select(streams.Read)]);
        }
        catch (UnreadableEventException e)
        {
            found.Add(stream, e.Message);
            return;
        }

        if (document is null) found.Add(stream, "the document is missing");
        else
        {
            // A document that waits to be scored under a new model is right under the one before.
            var active = models.Of(stream.TenantId).At(clock.GetUtcNow());
            var model = (isWaiting ? models.Of(stream.TenantId).WithId(document.ModelId) : null) ?? active;
            var told = story.Document(model);
            foreach (var difference in LeadComparison.Differences(LeadDocument.Of(stream.TenantId, told.Lead, told.UpdatedAt, model, document.ScoreAsOf), document))
            {
                found.Add(stream, difference);
            }
        }

        var spokenOf = Rebuild.IdentitiesIn(story).Select(LeadIdentity.IdOf).ToHashSet();
        foreach (var id in spokenOf.Except(held)) found.Add(stream, $"does not hold its identity of kind {KindOf(id)}");
        foreach (var id in held.Except(spokenOf)) found.Add(stream, $"holds an identity of kind {KindOf(id)} that none of its events speaks of");
    }

    private static string KindOf(string id) => id[..id.IndexOf(':', StringComparison.Ordinal)];

    private static void CheckVersions(StreamKey stream, long version, List<RecordedEvent> events, Findings found)
    {
        for (var i = 0; i < events.Count; i++)
        {
            if (events[i].Version == i + 1) continue;
            found.Add(stream, $"event {i + 1} of the stream has version {events[i].Version}");
            break;
        }

        var last = events.Count == 0 ? 0 : events[^1].Version;
        if (last != version) found.Add(stream, $"the stream's version is {version}, its last event's {last}");
    }

    private static async Task<List<StreamHead>> HeadsAsync(NpgsqlConnection connection, StreamKey[] page, CancellationToken ct)
    {
        var heads = new List<StreamHead>(page.Length);
        await ReadAsync(
            connection,
            "select s.tenant_id, s.id, s.version from unnest($1, $2) as p (tenant_id, id) join mt_streams s on s.tenant_id = p.tenant_id and s.id = p.id",
            page,
            row => heads.Add(new(new(row.GetString(0), row.GetGuid(1)), row.GetInt64(2))),
            ct);
        return heads;
    }

    private static async Task<Dictionary<StreamKey, LeadDocument>> DocumentsAsync(
        NpgsqlConnection connection, StreamKey[] page, Findings found, CancellationToken ct)
    {
        var documents = new Dictionary<StreamKey, LeadDocument>(page.Length);
        await ReadAsync(
            connection,
            """
            select l.tenant_id, l.id, l.data, l.mt_version, l.stage, l.grade, l.score, l.model_id, l.owner, l.held_for, l.last_engaged_at,
              l.updated_at, l.refresh_due_at, l.timer_due_at
            from unnest($1, $2) as p (tenant_id, id)
            join mt_doc_lead l on l.tenant_id = p.tenant_id and l.id = p.id
            """,
            page,
            row =>
            {
                var stream = new StreamKey(row.GetString(0), row.GetGuid(1));
                try
                {
                    var document = LeadDocument.Read(stream.TenantId, row.GetFieldValue<byte[]>(2));
                    documents.Add(stream, document);
                    foreach (var column in LeadDocuments.Misleading(document, row)) found.Add(stream, $"the column {column} says something else than the document");
                }
                catch (JsonException)
                {
                    found.Add(stream, "the document cannot be read");
                }
            },
            ct);
        return documents;
    }

    private static async Task<ILookup<StreamKey, string>> IdentitiesAsync(NpgsqlConnection connection, StreamKey[] page, CancellationToken ct)
    {
        var identities = new List<(StreamKey Lead, string Id)>();
        await ReadAsync(
            connection,
            """
            select k.tenant_id, k.lead_id, k.id
            from unnest($1, $2) as p (tenant_id, lead_id)
            join mt_doc_lead_identity k on k.tenant_id = p.tenant_id and k.lead_id = p.lead_id
            """,
            page,
            row => identities.Add((new(row.GetString(0), row.GetGuid(1)), row.GetString(2))),
            ct);
        return identities.ToLookup(i => i.Lead, i => i.Id);
    }

    private static async Task ReadAsync(NpgsqlConnection connection, string sql, StreamKey[] page, Action<NpgsqlDataReader> read, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddAll(LeadPages.KeysOf(page));
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) read(reader);
    }

    private sealed class Findings
    {
        private readonly Lock _lock = new();
        private readonly List<Difference> _shown = [];

        public long Count { get; private set; }

        public IReadOnlyList<Difference> Shown => _shown;

        public void Add(StreamKey lead, string what)
        {
            lock (_lock)
            {
                Count++;
                if (_shown.Count < DifferencesShownMax) _shown.Add(new(lead, what));
            }
        }
    }
}
