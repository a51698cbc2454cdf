using LeadScoring.Domain.Qualification;
using LeadScoring.EventStore;
using LeadScoring.Host.Engagements;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Leads.Writing;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Scoring.Activation;

/// <summary>
/// Hands held leads off in slices. A lead is taken for a release, and counts, before the writer is asked; what was taken is seen to
/// before more is. So a release never gives more than it was allowed to, whoever crashes when, and no lead is handed off twice: the lead
/// itself decides.
/// </summary>
public sealed class HeldReleases(
    NpgsqlDataSource dataSource, Rescorings rescorings, LeadWriter writer, TenantModels models, TimeProvider clock, ILogger<HeldReleases> logger)
{
    /// <summary>Leads taken and handed off together.</summary>
    public const int PageLeadsMax = 500;

    /// <summary>Releases of a version that are listed.</summary>
    public const int ReleasesMax = 100;

    /// <summary>Releases of a version that may be open at once.</summary>
    public const int OpenMax = 10;

    /// <summary>Open releases of all tenants that are seen to in one round.</summary>
    private const int RoundReleasesMax = 10_000;

    /// <summary>Between two rounds of releases that give some a day.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private const int StatusUnavailable = 503;
    private const string CoolingDown = "lead_cooling_down";

    private static readonly string LockVersion = SqlText.Load(typeof(HeldReleases), "lock_version.sql");
    private static readonly string InsertRelease = SqlText.Load(typeof(HeldReleases), "insert_release.sql");
    private static readonly string ReadReleases = SqlText.Load(typeof(HeldReleases), "read_releases.sql");
    private static readonly string LockReleases = SqlText.Load(typeof(HeldReleases), "lock_releases.sql");
    private static readonly string FreeTakenLeads = SqlText.Load(typeof(HeldReleases), "free_taken_leads.sql");
    private static readonly string TakeHeldLeads = SqlText.Load(typeof(HeldReleases), "take_held_leads.sql");
    private static readonly string ReadTakenLeads = SqlText.Load(typeof(HeldReleases), "read_taken_leads.sql");
    private static readonly string SettleTakenLead = SqlText.Load(typeof(HeldReleases), "settle_taken_lead.sql");
    private static readonly string EndRelease = SqlText.Load(typeof(HeldReleases), "end_release.sql");
    private static readonly string HasMoreToGive = SqlText.Load(typeof(HeldReleases), "has_more_to_give.sql");

    /// <summary>Stores a release unless one of its name is stored.</summary>
    /// <returns>The stored one, which may be another of the same name; null: too many are open.</returns>
    public async Task<HeldRelease?> PutAsync(HeldRelease release, CancellationToken ct)
    {
        await using (var connection = await dataSource.OpenConnectionAsync(ct))
        await using (var transaction = await connection.BeginTransactionAsync(ct))
        await using (var batch = new NpgsqlBatch(connection, transaction))
        {
            batch.BatchCommands.Add(Sql.BatchCommand(
                LockVersion, Sql.Of(release.TenantId, NpgsqlDbType.Text), Sql.Of(release.ModelVersion, NpgsqlDbType.Integer)));
            batch.BatchCommands.Add(Sql.BatchCommand(
                InsertRelease,
                [
                    .. KeyOf(release),
                    Sql.Many([.. release.Grades], NpgsqlDbType.Text),
                    Sql.Of(release.Count, NpgsqlDbType.Integer),
                    Sql.Of(release.PerDay, NpgsqlDbType.Integer),
                    Sql.Of(release.Actor, NpgsqlDbType.Text),
                    Sql.Of(release.Note, NpgsqlDbType.Text),
                    Sql.Of(release.CreatedAt, NpgsqlDbType.TimestampTz),
                    Sql.Of(OpenMax, NpgsqlDbType.Integer),
                ]));
            await batch.ExecuteNonQueryAsync(ct);
            await transaction.CommitAsync(ct);
        }

        return await FindAsync(release.TenantId, release.ModelVersion, release.Id, ct);
    }

    public async Task<HeldRelease?> FindAsync(string tenantId, int modelVersion, string id, CancellationToken ct) =>
        (await ReadAsync(tenantId, modelVersion, id, ct)).SingleOrDefault();

    /// <summary>The latest of a version.</summary>
    public Task<List<HeldRelease>> ListAsync(string tenantId, int modelVersion, CancellationToken ct) => ReadAsync(tenantId, modelVersion, id: null, ct);

    /// <summary>Gives no more; what was taken and not handed off is held as before.</summary>
    public Task CancelAsync(HeldRelease release, CancellationToken ct) => EndAsync(release, isCancelled: true, ct);

    /// <summary>Sees to all releases for as long as it leads.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            foreach (var release in await ReadAsync(tenantId: null, modelVersion: 0, id: null, ct)) await TryRunAsync(release, ct);
            await Task.Delay(Pause, clock, ct);
        }
    }

    /// <summary>Hands off what the release may give now, and ends it when there is nothing more for it to do.</summary>
    /// <returns>False: the writer takes nothing now; it is done later.</returns>
    public async Task<bool> RunAsync(HeldRelease release, CancellationToken ct)
    {
        while (true)
        {
            var taken = await TakenAsync(release, ct);
            if (taken.Count == 0)
            {
                if (await TakeAsync(release, ct) > 0) continue;
                if (await IsOverAsync(release, ct)) await EndAsync(release, isCancelled: false, ct);
                return true;
            }

            var settled = await Task.WhenAll(taken.Select(lead => HandOffAsync(release, lead, ct)));
            if (settled.Contains(false)) return false;
        }
    }

    /// <summary>A fault of one must not keep the others from their turn.</summary>
    private async Task TryRunAsync(HeldRelease release, CancellationToken ct)
    {
        try
        {
            await RunAsync(release, ct);
        }
        catch (Exception e) when (e is not OperationCanceledException && !StoreFailures.IsUnavailable(e))
        {
            logger.LogError(e, "A release of version {Version} failed; it is tried again", release.ModelVersion);
        }
    }

    private async Task<bool> HandOffAsync(HeldRelease release, Guid lead, CancellationToken ct)
    {
        var outcome = await writer.SubmitAsync(
            release.TenantId, lead, new ReleaseHeld(release.ModelVersion, release.Actor, release.Note), expectedVersion: null,
            new(null, null, release.Actor, null), ct, HandoffId(release, lead));
        switch (outcome)
        {
            // By now, or before a crash that lost the word of it. What others handed off meanwhile is not this release's.
            case { Changed: true, Lead.Lead.Handoff: { } handoff }:
                await SettleAsync(release, lead, "released", handoff.At, ct);
                return true;
            case { Refusal.Code: CoolingDown }:
                await SettleAsync(release, lead, "rests", clock.GetUtcNow(), ct);
                return true;
            case { Refusal.Status: StatusUnavailable }:
                return false;
            case { Lead.Lead: { IsHeld: true } held } when held.Hold!.ModelVersion == release.ModelVersion:
                await SettleAsync(release, lead, "fell_short", clock.GetUtcNow(), ct);
                return true;
            default:
                if (outcome.Refusal is { } refusal) logger.LogWarning("Lead {LeadId} cannot be released ({Code})", lead, refusal.Code);
                await SettleAsync(release, lead, "gone", clock.GetUtcNow(), ct);
                return true;
        }
    }

    /// <summary>A release hands a lead off once. No producer's name holds NUL, so that no engagement has such an id.</summary>
    private static Guid HandoffId(HeldRelease release, Guid lead) =>
        EngagementId.Of(release.TenantId, "\0held_release", $"{release.ModelVersion} {lead} {release.Id}");

    private async Task<List<Guid>> TakenAsync(HeldRelease release, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(ReadTakenLeads);
        command.Parameters.AddAll([.. KeyOf(release), Sql.Of(PageLeadsMax, NpgsqlDbType.Integer)]);
        await using var rows = await command.ExecuteReaderAsync(ct);
        var leads = new List<Guid>();
        while (await rows.ReadAsync(ct)) leads.Add(rows.GetGuid(0));
        return leads;
    }

    private async Task<int> TakeAsync(HeldRelease release, CancellationToken ct)
    {
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var batch = new NpgsqlBatch(connection, transaction);
        var taking = Sql.BatchCommand(TakeHeldLeads, [.. KeyOf(release), Today(), Sql.Of(PageLeadsMax, NpgsqlDbType.Integer)]);
        batch.BatchCommands.Add(Sql.BatchCommand(LockReleases, KeyOf(release)));
        batch.BatchCommands.Add(Sql.BatchCommand(
            FreeTakenLeads, Sql.Of(release.TenantId, NpgsqlDbType.Text), Sql.Of(release.ModelVersion, NpgsqlDbType.Integer)));
        batch.BatchCommands.Add(taking);
        await batch.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
        return (int)taking.Rows;
    }

    private async Task SettleAsync(HeldRelease release, Guid lead, string outcome, DateTimeOffset at, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(SettleTakenLead);
        command.Parameters.AddAll(
            [.. KeyOf(release), Sql.Of(lead, NpgsqlDbType.Uuid), Sql.Of(outcome, NpgsqlDbType.Text), Sql.Of(DateOnly.FromDateTime(at.UtcDateTime), NpgsqlDbType.Date)]);
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>One that gives some a day goes on while any is held that it may still give, or may still be found to cross.</summary>
    private async Task<bool> IsOverAsync(HeldRelease release, CancellationToken ct)
    {
        if (release.PerDay is null) return true;
        if (HeldModel.Now(models, release.TenantId, clock) is { } now && now.Model.Version == release.ModelVersion
            && await rescorings.FindAsync(now, ct) is not { FinishedAt: not null })
        {
            return false;
        }

        await using var command = dataSource.CreateCommand(HasMoreToGive);
        command.Parameters.AddAll([.. KeyOf(release), Sql.Many([.. release.Grades], NpgsqlDbType.Text)]);
        return !(bool)(await command.ExecuteScalarAsync(ct))!;
    }

    private async Task EndAsync(HeldRelease release, bool isCancelled, CancellationToken ct)
    {
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var batch = new NpgsqlBatch(connection, transaction);
        batch.BatchCommands.Add(Sql.BatchCommand(LockReleases, KeyOf(release)));
        batch.BatchCommands.Add(Sql.BatchCommand(
            EndRelease, [.. KeyOf(release), Sql.Of(clock.GetUtcNow(), NpgsqlDbType.TimestampTz), Sql.Of(isCancelled, NpgsqlDbType.Boolean)]));
        await batch.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
    }

    private async Task<List<HeldRelease>> ReadAsync(string? tenantId, int modelVersion, string? id, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(ReadReleases);
        command.Parameters.AddAll(
            Sql.Of(tenantId, NpgsqlDbType.Text), Sql.Of(modelVersion, NpgsqlDbType.Integer), Sql.Of(id, NpgsqlDbType.Text), Today(),
            Sql.Of(tenantId is null ? RoundReleasesMax : ReleasesMax, NpgsqlDbType.Integer));
        await using var rows = await command.ExecuteReaderAsync(ct);
        var releases = new List<HeldRelease>();
        while (await rows.ReadAsync(ct))
        {
            releases.Add(new(
                rows.GetString(0), rows.GetInt32(1), rows.GetString(2), rows.GetFieldValue<string[]>(3), rows.GetFieldValue<int?>(4),
                rows.GetFieldValue<int?>(5), rows.GetString(6), await rows.IsDBNullAsync(7, ct) ? null : rows.GetString(7), rows.GetFieldValue<DateTimeOffset>(8),
                rows.GetFieldValue<DateTimeOffset?>(9), rows.GetBoolean(10), rows.GetInt64(11), rows.GetInt64(12), rows.GetInt64(13), rows.GetInt64(14)));
        }

        return releases;
    }

    private NpgsqlParameter Today() => Sql.Of(DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime), NpgsqlDbType.Date);

    private static NpgsqlParameter[] KeyOf(HeldRelease release) =>
    [
        Sql.Of(release.TenantId, NpgsqlDbType.Text),
        Sql.Of(release.ModelVersion, NpgsqlDbType.Integer),
        Sql.Of(release.Id, NpgsqlDbType.Text),
    ];
}
