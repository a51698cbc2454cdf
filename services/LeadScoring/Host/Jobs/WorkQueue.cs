using LeadScoring.Host.Storage;
using Marten;
using Wolverine;
using Wolverine.Marten;
using Wolverine.Marten.Publishing;
using Wolverine.Runtime;

namespace LeadScoring.Host.Jobs;

/// <summary>Takes long work in: what a session stores and the message that has it done are committed together.</summary>
/// <param name="messaging">Null: of a command that serves nobody; a running service sends the message.</param>
public sealed class WorkQueue(IDocumentStore documents, IWolverineRuntime? messaging = null)
{
    /// <summary>Tenants for which a message is sent at once.</summary>
    private const int TenantsMax = 100;

    /// <summary>Asks for a piece of work. Whoever makes work for the tenant at the same time waits until the session has saved.</summary>
    /// <param name="session">Of the tenant; the asking is stored when it saves.</param>
    /// <param name="delay">Left alone for so long.</param>
    public async Task AskAsync(IDocumentSession session, string kind, string id, CancellationToken ct, TimeSpan delay = default)
    {
        var now = DateTimeOffset.UtcNow;
        var work = (await TenantWork.LockAsync(session, ct)).With(new(kind, id, now + delay, Guid.NewGuid()));
        session.Store(work.MessageId is null ? await CarryAsync(session, work, now) : work);
    }

    /// <summary>Sends the messages whose time has come: nothing was due before, or a message was lost.</summary>
    public async Task WakeAsync(CancellationToken ct)
    {
        var now = DateTimeOffset.UtcNow;
        await using var all = documents.QuerySession();
        var tenants = await all.Query<TenantWork>().Where(w => w.AnyTenant() && w.LookAt <= now).Take(TenantsMax).Select(w => w.TenantId).ToListAsync(ct);
        foreach (var tenantId in tenants)
        {
            await using var session = documents.LightweightSession(tenantId);
            if (await TenantWork.LockAsync(session, ct) is not { LookAt: { } at } work || at > now) continue;
            session.Store(await CarryAsync(session, work, now));
            await session.SaveChangesAsync(ct);
        }
    }

    private async Task<TenantWork> CarryAsync(IDocumentSession session, TenantWork work, DateTimeOffset now)
    {
        if (messaging is null || work.Next(now) is null) return work.Carried(messageId: null, now);
        var message = new GoOnWithWork(session.TenantId, Guid.NewGuid());
        await new MartenOutbox(messaging, session).PublishAsync(message);
        return work.Carried(message.MessageId, now);
    }
}

/// <summary>
/// Does a page of a tenant's long work and sends the next message: a page's end, what is left and the message commit together. Tenants
/// take turns by their messages, a tenant's pieces by their order.
/// </summary>
public sealed class WorkLoop(
    IDocumentStore documents, OutboxedSessionFactory sessions, IEnumerable<ILongWork> kinds, IHostApplicationLifetime lifetime, ILogger<WorkLoop> logger)
{
    /// <summary>Before a page that failed is tried again, and before the database is asked again that was away.</summary>
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);

    /// <summary>Between two words of a page that takes long, by which its message is known not to be lost.</summary>
    private static readonly TimeSpan WordEvery = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, ILongWork> _kinds = kinds.DistinctBy(k => k.Kind).ToDictionary(k => k.Kind, StringComparer.Ordinal);

    /// <summary>Nothing of it is an error to Wolverine: it waits while the database is away.</summary>
    public async Task HandleAsync(GoOnWithWork message, MessageContext context)
    {
        var stopping = lifetime.ApplicationStopping;
        List<Guid> mine = [message.MessageId]; // And those of commits of which nothing was heard: they may have gone through.
        var isAway = false;
        while (true)
        {
            try
            {
                if (await FindNextAsync(message.TenantId, mine, stopping) is not { } piece) return;
                var pause = await GoOnAsync(message.TenantId, mine, piece, stopping);
                await EndPageAsync(message.TenantId, mine, piece, pause, context);
                return;
            }
            catch (Exception e) when (StoreFailures.IsUnavailable(e) && !stopping.IsCancellationRequested)
            {
                if (!isAway) logger.LogWarning("Long work of {Tenant} waits while the database is away: {Fault}", message.TenantId, e.Message);
                isAway = true;
                await Task.Delay(RetryPause, stopping);
            }
        }
    }

    /// <returns>Null: another message has taken the place of this one.</returns>
    private async Task<OpenPiece?> FindNextAsync(string tenantId, List<Guid> mine, CancellationToken ct)
    {
        await using var session = documents.QuerySession(tenantId);
        var work = await TenantWork.FindAsync(session, ct);
        return work is { MessageId: { } current, Open: [var first, ..] } && mine.Contains(current) ? work.Next(DateTimeOffset.UtcNow) ?? first : null;
    }

    private async Task<TimeSpan?> GoOnAsync(string tenantId, List<Guid> mine, OpenPiece piece, CancellationToken stopping)
    {
        if (piece.DueAt - DateTimeOffset.UtcNow is var early && early > TimeSpan.Zero) return early;
        if (!_kinds.TryGetValue(piece.Kind, out var work))
        {
            logger.LogWarning("Work of the kind {Kind} is another version's; it waits for an instance that knows it", piece.Kind);
            return TenantWork.LostAfter;
        }

        try
        {
            var page = work.GoOnAsync(tenantId, piece.Id, stopping);
            while (true)
            {
                await ((Task)page).WaitAsync(WordEvery, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (page.IsCompleted) return await page;
                await SayAsync(tenantId, mine, stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return TimeSpan.Zero;
        }
        catch (Exception e) when (!StoreFailures.IsUnavailable(e))
        {
            logger.LogError(e, "{Kind} {Id} of {Tenant} could not be gone on with; it is tried again", piece.Kind, piece.Id, tenantId);
            return RetryPause;
        }
    }

    private async Task SayAsync(string tenantId, List<Guid> mine, CancellationToken ct)
    {
        try
        {
            await using var session = documents.LightweightSession(tenantId);
            if (await TenantWork.LockAsync(session, ct) is not { MessageId: { } current } work || !mine.Contains(current)) return;
            session.Store(work.Carried(current, DateTimeOffset.UtcNow));
            await session.SaveChangesAsync(ct);
        }
        catch (Exception e) when (StoreFailures.IsUnavailable(e) || ct.IsCancellationRequested)
        {
            logger.LogDebug(e, "It could not be said that the work of {Tenant} goes on", tenantId);
        }
    }

    private async Task EndPageAsync(string tenantId, List<Guid> mine, OpenPiece piece, TimeSpan? pause, MessageContext context)
    {
        context.TenantId = tenantId;
        await using var session = sessions.OpenSession(context, tenantId);
        var work = await TenantWork.LockAsync(session, CancellationToken.None);
        if (work.MessageId is not { } current || !mine.Contains(current)) return;

        var now = DateTimeOffset.UtcNow;
        if (work.Open.Contains(piece)) work = pause is { } rest ? work.With(piece with { DueAt = now + rest }) : work.Without(piece);
        Guid? next = work.Next(now) is null ? null : Guid.NewGuid();
        if (next is { } id)
        {
            mine.Add(id);
            await context.PublishAsync(new GoOnWithWork(tenantId, id));
        }

        session.Store(work.Carried(next, now));
        await session.SaveChangesAsync(CancellationToken.None);
    }
}
