using LeadScoring.Domain.Engagements;
using LeadScoring.EventStore;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Engagements.Verdicts;

/// <summary>A lead's engagements of one verdict.</summary>
public sealed record VerdictLead(Guid LeadId, IReadOnlyList<EngagementName> Engagements);

/// <summary>Retractions and restorations as the database keeps them, with the leads each is about.</summary>
public sealed class VerdictStore(NpgsqlDataSource dataSource)
{
    /// <summary>How long whoever works on one has to say that it still does.</summary>
    public static readonly TimeSpan LeaseMax = TimeSpan.FromSeconds(60);

    /// <summary>Retractions and restorations of a tenant that may be unfinished at once: tenants take turns, and one must not fill the queue.</summary>
    public const int UnfinishedPerTenantMax = 20;

    private static readonly string LockTenantVerdicts = Load("lock_tenant_verdicts.sql");
    private static readonly string InsertVerdict = Load("insert_verdict.sql");
    private static readonly string FindVerdict = Load("find_verdict.sql");
    private static readonly string WantVerdict = Load("want_verdict.sql");
    private static readonly string NextVerdict = Load("next_verdict.sql");
    private static readonly string LeaseVerdict = Load("lease_verdict.sql");
    private static readonly string ProlongLease = Load("prolong_lease.sql");
    private static readonly string ReleaseLease = Load("release_lease.sql");
    private static readonly string AddNamed = Load("add_named.sql");
    private static readonly string AddOfRetraction = Load("add_of_retraction.sql");
    private static readonly string AddFound = Load("add_found.sql");
    private static readonly string NoteNamed = Load("note_named.sql");
    private static readonly string MoveSearch = Load("move_search.sql");
    private static readonly string FailVerdict = Load("fail_verdict.sql");
    private static readonly string FinishVerdict = Load("finish_verdict.sql");
    private static readonly string TakeLeads = Load("take_leads.sql");
    private static readonly string LeadsDone = Load("leads_done.sql");
    private static readonly string CountByStage = Load("count_by_stage.sql");

    /// <summary>
    /// Stores what is asked for, unless something is stored under its key already or the tenant has too many unfinished ones; named engagements, and those of a retraction, are
    /// looked up with it.
    /// </summary>
    /// <param name="named">Null: they are to be found, or are those of a retraction.</param>
    public async Task AddAsync(VerdictKey key, Verdict verdict, IReadOnlyCollection<EngagementName>? named, CancellationToken ct)
    {
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var locking = new NpgsqlCommand(LockTenantVerdicts, connection))
        {
            locking.Parameters.Add(Sql.Of(key.TenantId, NpgsqlDbType.Text));
            await locking.ExecuteNonQueryAsync(ct);
        }

        var isNew = await ExecuteAsync(
            connection,
            InsertVerdict,
            [
                .. Parameters(key),
                Sql.Of(verdict.Hash, NpgsqlDbType.Bytea),
                Sql.Of(verdict.Window?.Source, NpgsqlDbType.Text),
                Sql.Of(verdict.Window?.Type, NpgsqlDbType.Text),
                Sql.Of(verdict.Window?.Campaign, NpgsqlDbType.Text),
                Sql.Of(verdict.Window?.From.UtcDateTime, NpgsqlDbType.TimestampTz),
                Sql.Of(verdict.Window?.To.UtcDateTime, NpgsqlDbType.TimestampTz),
                Sql.Of(verdict.OfRetraction, NpgsqlDbType.Uuid),
                Sql.Of(verdict.Reason, NpgsqlDbType.Text),
                Sql.Of(verdict.Actor, NpgsqlDbType.Text),
                Sql.Of(Code(verdict.State), NpgsqlDbType.Text),
                Sql.Of(verdict.IsWanted, NpgsqlDbType.Boolean),
                Sql.Of(verdict.LogPosition, NpgsqlDbType.Bigint),
                Sql.Of(verdict.LogEnd, NpgsqlDbType.Bigint),
                Sql.Of(verdict.CreatedAt.UtcDateTime, NpgsqlDbType.TimestampTz),
                Sql.Of(UnfinishedPerTenantMax, NpgsqlDbType.Integer),
            ],
            ct) > 0;
        if (isNew && verdict.Window is null)
        {
            var found = (int)await (named is not null
                ? CountAsync(connection, AddNamed, [.. Parameters(key), .. Names(key.TenantId, named)], ct)
                : CountAsync(connection, AddOfRetraction, [.. Parameters(key), Sql.Of(verdict.OfRetraction!.Value, NpgsqlDbType.Uuid)], ct));
            await ExecuteAsync(
                connection,
                NoteNamed,
                [
                    .. Parameters(key),
                    Sql.Of(found, NpgsqlDbType.Integer),
                    Sql.Of((named?.Count ?? found) - found, NpgsqlDbType.Integer),
                ],
                ct);
        }

        await transaction.CommitAsync(ct);
    }

    public async Task<Verdict?> FindAsync(VerdictKey key, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(FindVerdict);
        command.Parameters.AddAll(Parameters(key));
        await using var row = await command.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) ? Read(row) : null;
    }

    /// <summary>What was only looked at is to be done.</summary>
    public Task WantAsync(VerdictKey key, CancellationToken ct) => ExecuteAsync(WantVerdict, Parameters(key), ct);

    /// <returns>One that nobody works on; null: there is none.</returns>
    public async Task<VerdictKey?> NextAsync(CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(NextVerdict);
        await using var row = await command.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) ? new VerdictKey(row.GetString(0), KindOf(row.GetString(1)), row.GetGuid(2)) : null;
    }

    /// <returns>False: it is over, or somebody else works on it.</returns>
    public async Task<bool> TryLeaseAsync(VerdictKey key, CancellationToken ct) =>
        await ExecuteAsync(LeaseVerdict, [.. Parameters(key), Sql.Of(LeaseMax, NpgsqlDbType.Interval)], ct) > 0;

    public Task ProlongAsync(VerdictKey key, CancellationToken ct) =>
        ExecuteAsync(ProlongLease, [.. Parameters(key), Sql.Of(LeaseMax, NpgsqlDbType.Interval)], ct);

    public Task ReleaseAsync(VerdictKey key, CancellationToken ct) => ExecuteAsync(ReleaseLease, Parameters(key), ct);

    /// <summary>Searches a stretch of the log and notes what it holds, unless it was searched already.</summary>
    public async Task SearchAsync(VerdictKey key, EngagementWindow window, long after, long upTo, CancellationToken ct)
    {
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var found = await CountAsync(
            connection,
            AddFound,
            [
                .. Parameters(key),
                Sql.Of(after, NpgsqlDbType.Bigint),
                Sql.Of(upTo, NpgsqlDbType.Bigint),
                Sql.Of(window.Source, NpgsqlDbType.Text),
                Sql.Of(window.Type, NpgsqlDbType.Text),
                Sql.Of(window.Campaign, NpgsqlDbType.Text),
                Sql.Of(window.From.UtcDateTime, NpgsqlDbType.TimestampTz),
                Sql.Of(window.To.UtcDateTime, NpgsqlDbType.TimestampTz),
            ],
            ct);
        var isFirst = await ExecuteAsync(
            connection,
            MoveSearch,
            [.. Parameters(key), Sql.Of(after, NpgsqlDbType.Bigint), Sql.Of(upTo, NpgsqlDbType.Bigint), Sql.Of((int)found, NpgsqlDbType.Integer)],
            ct) > 0;
        if (isFirst) await transaction.CommitAsync(ct);
    }

    public Task FailAsync(VerdictKey key, string failure, DateTimeOffset now, CancellationToken ct) => ExecuteAsync(
        FailVerdict, [.. Parameters(key), Sql.Of(failure, NpgsqlDbType.Text), Sql.Of(now.UtcDateTime, NpgsqlDbType.TimestampTz)], ct);

    public Task FinishAsync(VerdictKey key, DateTimeOffset now, CancellationToken ct) =>
        ExecuteAsync(FinishVerdict, [.. Parameters(key), Sql.Of(now.UtcDateTime, NpgsqlDbType.TimestampTz)], ct);

    /// <summary>Some of the leads that are not done; none: all are.</summary>
    public async Task<IReadOnlyList<VerdictLead>> LeadsAsync(VerdictKey key, int limit, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(TakeLeads);
        command.Parameters.AddAll([.. Parameters(key), Sql.Of(limit, NpgsqlDbType.Integer)]);
        await using var row = await command.ExecuteReaderAsync(ct);
        var leads = new List<VerdictLead>(limit);
        while (await row.ReadAsync(ct))
        {
            leads.Add(new(row.GetGuid(0), [.. row.GetFieldValue<string[]>(1).Zip(row.GetFieldValue<string[]>(2), (source, id) => new EngagementName(source, id))]));
        }

        return leads;
    }

    public Task LeadsDoneAsync(VerdictKey key, IReadOnlyCollection<Guid> leads, CancellationToken ct) =>
        ExecuteAsync(LeadsDone, [.. Parameters(key), Sql.Many(leads.ToArray(), NpgsqlDbType.Uuid)], ct);

    /// <summary>The leads it is about by the stage they are in now: all, and those that are done.</summary>
    public async Task<IReadOnlyDictionary<string, (int Leads, int Done)>> StagesAsync(VerdictKey key, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(CountByStage);
        command.Parameters.AddAll(Parameters(key));
        await using var row = await command.ExecuteReaderAsync(ct);
        var stages = new SortedDictionary<string, (int Leads, int Done)>(StringComparer.Ordinal);
        while (await row.ReadAsync(ct)) stages.Add(row.GetString(0), ((int)row.GetInt64(1), (int)row.GetInt64(2)));
        return stages;
    }

    private static Verdict Read(NpgsqlDataReader row)
    {
        var window = row.IsDBNull(4)
            ? null
            : new EngagementWindow(TextOf(row, 1), TextOf(row, 2), TextOf(row, 3), row.GetFieldValue<DateTimeOffset>(4), row.GetFieldValue<DateTimeOffset>(5));
        return new(
            row.GetFieldValue<byte[]>(0),
            window,
            row.IsDBNull(6) ? null : row.GetGuid(6),
            row.GetString(7),
            row.GetString(8),
            Enum.Parse<VerdictState>(row.GetString(9), ignoreCase: true),
            row.GetBoolean(10),
            row.GetInt64(11),
            row.GetInt64(12),
            row.GetInt32(13),
            row.GetInt32(14),
            TextOf(row, 15),
            row.GetFieldValue<DateTimeOffset>(16),
            row.IsDBNull(17) ? null : row.GetFieldValue<DateTimeOffset>(17));
    }

    private static string? TextOf(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static NpgsqlParameter[] Parameters(VerdictKey key) =>
    [
        Sql.Of(key.TenantId, NpgsqlDbType.Text),
        Sql.Of(Code(key.Kind), NpgsqlDbType.Text),
        Sql.Of(key.Id, NpgsqlDbType.Uuid),
    ];

    private static NpgsqlParameter[] Names(string tenantId, IReadOnlyCollection<EngagementName> named) =>
    [
        Sql.Many(named.Select(n => EngagementId.Of(tenantId, n.Source, n.Id)).ToArray(), NpgsqlDbType.Uuid),
        Sql.Many(named.Select(n => n.Source).ToArray(), NpgsqlDbType.Text),
        Sql.Many(named.Select(n => n.Id).ToArray(), NpgsqlDbType.Text),
    ];

    private async Task<int> ExecuteAsync(string sql, NpgsqlParameter[] parameters, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(sql);
        command.Parameters.AddAll(parameters);
        return await command.ExecuteNonQueryAsync(ct);
    }

    private static async Task<int> ExecuteAsync(NpgsqlConnection connection, string sql, NpgsqlParameter[] parameters, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddAll(parameters);
        return await command.ExecuteNonQueryAsync(ct);
    }

    private static async Task<long> CountAsync(NpgsqlConnection connection, string sql, NpgsqlParameter[] parameters, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddAll(parameters);
        return Convert.ToInt64(await command.ExecuteScalarAsync(ct), System.Globalization.CultureInfo.InvariantCulture);
    }

    private static string Code<T>(T code)
        where T : struct, Enum => code.ToString().ToLowerInvariant();

    private static VerdictKind KindOf(string code) => Enum.Parse<VerdictKind>(code, ignoreCase: true);

    private static string Load(string file) => SqlText.Load(typeof(VerdictStore), file);
}
