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
        (work.MessageId is null ? await CarryAsync(session, work, now) : work).StoreIn(session);
    }

    /// <summary>Sends the messages whose time has come: nothing was due before, or one may be lost.</summary>
    public async Task WakeAsync(CancellationToken ct)
    {
        var now = DateTimeOffset.UtcNow;
        await using var all = documents.QuerySession();
        var tenants = await all.Query<TenantWork>()
            .Where(w => w.AnyTenant() && w.LookAt <= now)
            .OrderBy(w => w.LookAt)
            .Take(TenantsMax)
            .Select(w => w.TenantId)
            .ToListAsync(ct);
        foreach (var tenantId in tenants)
        {
            await using var session = documents.LightweightSession(tenantId);
            if (await TenantWork.LockAsync(session, ct) is not { LookAt: { } at } work || at > now) continue;
            (await CarryAsync(session, work, now)).StoreIn(session);
            await session.SaveChangesAsync(ct);
        }
    }

    private async Task<TenantWork> CarryAsync(IDocumentSession session, TenantWork work, DateTimeOffset now)
    {
        work = work with { EnvelopeId = null, PageId = null };
        if (messaging is null || (work.MessageId is null && work.Next(now) is null)) return work.Carried(messageId: null, now);
        var message = new GoOnWithWork(session.TenantId, work.MessageId ?? Guid.NewGuid());
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

    private static readonly TimeSpan StopPause = TimeSpan.FromMilliseconds(250);

    /// <summary>That are none of the database's, one after the other.</summary>
    private const int FaultsMax = 10;

    /// <summary>Between two words of a page that takes long, by which its message is known not to be lost.</summary>
    private static readonly TimeSpan WordEvery = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, ILongWork> _kinds = kinds.DistinctBy(k => k.Kind).ToDictionary(k => k.Kind, StringComparer.Ordinal);

    /// <summary>Waits while the database is away. What it cannot do at last ends as a dead letter; the tenant's work is sent again all the same.</summary>
    /// <exception cref="OperationCanceledException">The instance stops: the message is another's.</exception>
    public async Task HandleAsync(GoOnWithWork message, MessageContext context)
    {
        var stopping = lifetime.ApplicationStopping;
        var sent = new HashSet<Guid>(); // By commits of which nothing was heard: they may have gone through.
        (OpenPiece Piece, Guid PageId)? page = null;
        TimeSpan? pause = null;
        for (var faults = 0; ;)
        {
            try
            {
                if (page is null)
                {
                    if (await BeginPageAsync(message, context.Envelope!.Id, stopping) is not { } begun) return;
                    pause = await GoOnAsync(message.TenantId, begun.Piece, begun.PageId, stopping);
                    page = begun;
                }

                await EndPageAsync(message.TenantId, page.Value.Piece, page.Value.PageId, pause, sent, context);
                return;
            }
            catch (Exception e) when (stopping.IsCancellationRequested)
            {
                await Task.Delay(StopPause, CancellationToken.None); // Until Wolverine stops too, it hands the message out again.
                throw new OperationCanceledException("The instance stops.", e, stopping);
            }
            catch (Exception e) when (StoreFailures.IsUnavailable(e) || ++faults < FaultsMax)
            {
                logger.LogWarning(e, "Long work of {Tenant} waits: its documents cannot be read or stored", message.TenantId);
                await Task.Delay(RetryPause, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <returns>Null: there is nothing to do for this message.</returns>
    private async Task<(OpenPiece Piece, Guid PageId)?> BeginPageAsync(GoOnWithWork message, Guid envelopeId, CancellationToken ct)
    {
        await using var session = documents.LightweightSession(message.TenantId);
        var work = await TenantWork.LockAsync(session, ct);
        var now = DateTimeOffset.UtcNow;
        if (work.MessageId != message.MessageId || work.Open is not [var first, ..]) return null;
        if (work.EnvelopeId is { } other && other != envelopeId && work.LookAt > now) return null;
        var pageId = Guid.NewGuid();
        (work.Carried(work.MessageId, now) with { EnvelopeId = envelopeId, PageId = pageId }).StoreIn(session);
        await session.SaveChangesAsync(ct);
        return (work.Next(now) ?? first, pageId);
    }

    private async Task<TimeSpan?> GoOnAsync(string tenantId, OpenPiece piece, Guid pageId, CancellationToken stopping)
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
                await SayAsync(tenantId, pageId, stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return TimeSpan.Zero;
        }
        catch (Exception e)
        {
            // Also where the database is away, which is waited for when the page's end is stored: a slow statement must not hold up other tenants.
            logger.LogError(e, "{Kind} {Id} of {Tenant} could not be gone on with; it is tried again", piece.Kind, piece.Id, tenantId);
            return RetryPause;
        }
    }

    private async Task SayAsync(string tenantId, Guid pageId, CancellationToken ct)
    {
        try
        {
            await using var session = documents.LightweightSession(tenantId);
            if (await TenantWork.LockAsync(session, ct) is var work && work.PageId != pageId) return;
            work.Carried(work.MessageId, DateTimeOffset.UtcNow).StoreIn(session);
            await session.SaveChangesAsync(ct);
        }
        catch (Exception e)
        {
            logger.LogDebug(e, "It could not be said that the work of {Tenant} goes on", tenantId);
        }
    }

    private async Task EndPageAsync(string tenantId, OpenPiece piece, Guid pageId, TimeSpan? pause, HashSet<Guid> sent, MessageContext context)
    {
        context.TenantId = tenantId;
        await using var session = sessions.OpenSession(context, tenantId);
        var work = await TenantWork.LockAsync(session, CancellationToken.None);
        if (work.PageId != pageId && !(work is { PageId: null, MessageId: { } former } && sent.Contains(former))) return;
        var now = DateTimeOffset.UtcNow;
        if (work.Open.Contains(piece)) work = pause is { } rest ? work.With(piece with { DueAt = now + rest }) : work.Without(piece);
        Guid? next = work.Next(now) is null ? null : Guid.NewGuid();
        if (next is { } id)
        {
            sent.Add(id);
            await context.PublishAsync(new GoOnWithWork(tenantId, id));
        }

        (work.Carried(next, now) with { EnvelopeId = null, PageId = null }).StoreIn(session);
        await session.SaveChangesAsync(CancellationToken.None);
    }
}
