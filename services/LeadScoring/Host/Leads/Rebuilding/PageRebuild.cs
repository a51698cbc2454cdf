using LeadScoring.EventStore;
using LeadScoring.Host.Scoring.Activation;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Leads.Rebuilding;

/// <summary>
/// Makes lead rows and keys from the streams again, some leads at a time: a page's streams are locked as a writer locks
/// them. Every page is a transaction of its own and can be done twice.
/// </summary>
internal sealed class PageRebuild(NpgsqlDataSource dataSource, LeadStreams streams, TenantModels models, TimeProvider clock)
{
    private const int DeadlockAttemptsMax = 3;

    private static readonly string LockPage = SqlText.Load(typeof(PageRebuild), "lock_page.sql");
    private static readonly string RemoveUnvouchedClaims = SqlText.Load(typeof(PageRebuild), "remove_unvouched_claims.sql");
    private static readonly string RemoveRivalClaims = SqlText.Load(typeof(PageRebuild), "remove_rival_claims.sql");
    private static readonly string RestoreClaims = SqlText.Load(typeof(PageRebuild), "restore_claims.sql");

    /// <summary>Rebuilds the leads of a scope and removes what no stream stands behind.</summary>
    /// <exception cref="EventStore.Events.UnreadableEventException">An event's body does not fit its type; pages before it are done.</exception>
    public async Task<RebuildResult> RunAsync(StreamScope scope, WorkProgress progress, CancellationToken ct)
    {
        progress.Expect(await scope.CountAsync(dataSource, ct));
        var tally = new RebuildTally();
        await foreach (var orphans in Orphans.LeadsAsync(dataSource, scope, ct))
        {
            tally.RowsRemoved += await Orphans.RemoveAsync(dataSource, orphans, ct);
        }

        await foreach (var orphans in Orphans.ClaimsAsync(dataSource, scope, ct))
        {
            tally.ClaimsRemoved += await Orphans.RemoveAsync(dataSource, orphans, ct);
        }

        using var pages = new StreamPages(scope);
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await Task.WhenAll(Enumerable.Range(0, RebuildBounds.WorkersMax).Select(_ => WorkAsync(pages, tally, progress, failed)));

        // Whichever model held while a page was made: what it left is looked at again.
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        await Rescorings.WalkAllAgainAsync(connection, scope.TenantId, clock.GetUtcNow(), ct);
        return tally.Result(progress);
    }

    /// <summary>Rebuilds the given leads.</summary>
    /// <inheritdoc cref="RunAsync(StreamScope, WorkProgress, CancellationToken)"/>
    public async Task RunAsync(IEnumerable<StreamKey> leads, RebuildTally tally, CancellationToken ct)
    {
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        foreach (var page in leads.Chunk(StreamPages.StreamsMax)) await RunPageAsync(connection, page, tally, ct);
    }

    private async Task WorkAsync(StreamPages pages, RebuildTally tally, WorkProgress progress, CancellationTokenSource failed)
    {
        try
        {
            await using var connection = await dataSource.OpenConnectionAsync(failed.Token);
            while (await pages.NextAsync(connection, failed.Token) is { Count: > 0 } page)
            {
                var events = await RunPageAsync(connection, [.. page.Select(head => head.Stream)], tally, failed.Token);
                progress.Add(page.Count, events);
            }
        }
        catch
        {
            await failed.CancelAsync();
            throw;
        }
    }

    private async Task<long> RunPageAsync(
        NpgsqlConnection connection, IReadOnlyList<StreamKey> page, RebuildTally tally, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var transaction = await connection.BeginTransactionAsync(ct);
                var events = await RunPageAsync(connection, transaction, page, tally, ct);
                await transaction.CommitAsync(ct);
                return events;
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.DeadlockDetected && attempt < DeadlockAttemptsMax)
            {
                // The page was rolled back whole; it starts over behind the writer that won.
            }
        }
    }

    private async Task<long> RunPageAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, IReadOnlyList<StreamKey> page, RebuildTally tally, CancellationToken ct)
    {
        await using (var locking = new NpgsqlCommand(LockPage, connection, transaction))
        {
            locking.Parameters.AddAll(StreamPages.KeysOf(page));
            await locking.ExecuteNonQueryAsync(ct);
        }

        await models.FreshenAsync(ct);
        var recorded = await StreamPages.ReadAsync(connection, page, ct);
        var now = clock.GetUtcNow();
        var rows = new List<LeadColumns>(recorded.Count);
        var claims = new List<LeadClaim>();
        foreach (var (stream, events) in recorded)
        {
            var story = new LeadStory(stream, [.. events.Select(streams.Read)]);
            var model = models.Now(stream.TenantId);
            rows.Add(LeadColumns.Of(story.Row(model), model, now));
            claims.AddRange(LeadClaim.VouchedFor(story));
        }

        await using var batch = new NpgsqlBatch(connection, transaction);
        batch.BatchCommands.Add(LeadUpsert.Of(rows));
        batch.BatchCommands.Add(Sql.BatchCommand(RemoveUnvouchedClaims, [.. StreamPages.KeysOf(page), .. LeadClaim.Parameters(claims)]));
        batch.BatchCommands.Add(Sql.BatchCommand(
            RemoveRivalClaims,
            [
                .. LeadClaim.Parameters(claims),
                Sql.Many(claims.Select(c => LeadKeys.KindOf(c.Key.Kind).ToString()).ToArray(), NpgsqlDbType.Text),
            ]));
        batch.BatchCommands.Add(Sql.BatchCommand(RestoreClaims, LeadClaim.Parameters(claims)));
        await batch.ExecuteNonQueryAsync(ct);
        Interlocked.Add(ref tally.ClaimsRemoved, (long)(batch.BatchCommands[1].RecordsAffected + batch.BatchCommands[2].RecordsAffected));
        Interlocked.Add(ref tally.ClaimsRestored, (long)batch.BatchCommands[3].RecordsAffected);
        return recorded.Values.Sum(e => (long)e.Count);
    }
}
