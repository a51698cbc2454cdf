using LeadScoring.Host.Leads.Writing;

namespace LeadScoring.Host.Operations;

/// <summary>
/// Makes long background work give way to requests: while this instance is writing, such work rests several times as long
/// as it works; otherwise it does not rest at all.
/// </summary>
/// <param name="taken">Commands this instance has taken to write so far.</param>
/// <param name="turn">Waited for after each rest: the work takes turns with other work; null: it does not.</param>
public sealed class Pace(Func<long> taken, TimeProvider clock, Func<CancellationToken, ValueTask>? turn = null)
{
    /// <summary>Commands a second from which on the instance is taken to be busy.</summary>
    public const int BusyPerSecond = 50;

    /// <summary>How many times as long as it worked it rests while the instance is busy.</summary>
    public const int RestFactor = 4;

    /// <summary>How long the rest after one piece of work may be.</summary>
    public static readonly TimeSpan RestMax = TimeSpan.FromSeconds(2);

    private long _lookedAt = clock.GetTimestamp();
    private long _taken = taken();
    private bool _isBusy;

    /// <summary>Nobody to give way to: a command of an operator.</summary>
    public static readonly Pace Full = new(() => 0, TimeProvider.System);

    /// <summary>One for each piece of work: what it sees of the writer is since it last looked.</summary>
    public static Pace BesideOf(LeadWriter writer, TimeProvider clock, Func<CancellationToken, ValueTask>? turn = null) => new(() => writer.Taken, clock, turn);

    /// <summary>Called between two pages of the work, by one caller at a time.</summary>
    /// <param name="worked">How long the last page took.</param>
    public async ValueTask RestAsync(TimeSpan worked, CancellationToken ct)
    {
        var elapsed = clock.GetElapsedTime(_lookedAt);
        if (elapsed >= TimeSpan.FromMilliseconds(100))
        {
            var now = taken();
            _isBusy = (now - _taken) / elapsed.TotalSeconds > BusyPerSecond;
            (_taken, _lookedAt) = (now, clock.GetTimestamp());
        }

        if (_isBusy)
        {
            var rest = worked * RestFactor;
            await Task.Delay(rest < RestMax ? rest : RestMax, clock, ct);
        }

        if (turn is not null) await turn(ct);
    }
}
