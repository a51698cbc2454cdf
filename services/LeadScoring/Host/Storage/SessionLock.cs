using Npgsql;

namespace LeadScoring.Host.Storage;

/// <summary>An advisory lock of a session of its own, until it is disposed of or the session is lost.</summary>
internal sealed class SessionLock : IAsyncDisposable
{
    /// <summary>Held by whoever makes tables: Marten's own turns do not keep two from making the same function.</summary>
    public const long Schema = 0x4C53_0000_0002;

    /// <summary>Held while Marten rebuilds a projection, which begins with empty documents.</summary>
    public const long ProjectionRebuild = 0x4C53_0000_0003;

    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromMilliseconds(200);

    private readonly NpgsqlConnection _session;
    private readonly long _key;

    private SessionLock(NpgsqlConnection session, long key) => (_session, _key) = (session, key);

    /// <returns>Null: somebody holds it.</returns>
    public static async Task<SessionLock?> TryTakeAsync(NpgsqlDataSource database, long key, CancellationToken ct)
    {
        var session = await database.OpenConnectionAsync(ct);
        var isHeld = false;
        try
        {
            isHeld = await AskAsync(session, $"select pg_try_advisory_lock({key})", ct);
            return isHeld ? new(session, key) : null;
        }
        finally
        {
            if (!isHeld) await session.DisposeAsync();
        }
    }

    /// <summary>Waits for its turn.</summary>
    public static async Task<SessionLock> TakeAsync(NpgsqlDataSource database, long key, CancellationToken ct)
    {
        while (true)
        {
            if (await TryTakeAsync(database, key, ct) is { } held) return held;
            await Task.Delay(AskAgainAfter, ct);
        }
    }

    /// <summary>Throws what tells that the session is lost, and the lock with it.</summary>
    public Task ProveAsync() => AskAsync(_session, "select true as alive", CancellationToken.None);

    /// <summary>A session goes back to the pool as it is: with the lock in it nobody could take it for as long as it lies there.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await AskAsync(_session, $"select pg_advisory_unlock({_key})", CancellationToken.None);
        }
        catch (Exception)
        {
            NpgsqlConnection.ClearPool(_session); // Closed when it goes back: the lock ends with it, at the latest.
        }

        await _session.DisposeAsync();
    }

    private static async Task<bool> AskAsync(NpgsqlConnection session, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, session);
        return await command.ExecuteScalarAsync(ct) is true;
    }
}
