using System.Runtime.CompilerServices;

namespace LeadScoring.EventStore;

/// <summary>Time-outs and sizes of the event store. A value out of its range throws <see cref="ArgumentOutOfRangeException"/>.</summary>
public sealed record EventStoreOptions
{
    /// <summary>
    /// How long a log reader waits, in one attempt, for the writers before it to commit. Later writers queue behind a
    /// waiting reader, so this is also the longest stall a reader can cause them. 1 ms to 1 min.
    /// </summary>
    public TimeSpan BarrierWaitMax { get; init => field = Within(value, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1)); }
        = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// How long the log waits for a gap that an open transaction of a foreign writer may still fill. After that it reads
    /// on and, should the transaction commit after all, never delivers its events. 0 to 1 h.
    /// </summary>
    public TimeSpan GapWaitMax { get; init => field = Within(value, TimeSpan.Zero, TimeSpan.FromHours(1)); }
        = TimeSpan.FromSeconds(5);

    private static TimeSpan Within(TimeSpan value, TimeSpan min, TimeSpan max, [CallerMemberName] string name = "") =>
        value >= min && value <= max
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, $"{name} must lie between {min} and {max}.");
}
