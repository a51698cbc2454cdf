using LeadScoring.Host.Storage;
using Marten;

namespace LeadScoring.Host.Broker;

/// <summary>The relay's state while this instance relays: said in the log when it changes, and stored for the other instances.</summary>
internal sealed class BrokerStatusBoard(IDocumentStore store, BrokerMetrics metrics, TimeProvider clock, ILogger<BrokerRelay> logger)
    : IDisposable
{
    /// <summary>Counting further would only cost.</summary>
    public const int BehindCountedMax = 100_000;

    /// <summary>Between two counts of what is behind.</summary>
    public static readonly TimeSpan CountedEvery = TimeSpan.FromSeconds(5);

    /// <summary>Between two attempts to store a state that could not be stored.</summary>
    public static readonly TimeSpan SavedAgainAfter = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Signal _changed = new();
    private Entry _entry = new(BrokerState.Disabled, default, null, null);

    /// <param name="error">Why, for an operator; null: nothing is wrong.</param>
    public void Set(BrokerState state, string? error = null)
    {
        lock (_lock)
        {
            if (_entry.State == state && (error is null || error == _entry.Error)) return;
            var now = clock.GetUtcNow();
            var since = _entry.State == state ? _entry.Since : now;
            if (_entry.State != state) Say(state, error);
            _entry = error is null ? _entry with { State = state, Since = since } : new(state, since, error, now);
            _changed.Raise();
        }
    }

    /// <summary>Begins anew, as when another instance has relayed meanwhile.</summary>
    public void Clear()
    {
        lock (_lock) _entry = new(BrokerState.Disabled, default, null, null);
    }

    /// <summary>Stores each change and counts what is behind, until cancelled.</summary>
    /// <param name="confirmedUpTo">The log sequence up to which all is with the broker.</param>
    public async Task KeepAsync(Func<long> confirmedUpTo, CancellationToken ct)
    {
        var isUnsaved = false;
        while (!ct.IsCancellationRequested)
        {
            try
            {
                isUnsaved |= await _changed.WaitAsync(isUnsaved ? SavedAgainAfter : CountedEvery, ct);
                if (isUnsaved) await SaveAsync(ct);
                isUnsaved = false;
                metrics.Behind = await CountBehindAsync(confirmedUpTo(), ct);
            }
            catch (Exception e) when (!ct.IsCancellationRequested)
            {
                // Only what is shown suffers. Without the database this instance soon leads no more, which is logged there.
                if (!StoreFailures.IsUnavailable(e)) logger.LogError(e, "The state of the relay to RabbitMQ could not be stored");
                isUnsaved = true;
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    public void Dispose() => _changed.Dispose();

    private async Task<long> CountBehindAsync(long after, CancellationToken ct)
    {
        await using var session = store.QuerySession();
        var behind = await session.AdvancedSql.QueryAsync<long>(
            "select count(*) from (select 1 from mt_doc_feed_entry where log_sequence > ? limit ?) behind", ct, after, BehindCountedMax);
        return behind[0];
    }

    private async Task SaveAsync(CancellationToken ct)
    {
        Entry entry;
        lock (_lock) entry = _entry;
        await using var session = store.LightweightSession();
        var before = await session.LoadAsync<RelayState>(RelayProgress.OnlyId, ct);
        session.Store(new RelayState
        {
            State = entry.State, Since = entry.Since, LastError = entry.Error ?? before?.LastError, LastErrorAt = entry.ErrorAt ?? before?.LastErrorAt,
        });
        await session.SaveChangesAsync(ct);
    }

    private void Say(BrokerState state, string? error)
    {
        if (state is BrokerState.Running) logger.LogInformation("Events are relayed to RabbitMQ");
        else if (error is not null) logger.LogWarning("Relay to RabbitMQ {State}: {Reason} Nothing is lost; it goes on by itself.", state, error);
    }

    private sealed record Entry(BrokerState State, DateTimeOffset Since, string? Error, DateTimeOffset? ErrorAt);
}
