using System.Collections.Concurrent;
using System.Data;
using LeadScoring.EventStore;
using LeadScoring.EventStore.Reading;
using LeadScoring.Host.Scoring.Activation;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Leads.Rebuilding;

/// <summary>
/// Makes all lead rows anew: reads the log once a shard, in order, folds the shard's leads in memory and copies them into a
/// shadow table. That is indexed, caught up with what was appended meanwhile and, under a short lock, put in the place of
/// the live table together with the last few events. Keys are compared shard by shard and put right where they differ.
/// </summary>
internal sealed class LogRebuild(
    NpgsqlDataSource dataSource, LeadStreams streams, TenantModels models, TimeProvider clock, PageRebuild pages, RebuildBounds bounds)
{
    /// <summary>Beside the event store's keys, under the same prefix. Held by a session from the first step to the last.</summary>
    private const long LockKey = 0x4C53_0000_0102;

    /// <summary>Each takes in what the one before it left room for; writers that keep ahead of so many are too fast.</summary>
    private const int CatchUpRoundsMax = 50;

    private const int SwapAttemptsMax = 50;

    /// <summary>Keys restored by one statement.</summary>
    private const int ClaimsPageMax = 5_000;

    /// <summary>Between two attempts to lock the live table, so that those behind the first get through.</summary>
    private static readonly TimeSpan SwapPause = TimeSpan.FromMilliseconds(500);

    private static readonly string TryRebuildLock = SqlText.Load(typeof(LogRebuild), "try_rebuild_lock.sql");
    private static readonly string ReleaseRebuildLock = SqlText.Load(typeof(LogRebuild), "release_rebuild_lock.sql");
    private static readonly string RestoreClaims = SqlText.Load(typeof(LogRebuild), "restore_claims.sql");
    private static readonly string CountOrphanLeads = SqlText.Load(typeof(LogRebuild), "count_orphan_leads.sql");
    private static readonly string LeadsBehind = SqlText.Load(typeof(LogRebuild), "leads_behind.sql");

    private readonly LogScan _log = new(dataSource);
    private readonly ShardFold _fold = new(streams, models);
    private readonly CatchUp _catchUp = new(streams, models, clock);
    private readonly ShadowTable _shadow = new(dataSource);
    private readonly RebuildTally _tally = new();

    /// <summary>Leads to be looked at again one by one when the table is swapped.</summary>
    private readonly ConcurrentDictionary<StreamKey, bool> _doubtful = new();

    /// <inheritdoc cref="Rebuild.RunAsync"/>
    public async Task<RebuildResult> RunAsync(WorkProgress progress, CancellationToken ct)
    {
        // The swap runs in this session: should it be lost, and the lock with it, there is no swap.
        await using var session = await dataSource.OpenConnectionAsync(ct);
        if (!await AskAsync<bool>(session, TryRebuildLock, ct, Sql.Of(LockKey, NpgsqlDbType.Bigint)))
        {
            throw new RebuildRefused("Another rebuild of all leads is running.");
        }

        try
        {
            await RunAsync(session, progress, ct);
        }
        finally
        {
            await CleanUpAsync(session);
        }

        return _tally.Result(progress);
    }

    private async Task RunAsync(NpgsqlConnection session, WorkProgress progress, CancellationToken ct)
    {
        var leads = await StreamScope.All.CountAsync(dataSource, ct);
        progress.Expect(leads);
        await _shadow.MakeAsync(ct);
        var end = await _log.FindEndAsync(ct);
        progress.ExpectEvents(end);
        await LeadShard.RunAsync(LeadShard.Split(leads, bounds), (shard, token) => RunShardAsync(shard, end, progress, token), ct);
        await _shadow.BuildIndexesAsync(ct);
        _tally.RowsRemoved = await AskAsync<long>(session, CountOrphanLeads, ct, Sql.Of(LeadKeys.StreamType, NpgsqlDbType.Text));
        await ReplaceLiveAsync(session, end, progress, ct);
        await RepairAsync(ct);
    }

    private async Task RunShardAsync(LeadShard shard, long end, WorkProgress progress, CancellationToken ct)
    {
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        var leads = await _fold.RunAsync(connection, shard, end, progress, unreadable: null, ct);
        var now = clock.GetUtcNow();
        await ShadowTable.CopyAsync(
            connection,
            leads.Where(l => l.Value is { Version: > 0, NeedsStream: false }).Select(l => CatchUp.RowOf(l.Key, l.Value, now)),
            ct);
        var again = leads.Where(l => l.Value.NeedsStream).Select(l => l.Key).ToList();
        foreach (var some in again.Chunk(StreamPages.StreamsMax))
        {
            await ShadowTable.CopyAsync(connection, await _catchUp.FoldAgainAsync(connection, some, ct), ct);
        }

        await ShardFold.NoteClaimsAsync(connection, shard, leads, stream => _doubtful.TryAdd(stream, true), ct);
        var unheld = leads.SelectMany(l => l.Value.Unheld().Select(key => new LeadClaim(l.Key, key)));
        foreach (var claims in unheld.Chunk(ClaimsPageMax)) await RestoreAsync(connection, claims, ct);
        progress.Add(leads.Count, events: 0);
    }

    private async Task RestoreAsync(NpgsqlConnection connection, LeadClaim[] claims, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(RestoreClaims, connection);
        command.Parameters.AddAll(LeadClaim.Parameters(claims));
        var restored = await command.ExecuteNonQueryAsync(ct);
        Interlocked.Add(ref _tally.ClaimsRestored, restored);
        if (restored == claims.Length) return;
        foreach (var claim in claims) _doubtful.TryAdd(claim.Stream, true);
    }

    private async Task ReplaceLiveAsync(NpgsqlConnection session, long end, WorkProgress progress, CancellationToken ct)
    {
        for (int round = 0, attempt = 0; round < CatchUpRoundsMax && attempt < SwapAttemptsMax;)
        {
            var next = await _log.FindEndAsync(ct);
            await _catchUp.RunAsync(session, end, next, progress, ct);
            end = next;
            if (await CatchUp.CountAsync(session, end, bounds.SwapEventsMax + 1, ct) > bounds.SwapEventsMax)
            {
                round++;
                continue;
            }

            if (await TrySwapAsync(session, end, progress, ct)) return;
            attempt++;
            await Task.Delay(SwapPause, ct);
        }

        throw new RebuildRefused("The live table could not be replaced: it is used, or written to, too much. Repeat the rebuild at a quieter time.");
    }

    /// <summary>
    /// Writers put an event and its lead's row into one transaction, so whoever holds the table's lock sees all events
    /// whose rows are written; the rest will write their rows, whole, into the table that is live then.
    /// </summary>
    /// <returns>False: the table was in use, or too much came in while its lock was waited for.</returns>
    private async Task<bool> TrySwapAsync(NpgsqlConnection session, long end, WorkProgress progress, CancellationToken ct)
    {
        await using var transaction = await session.BeginTransactionAsync(ct);
        try
        {
            await ShadowTable.LockLiveAsync(session, ct);
            if (await CatchUp.CountAsync(session, end, bounds.SwapEventsMax + 1, ct) > bounds.SwapEventsMax) return false;
            await _catchUp.RunAsync(session, end, upTo: long.MaxValue, progress, ct);
            await ShadowTable.SwapAsync(session, ct);

            // Its rows were made while the model may have changed; those of the former one must be found.
            await Rescorings.WalkAllAgainAsync(session, tenantId: null, clock.GetUtcNow(), ct);
            await transaction.CommitAsync(ct);
            return true;
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected)
        {
            return false;
        }
    }

    /// <summary>Leads whose keys are in doubt, and those that events of others than the service's writers got ahead of.</summary>
    private async Task RepairAsync(CancellationToken ct)
    {
        await foreach (var orphans in Orphans.ClaimsAsync(dataSource, StreamScope.All, ct))
        {
            _tally.ClaimsRemoved += await Orphans.RemoveAsync(dataSource, orphans, ct);
        }

        await using (var command = dataSource.CreateCommand(LeadsBehind))
        {
            command.Parameters.Add(Sql.Of(LeadKeys.StreamType, NpgsqlDbType.Text));
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct)) _doubtful.TryAdd(new(reader.GetString(0), reader.GetGuid(1)), true);
        }

        await pages.RunAsync(_doubtful.Keys, _tally, ct);
    }

    private static async Task CleanUpAsync(NpgsqlConnection session)
    {
        try
        {
            await ShadowTable.DropAsync(session, CancellationToken.None);
            await AskAsync<bool>(session, ReleaseRebuildLock, CancellationToken.None, Sql.Of(LockKey, NpgsqlDbType.Bigint));
        }
        catch (Exception e) when (StoreFailures.IsUnavailable(e) || session.State != ConnectionState.Open)
        {
            // The lock ends with its session, and the next rebuild drops the table.
        }
    }

    private static async Task<T> AskAsync<T>(NpgsqlConnection connection, string question, CancellationToken ct, params NpgsqlParameter[] parameters)
    {
        await using var command = new NpgsqlCommand(question, connection);
        command.Parameters.AddAll(parameters);
        return (T)(await command.ExecuteScalarAsync(ct))!;
    }
}
