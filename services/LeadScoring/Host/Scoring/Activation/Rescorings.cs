using JasperFx;
using LeadScoring.Domain.Scoring;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.Host.Storage;
using Marten;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Scoring.Activation;

/// <summary>The time from which a model holds for a tenant: what a pass over its leads is for.</summary>
public sealed record ActiveModel(string TenantId, DateTimeOffset From, ScoringModel Model)
{
    /// <returns>Null: no model has ever taken the place of the first.</returns>
    public static ActiveModel? Now(TenantModels models, string tenantId, TimeProvider clock)
    {
        var (timeline, now) = (models.Of(tenantId), clock.GetUtcNow());
        return timeline.HeldSince(now) is { } from ? new(tenantId, from, timeline.At(now)) : null;
    }
}

/// <summary>How far the pass over a tenant's leads is that scores them under a model which has begun to hold.</summary>
/// <param name="Walk">1-based; how often it began with the first lead; a change of it tells one who is in the middle to stop.</param>
/// <param name="AfterId">The last lead looked at.</param>
/// <param name="LeadsTotal">Leads there were when the walk began; more may be captured meanwhile.</param>
/// <param name="LeadsRescored">Of those done, the ones whose rows were scored under another model.</param>
/// <param name="LeadsCrossed">Of those done, the ones held because they crossed by this model.</param>
/// <param name="LeadsFailed">Of those done, the ones that stay under another model because they cannot be read.</param>
/// <param name="FinishedAt">Null: not yet.</param>
/// <param name="SettledAt">When the rows were looked through once more, after every write that was under way then; null: not yet.</param>
public sealed record Rescoring(
    string TenantId,
    DateTimeOffset HeldFrom,
    int ModelVersion,
    string ModelId,
    int Walk,
    Guid AfterId,
    long LeadsTotal,
    long LeadsDone,
    long LeadsRescored,
    long LeadsCrossed,
    long LeadsFailed,
    DateTimeOffset StartedAt,
    DateTimeOffset WalkStartedAt,
    DateTimeOffset? FinishedAt,
    DateTimeOffset? SettledAt = null)
{
    public string Id { get; init; } = IdOf(HeldFrom, ModelVersion);

    /// <summary>Moves with the cursor: of two who did the same page one stores it.</summary>
    public int Revision { get; init; }

    public static string IdOf(DateTimeOffset heldFrom, int modelVersion) => $"{LeadDocument.WholeMicroseconds(heldFrom).ToUniversalTime():yyyy-MM-ddTHH:mm:ss.ffffffZ} v{modelVersion}";

    public Rescoring With(RescoredPage page) => this with
    {
        AfterId = page.LastId,
        LeadsDone = LeadsDone + page.Leads,
        LeadsRescored = LeadsRescored + page.Rescored,
        LeadsCrossed = LeadsCrossed + page.Crossed,
        LeadsFailed = LeadsFailed + page.Failed,
    };
}

/// <summary>What came of a page of leads.</summary>
public readonly record struct RescoredPage(Guid LastId, int Leads, int Rescored, int Crossed, int Failed);

/// <summary>The state of the passes over the tenants' leads, as all instances see it.</summary>
public sealed class Rescorings(IDocumentStore store, NpgsqlDataSource dataSource, TimeProvider clock)
{
    /// <returns>Null: the pass has not begun.</returns>
    public async Task<Rescoring?> FindAsync(ActiveModel held, CancellationToken ct)
    {
        await using var session = store.QuerySession(held.TenantId);
        return await session.LoadAsync<Rescoring>(Rescoring.IdOf(held.From, held.Model.Version), ct);
    }

    /// <summary>Begins the pass unless somebody has.</summary>
    public async Task<Rescoring> BeginAsync(ActiveModel held, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var begun = new Rescoring(
            held.TenantId, held.From.ToUniversalTime(), held.Model.Version, held.Model.Id, Walk: 1, AfterId: Guid.Empty, LeadsTotal: await CountLeadsAsync(held, ct),
            LeadsDone: 0, LeadsRescored: 0, LeadsCrossed: 0, LeadsFailed: 0, StartedAt: now, WalkStartedAt: now, FinishedAt: null);
        await TryStoreAsync(begun, ct);
        return (await FindAsync(held, ct))!;
    }

    /// <summary>Begins with the first lead again.</summary>
    public async Task WalkAgainAsync(ActiveModel held, Rescoring state, CancellationToken ct) => await TryStoreAsync(
        state with
        {
            Walk = state.Walk + 1,
            AfterId = Guid.Empty,
            LeadsTotal = await CountLeadsAsync(held, ct),
            LeadsDone = 0,
            LeadsRescored = 0,
            LeadsCrossed = 0,
            LeadsFailed = 0,
            WalkStartedAt = clock.GetUtcNow(),
            FinishedAt = null,
            SettledAt = null,
        },
        ct);

    public Task FinishAsync(Rescoring state, CancellationToken ct) => TryStoreAsync(state with { FinishedAt = clock.GetUtcNow() }, ct);

    public Task SettleAsync(Rescoring state, CancellationToken ct) => TryStoreAsync(state with { SettledAt = clock.GetUtcNow() }, ct);

    /// <summary>Tenants whose latest pass is not settled.</summary>
    public async Task<IReadOnlyList<string>> UnsettledAsync(CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(
            """
            select d.tenant_id
            from mt_doc_rescoring d
            where d.settled_at is null and not exists (select from mt_doc_rescoring n where n.tenant_id = d.tenant_id and n.id > d.id)
            """);
        await using var rows = await command.ExecuteReaderAsync(ct);
        var tenants = new List<string>();
        while (await rows.ReadAsync(ct)) tenants.Add(rows.GetString(0));
        return tenants;
    }

    /// <summary>Moves the cursor together with the rows it has passed.</summary>
    /// <param name="rescore">Null: there is no row to write.</param>
    /// <returns>False: another moved it; nothing is stored.</returns>
    internal async Task<bool> AdvanceAsync(Rescoring state, RescoredPage page, NpgsqlBatchCommand? rescore, CancellationToken ct)
    {
        await using var session = store.LightweightSession(state.TenantId);
        await session.BeginTransactionAsync(ct);

        // What a crash of the server takes back is done again: rows and cursor are lost together.
        await using var batch = new NpgsqlBatch(session.Connection) { BatchCommands = { new("set local synchronous_commit = off") } };
        if (rescore is not null) batch.BatchCommands.Add(rescore);
        await batch.ExecuteNonQueryAsync(ct);
        session.UpdateRevision(state.With(page), state.Revision + 1);
        try
        {
            await session.SaveChangesAsync(ct);
            return true;
        }
        catch (ConcurrencyException)
        {
            return false;
        }
    }

    /// <summary>Whether the tenant has rows of another model, more than are known not to be readable.</summary>
    public async Task<bool> HasStragglersAsync(ActiveModel held, long failed, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand("select count(*) from (select from mt_doc_lead l where l.tenant_id = $1 and l.model_id <> $2 limit $3) s");
        command.Parameters.AddAll(
            Sql.Of(held.TenantId, NpgsqlDbType.Text), Sql.Of(held.Model.Id, NpgsqlDbType.Text), Sql.Of(failed + 1, NpgsqlDbType.Bigint));
        return (long)(await command.ExecuteScalarAsync(ct))! > failed;
    }

    /// <summary>Whether the pass is over, as of the transaction that is open on a connection.</summary>
    public static async Task<bool> IsFinishedAsync(NpgsqlConnection connection, ActiveModel held, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select d.data ? 'FinishedAt' from mt_doc_rescoring d where d.tenant_id = $1 and d.id = $2", connection);
        command.Parameters.AddAll(
            Sql.Of(held.TenantId, NpgsqlDbType.Text), Sql.Of(Rescoring.IdOf(held.From, held.Model.Version), NpgsqlDbType.Text));
        return await command.ExecuteScalarAsync(ct) is true;
    }

    /// <summary>
    /// Has the passes for the models that hold begin again, in the transaction that is open on a connection, if any: rows that were made
    /// anew from the log, by whichever model, are looked at again.
    /// </summary>
    /// <param name="tenantId">Null: of all tenants.</param>
    public static async Task WalkAllAgainAsync(NpgsqlConnection connection, string? tenantId, DateTimeOffset now, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            """
            update mt_doc_rescoring d
            set
              mt_version = d.mt_version + 1,
              settled_at = null,
              data = (d.data - 'FinishedAt' - 'SettledAt') || jsonb_build_object(
                'Walk', (d.data ->> 'Walk')::integer + 1, 'AfterId', '00000000-0000-0000-0000-000000000000',
                'LeadsDone', 0, 'LeadsRescored', 0, 'LeadsCrossed', 0, 'LeadsFailed', 0, 'WalkStartedAt', $2)
            where ($1::text is null or d.tenant_id = $1)
              and not exists (select from mt_doc_rescoring n where n.tenant_id = d.tenant_id and n.id > d.id)
            """,
            connection);
        command.Parameters.AddAll(Sql.Of(tenantId, NpgsqlDbType.Text), Sql.Of(now, NpgsqlDbType.TimestampTz));
        await command.ExecuteNonQueryAsync(ct);
    }

    private async Task<long> CountLeadsAsync(ActiveModel held, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand("select count(*) from mt_doc_lead l where l.tenant_id = $1");
        command.Parameters.Add(Sql.Of(held.TenantId, NpgsqlDbType.Text));
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>Unless another moved it meanwhile: who asks next sees what he stored.</summary>
    private async Task TryStoreAsync(Rescoring state, CancellationToken ct)
    {
        await using var session = store.LightweightSession(state.TenantId);
        session.TryUpdateRevision(state, state.Revision + 1);
        await session.SaveChangesAsync(ct);
    }
}
