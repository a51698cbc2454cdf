namespace LeadScoring.Host.Broker;

/// <summary>Pauses that double from one failure to the next, with jitter so that many clients do not come back together.</summary>
internal static class Backoff
{
    /// <summary>The first pause, before jitter.</summary>
    public static readonly TimeSpan First = TimeSpan.FromMilliseconds(200);

    private const int DoublingsMax = 20;

    /// <param name="failures">In a row, 1 or more.</param>
    /// <returns>Between half of the doubled pause and all of it, and at most <paramref name="max"/>.</returns>
    public static TimeSpan After(int failures, TimeSpan max)
    {
        var pause = Math.Min(First.TotalMilliseconds * Math.Pow(2, Math.Min(failures - 1, DoublingsMax)), max.TotalMilliseconds);
        return TimeSpan.FromMilliseconds(pause * (0.5 + (Random.Shared.NextDouble() / 2)));
    }
}
