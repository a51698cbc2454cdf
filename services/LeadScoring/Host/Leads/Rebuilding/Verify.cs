using System.Data;
using LeadScoring.Domain.Scoring;
using LeadScoring.EventStore;
using LeadScoring.EventStore.Events;
using LeadScoring.EventStore.Reading;
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
/// Folds every stream again and compares: the stream's versions, the lead's row, its keys. Reads only. What is said to differ
/// was seen as of one instant, so a running service makes no differences.
/// </summary>
/// <remarks>
/// All leads are folded while the log passes by and compared with the table as it is; only those that look different, which a
/// writer may have caused, are looked at again with their streams.
/// </remarks>
public sealed class Verify(
    NpgsqlDataSource dataSource, LeadStreams streams, TenantModels models, RebuildBounds? bounds = null, TimeProvider? time = null)
{
    public const int DifferencesShownMax = 1_000;

    private static readonly string ReadPageRows = SqlText.Load(typeof(Verify), "read_page_rows.sql");
    private static readonly string ReadPageClaims = SqlText.Load(typeof(Verify), "read_page_claims.sql");
    private static readonly string ReadHeads = SqlText.Load(typeof(Verify), "read_heads.sql");
    private static readonly string ShardRows = SqlText.Load(typeof(Verify), "shard_rows.sql");
    private static readonly string ShareLead = SqlText.Load(typeof(Verify), "share_lead.sql");

    private readonly TimeProvider clock = time ?? TimeProvider.System;

    public async Task<VerifyResult> RunAsync(StreamScope scope, WorkProgress progress, CancellationToken ct)
    {
        var leads = await scope.CountAsync(dataSource, ct);
        progress.Expect(leads);
        var found = new Findings();
        await foreach (var orphans in Orphans.LeadsAsync(dataSource, scope, ct))
        {
            foreach (var lead in orphans) found.Add(lead, "the row has no stream");
        }

        await foreach (var orphans in Orphans.ClaimsAsync(dataSource, scope, ct))
        {
            foreach (var claim in orphans) found.Add(claim.Stream, $"holds a key of kind {claim.Key.Kind} and has no stream");
        }

        if (scope == StreamScope.All) await RunAllAsync(leads, found, progress, ct);
        else await RunPagesAsync(scope, found, progress, ct);
        return new(progress.Leads, progress.Events, found.Count, found.Shown);
    }

    private async Task RunPagesAsync(StreamScope scope, Findings found, WorkProgress progress, CancellationToken ct)
    {
        using var pages = new StreamPages(scope);
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await Task.WhenAll(Enumerable.Range(0, RebuildBounds.WorkersMax).Select(_ => WorkAsync(pages, found, progress, failed)));
    }

    private async Task WorkAsync(StreamPages pages, Findings found, WorkProgress progress, CancellationTokenSource failed)
    {
        try
        {
            await using var connection = await dataSource.OpenConnectionAsync(failed.Token);
            while (await RunPageAsync(connection, () => pages.NextAsync(connection, failed.Token), found, failed.Token) is { Leads: > 0 } page)
            {
                progress.Add(page.Leads, page.Events);
            }
        }
        catch
        {
            await failed.CancelAsync();
            throw;
        }
    }

    private Task RunAllAsync(long leads, Findings found, WorkProgress progress, CancellationToken ct)
    {
        var log = new LogScan(dataSource);
        return LeadShard.RunAsync(
            LeadShard.Split(leads, bounds ?? new()),
            async (shard, token) =>
            {
                await using var connection = await dataSource.OpenConnectionAsync(token);
                var end = await log.FindEndAsync(token);
                progress.ExpectEvents(end);
                var suspects = await SuspectsAsync(connection, shard, end, progress, token);
                foreach (var some in suspects.Keys.Chunk(StreamPages.StreamsMax))
                {
                    await RunPageAsync(connection, () => ReadHeadsAsync(connection, some, token), found, token);
                }

                progress.Add(suspects.Folded, events: 0);
            },
            ct);
    }

    /// <summary>The leads of a shard about which the log up to an end does not say what is stored.</summary>
    private async Task<(HashSet<StreamKey> Keys, int Folded)> SuspectsAsync(
        NpgsqlConnection connection, LeadShard shard, long end, WorkProgress progress, CancellationToken ct)
    {
        var suspects = new HashSet<StreamKey>();
        var leads = await new ShardFold(streams, models).RunAsync(connection, shard, end, progress, unreadable => suspects.Add(unreadable), ct);
        await ShardFold.NoteClaimsAsync(connection, shard, leads, strange => suspects.Add(strange), ct);
        var unseen = leads.Keys.ToHashSet();
        await using (var command = new NpgsqlCommand(ShardRows, connection))
        {
            command.Parameters.AddAll(shard.Parameters);
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
            {
                var row = await ReadRowAsync(reader, ct);
                var stream = new StreamKey(row.TenantId, row.Id);
                if (!leads.TryGetValue(stream, out var lead)) continue;
                unseen.Remove(stream);
                if (!IsTold(stream, lead, row)) suspects.Add(stream);
            }
        }

        suspects.UnionWith(unseen);
        suspects.UnionWith(leads.Where(l => l.Value.Unheld().Any()).Select(l => l.Key));
        return (suspects, leads.Count);
    }

    private static bool IsTold(StreamKey stream, FoldedLead lead, LeadColumns row) =>
        lead.IsTold && lead.Version > 0
        && !LeadComparison.Differences(
            LeadColumns.Of(new(stream.TenantId, lead.Lead, lead.UpdatedAt), lead.Model, row.ScoreAsOf), row).Any();

    private static async Task<IReadOnlyList<StreamHead>> ReadHeadsAsync(
        NpgsqlConnection connection, IReadOnlyCollection<StreamKey> keys, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(ReadHeads, connection);
        command.Parameters.AddAll([.. StreamPages.KeysOf(keys), Sql.Of(LeadKeys.StreamType, NpgsqlDbType.Text)]);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var heads = new List<StreamHead>(keys.Count);
        while (await reader.ReadAsync(ct)) heads.Add(new(new(reader.GetString(0), reader.GetGuid(1)), reader.GetInt64(2)));
        return heads;
    }

    /// <param name="next">Reads the streams to check, as of the page's instant.</param>
    private async Task<(int Leads, long Events)> RunPageAsync(
        NpgsqlConnection connection, Func<Task<IReadOnlyList<StreamHead>>> next, Findings found, CancellationToken ct)
    {
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, ct);

        await models.FreshenAsync(ct); // What holds by now, so that no row can be scored under a model that is not known.

        // Before the instant is fixed: a rebuild that put another table in its place later would show one without its last rows.
        await using (var sharing = new NpgsqlCommand(ShareLead, connection, transaction)) await sharing.ExecuteNonQueryAsync(ct);
        var page = await next();
        if (page.Count == 0) return (0, 0);
        var keys = page.Select(head => head.Stream).ToList();
        var recorded = await StreamPages.ReadAsync(connection, keys, ct);
        var rows = await ReadRowsAsync(connection, keys, ct);
        var claims = await ReadClaimsAsync(connection, keys, ct);
        var waiting = await WaitingAsync(connection, keys.Select(k => k.TenantId).Distinct(), ct);
        await transaction.CommitAsync(ct);

        foreach (var head in page)
        {
            var events = recorded.GetValueOrDefault(head.Stream) ?? [];
            Check(head, events, rows.GetValueOrDefault(head.Stream), claims[head.Stream].ToHashSet(), waiting.Contains(head.Stream.TenantId), found);
        }

        return (page.Count, recorded.Values.Sum(events => (long)events.Count));
    }

    /// <summary>The tenants whose leads wait to be scored under a model that has begun to hold, as of the page's instant.</summary>
    private async Task<HashSet<string>> WaitingAsync(NpgsqlConnection connection, IEnumerable<string> tenants, CancellationToken ct)
    {
        var waiting = new HashSet<string>();
        foreach (var tenantId in tenants)
        {
            if (HeldModel.Now(models, tenantId, clock) is { } held && !await Rescorings.IsFinishedAsync(connection, held, ct)) waiting.Add(tenantId);
        }

        return waiting;
    }

    /// <param name="isWaiting">A row may be scored under another model than the one that holds.</param>
    private void Check(
        StreamHead head, List<RecordedEvent> events, LeadColumns? row, HashSet<LeadClaim> held, bool isWaiting, Findings found)
    {
        CheckVersions(head, events, found);
        if (events.Count == 0)
        {
            if (row is not null) found.Add(head.Stream, "the row has no event");
            return;
        }

        LeadStory story;
        try
        {
            story = new(head.Stream, [.. events.Select(streams.Read)]);
        }
        catch (UnreadableEventException e)
        {
            found.Add(head.Stream, e.Message);
            return;
        }

        if (row is null) found.Add(head.Stream, "the row is missing");
        else
        {
            // A row that waits to be scored under a new model is right under the one before.
            var active = models.Of(head.Stream.TenantId).At(clock.GetUtcNow());
            var model = (isWaiting ? models.Of(head.Stream.TenantId).WithId(row.ModelId) : null) ?? active;
            foreach (var difference in LeadComparison.Differences(LeadColumns.Of(story.Row(model), model, row.ScoreAsOf), row))
            {
                found.Add(head.Stream, difference);
            }
        }

        var vouchedFor = LeadClaim.VouchedFor(story).ToHashSet();
        foreach (var claim in vouchedFor.Except(held)) found.Add(head.Stream, $"does not hold its key of kind {claim.Key.Kind}");
        foreach (var claim in held.Except(vouchedFor))
        {
            found.Add(head.Stream, $"holds a key of kind {claim.Key.Kind} that none of its events speaks of");
        }
    }

    private static void CheckVersions(StreamHead head, List<RecordedEvent> events, Findings found)
    {
        for (var i = 0; i < events.Count; i++)
        {
            if (events[i].Version == i + 1) continue;
            found.Add(head.Stream, $"event {i + 1} of the stream has version {events[i].Version}");
            break;
        }

        var last = events.Count == 0 ? 0 : events[^1].Version;
        if (last != head.Version) found.Add(head.Stream, $"the stream's version is {head.Version}, its last event's {last}");
    }

    private static async Task<Dictionary<StreamKey, LeadColumns>> ReadRowsAsync(
        NpgsqlConnection connection, IReadOnlyList<StreamKey> page, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(ReadPageRows, connection);
        command.Parameters.AddAll(StreamPages.KeysOf(page));
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new Dictionary<StreamKey, LeadColumns>(page.Count);
        while (await reader.ReadAsync(ct))
        {
            var row = await ReadRowAsync(reader, ct);
            rows.Add(new(row.TenantId, row.Id), row);
        }

        return rows;
    }

    private static async Task<LeadColumns> ReadRowAsync(NpgsqlDataReader reader, CancellationToken ct) => new(
        TenantId: reader.GetString(0),
        Id: reader.GetGuid(1),
        Version: reader.GetInt64(2),
        Stage: reader.GetString(3),
        Grade: reader.GetString(4),
        Score: reader.GetDouble(5),
        ScoreAsOf: reader.GetFieldValue<DateTimeOffset>(6),
        RefreshDueAt: reader.GetFieldValue<DateTimeOffset?>(7),
        ModelId: reader.GetString(8),
        Owner: await reader.IsDBNullAsync(9, ct) ? null : reader.GetString(9),
        Sources: reader.GetFieldValue<string[]>(10),
        Campaigns: reader.GetFieldValue<string[]>(11),
        LastEngagedAt: reader.GetFieldValue<DateTimeOffset>(12),
        UpdatedAt: reader.GetFieldValue<DateTimeOffset>(13),
        TimerDueAt: reader.GetFieldValue<DateTimeOffset?>(14),
        HeldFor: reader.GetFieldValue<int?>(15),
        State: reader.GetFieldValue<byte[]>(16));

    private static async Task<ILookup<StreamKey, LeadClaim>> ReadClaimsAsync(
        NpgsqlConnection connection, IReadOnlyList<StreamKey> page, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(ReadPageClaims, connection);
        command.Parameters.AddAll(StreamPages.KeysOf(page));
        await using var reader = await command.ExecuteReaderAsync(ct);
        var claims = new List<LeadClaim>();
        while (await reader.ReadAsync(ct))
        {
            claims.Add(new(new(reader.GetString(0), reader.GetGuid(1)), new(reader.GetString(2), reader.GetString(3))));
        }

        return claims.ToLookup(c => c.Stream);
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
