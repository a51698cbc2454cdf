using System.Data;
using LeadScoring.Domain.Scoring;
using LeadScoring.EventStore;
using LeadScoring.EventStore.Events;
using LeadScoring.Host.Storage;
using Npgsql;

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
/// Folds every stream again and compares: the stream's versions, the lead's row, its keys. Reads only; a page is seen as
/// of one instant, so a running service makes no differences.
/// </summary>
public sealed class Verify(NpgsqlDataSource dataSource, LeadStreams streams, ScoringModel model)
{
    public const int DifferencesShownMax = 1_000;

    private static readonly string ReadPageRows = SqlText.Load(typeof(Verify), "read_page_rows.sql");
    private static readonly string ReadPageClaims = SqlText.Load(typeof(Verify), "read_page_claims.sql");

    public async Task<VerifyResult> RunAsync(StreamScope scope, WorkProgress progress, CancellationToken ct)
    {
        progress.Expect(await scope.CountAsync(dataSource, ct));
        var found = new Findings();
        await foreach (var orphans in Orphans.LeadsAsync(dataSource, scope, ct))
        {
            foreach (var lead in orphans) found.Add(lead, "the row has no stream");
        }

        await foreach (var orphans in Orphans.ClaimsAsync(dataSource, scope, ct))
        {
            foreach (var claim in orphans) found.Add(claim.Stream, $"holds a key of kind {claim.Key.Kind} and has no stream");
        }

        using var pages = new StreamPages(scope);
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await Task.WhenAll(Enumerable.Range(0, Rebuild.WorkersMax).Select(_ => WorkAsync(pages, found, progress, failed)));
        return new(progress.Leads, progress.Events, found.Count, found.Shown);
    }

    private async Task WorkAsync(StreamPages pages, Findings found, WorkProgress progress, CancellationTokenSource failed)
    {
        try
        {
            await using var connection = await dataSource.OpenConnectionAsync(failed.Token);
            while (await RunPageAsync(connection, pages, found, progress, failed.Token) > 0)
            {
            }
        }
        catch
        {
            await failed.CancelAsync();
            throw;
        }
    }

    private async Task<int> RunPageAsync(
        NpgsqlConnection connection, StreamPages pages, Findings found, WorkProgress progress, CancellationToken ct)
    {
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, ct);
        var page = await pages.NextAsync(connection, ct);
        if (page.Count == 0) return 0;
        var recorded = await StreamPages.ReadAsync(connection, page, ct);
        var rows = await ReadRowsAsync(connection, page, ct);
        var claims = await ReadClaimsAsync(connection, page, ct);
        await transaction.CommitAsync(ct);

        foreach (var head in page)
        {
            var events = recorded.GetValueOrDefault(head.Stream) ?? [];
            Check(head, events, rows.GetValueOrDefault(head.Stream), claims[head.Stream].ToHashSet(), found);
            progress.Add(leads: 1, events.Count);
        }

        return page.Count;
    }

    private void Check(
        StreamHead head, List<RecordedEvent> events, LeadColumns? row, HashSet<LeadClaim> held, Findings found)
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
        NpgsqlConnection connection, IReadOnlyList<StreamHead> page, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(ReadPageRows, connection);
        command.Parameters.AddAll(StreamPages.KeysOf(page));
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new Dictionary<StreamKey, LeadColumns>(page.Count);
        while (await reader.ReadAsync(ct))
        {
            var row = new LeadColumns(
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
                State: reader.GetFieldValue<byte[]>(14));
            rows.Add(new(row.TenantId, row.Id), row);
        }

        return rows;
    }

    private static async Task<ILookup<StreamKey, LeadClaim>> ReadClaimsAsync(
        NpgsqlConnection connection, IReadOnlyList<StreamHead> page, CancellationToken ct)
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
