using System.Diagnostics;

namespace LeadScoring.IntegrationTests.Webhooks;

/// <summary>What comes about in its own time.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromMilliseconds(10);

    /// <exception cref="TimeoutException">It did not within half a minute.</exception>
    public static async Task TrueAsync(Func<Task<bool>> isSo, string what)
    {
        for (var started = Stopwatch.GetTimestamp(); !await isSo();)
        {
            if (Stopwatch.GetElapsedTime(started) > Patience) throw new TimeoutException($"Did not come about: {what}.");
            await Task.Delay(AskAgainAfter);
        }
    }
}
