using JasperFx;
using Marten;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Storage;

/// <summary>Changes of documents that other instances change too.</summary>
internal static class DocumentChanges
{
    /// <summary>How often a change is tried whose document others change at that moment.</summary>
    private const int AttemptsMax = 50;

    /// <summary>Loads a document, changes it and stores it; when somebody was faster, the change is made of what they left.</summary>
    /// <param name="change">Null: it stays as it is.</param>
    /// <param name="beside">What is stored in the same transaction.</param>
    /// <returns>As it is stored now; null: there is none, or it stays as it is.</returns>
    /// <exception cref="ConcurrencyException">Others changed it again and again.</exception>
    public static async Task<T?> ChangeAsync<T>(
        this IDocumentStore store, string tenantId, object id, Func<T, T?> change, CancellationToken ct, Action<IDocumentSession>? beside = null)
        where T : class, IRevisioned => await store.ChangeAsync(
            tenantId,
            async session =>
            {
                if (await session.LoadAsync<T>(id, ct) is not { } found || change(found) is not { } changed) return null;
                beside?.Invoke(session);
                session.UpdateRevision(changed, changed.Version + 1L);
                return changed;
            },
            ct);

    /// <summary>Stores what a change makes of what it reads; when somebody was faster, it is made anew.</summary>
    /// <param name="change">Gets a session of its own each time.</param>
    /// <returns>What the change that is stored returned.</returns>
    /// <exception cref="Exception">Others changed the same again and again: how Marten says it.</exception>
    public static async Task<T> ChangeAsync<T>(this IDocumentStore store, string tenantId, Func<IDocumentSession, Task<T>> change, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            await using var session = store.LightweightSession(tenantId);
            var result = await change(session);
            try
            {
                await session.SaveChangesAsync(ct);
                return result;
            }
            catch (Exception e) when (attempt < AttemptsMax && StoreFailures.IsConflict(e))
            {
            }
        }
    }

    /// <summary>Stores a changed document and all else the session holds.</summary>
    /// <param name="changed">Its version is the one it was loaded with.</param>
    /// <returns>False: somebody was faster, and nothing is stored.</returns>
    public static async Task<bool> TryUpdateAsync<T>(this IDocumentSession session, T changed, CancellationToken ct)
        where T : class, IRevisioned
    {
        session.UpdateRevision(changed, changed.Version + 1L);
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

    /// <summary>Lets the tenant's sessions that ask for the same lock in one after the other, until each is disposed or has saved.</summary>
    /// <param name="name">Of the lock.</param>
    public static async Task LockAsync(this IDocumentSession session, string name, CancellationToken ct)
    {
        // A statement of its own: those after it then see what whoever held the lock before has stored.
        // Not Marten's: it would try again on another connection, outside of the transaction.
        await session.BeginTransactionAsync(ct);
        await using var command = new NpgsqlCommand("select pg_advisory_xact_lock(hashtextextended($1, 0))", session.Connection);
        command.Parameters.Add(Sql.Of($"{name} {session.TenantId}", NpgsqlDbType.Text));
        await command.ExecuteNonQueryAsync(ct);
    }
}
