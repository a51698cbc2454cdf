using LeadScoring.Domain.Scoring;
using LeadScoring.EventStore;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Leads.Rebuilding;

/// <param name="RowsRemoved">Lead rows no stream stood behind.</param>
/// <param name="ClaimsRemoved">Keys no event spoke of.</param>
/// <param name="ClaimsRestored">Keys an event spoke of and nobody held.</param>
public sealed record RebuildResult(long Leads, long Events, long RowsRemoved, long ClaimsRemoved, long ClaimsRestored);

/// <summary>
/// Makes lead rows and keys from the streams again, while the service runs: a page's streams are locked as a writer
/// locks them. Every page is a transaction of its own and can be done twice, so a rebuild that was stopped is simply
/// started again.
/// </summary>
public sealed class Rebuild(NpgsqlDataSource dataSource, LeadStreams streams, ScoringModel model, TimeProvider clock)
{
    /// <summary>More would take the machine from the service it shares it with.</summary>
    public const int WorkersMax = 2;

    private const int DeadlockAttemptsMax = 3;

    private static readonly string LockPage = SqlText.Load(typeof(Rebuild), "lock_page.sql");
    private static readonly string RemoveUnvouchedClaims = SqlText.Load(typeof(Rebuild), "remove_unvouched_claims.sql");
    private static readonly string RemoveRivalClaims = SqlText.Load(typeof(Rebuild), "remove_rival_claims.sql");
    private static readonly string RestoreClaims = SqlText.Load(typeof(Rebuild), "restore_claims.sql");

    /// <exception cref="EventStore.Events.UnreadableEventException">An event's body does not fit its type; pages before it are done.</exception>
    public async Task<RebuildResult> RunAsync(StreamScope scope, WorkProgress progress, CancellationToken ct)
    {
        progress.Expect(await scope.CountAsync(dataSource, ct));
        var tally = new Tally();
        var rowsRemoved = 0L;
        await foreach (var orphans in Orphans.LeadsAsync(dataSource, scope, ct))
        {
            rowsRemoved += await Orphans.RemoveAsync(dataSource, orphans, ct);
        }

        await foreach (var orphans in Orphans.ClaimsAsync(dataSource, scope, ct))
        {
            tally.ClaimsRemoved += await Orphans.RemoveAsync(dataSource, orphans, ct);
        }

        using var pages = new StreamPages(scope);
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await Task.WhenAll(Enumerable.Range(0, WorkersMax).Select(_ => WorkAsync(pages, tally, progress, failed)));
        return new(progress.Leads, progress.Events, rowsRemoved, tally.ClaimsRemoved, tally.ClaimsRestored);
    }

    private async Task WorkAsync(StreamPages pages, Tally tally, WorkProgress progress, CancellationTokenSource failed)
    {
        try
        {
            await using var connection = await dataSource.OpenConnectionAsync(failed.Token);
            while (await pages.NextAsync(connection, failed.Token) is { Count: > 0 } page)
            {
                var events = await RunPageAsync(connection, page, tally, failed.Token);
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
        NpgsqlConnection connection, IReadOnlyList<StreamHead> page, Tally tally, CancellationToken ct)
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
        NpgsqlConnection connection, NpgsqlTransaction transaction, IReadOnlyList<StreamHead> page, Tally tally, CancellationToken ct)
    {
        await using (var locking = new NpgsqlCommand(LockPage, connection, transaction))
        {
            locking.Parameters.AddAll(StreamPages.KeysOf(page));
            await locking.ExecuteNonQueryAsync(ct);
        }

        var recorded = await StreamPages.ReadAsync(connection, page, ct);
        var now = clock.GetUtcNow();
        var rows = new List<LeadColumns>(recorded.Count);
        var claims = new List<LeadClaim>();
        foreach (var (stream, events) in recorded)
        {
            var story = new LeadStory(stream, [.. events.Select(streams.Read)]);
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

    private sealed class Tally
    {
        public long ClaimsRemoved;
        public long ClaimsRestored;
    }
}
