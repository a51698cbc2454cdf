using Spectre.Console;

namespace LeadScoring.Host.Leads.Rebuilding;

/// <summary>The commands <c>rebuild</c> and <c>verify</c> of the command line.</summary>
public static class RebuildRuns
{
    public const int ExitDone = 0;
    public const int ExitDifferences = 1;

    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(Rebuild rebuild, StreamScope scope, IAnsiConsole console, CancellationToken ct)
    {
        var progress = new WorkProgress();
        var result = await ProgressDisplay.RunAsync(console, "Rebuilding", progress, rebuild.RunAsync(scope, progress, ct));
        console.WriteLine(
            $"Rebuilt {result.Leads:N0} leads from {result.Events:N0} events. Removed {result.RowsRemoved:N0} rows and "
            + $"{result.ClaimsRemoved:N0} keys without a stream's word, restored {result.ClaimsRestored:N0} keys.");
        return ExitDone;
    }

    /// <summary>Prints every difference by lead, without personal data.</summary>
    /// <returns>The exit code: <see cref="ExitDifferences"/> when there is any.</returns>
    public static async Task<int> RunAsync(Verify verify, StreamScope scope, IAnsiConsole console, CancellationToken ct)
    {
        var progress = new WorkProgress();
        var result = await ProgressDisplay.RunAsync(console, "Verifying", progress, verify.RunAsync(scope, progress, ct));
        foreach (var difference in result.Shown) console.WriteLine(difference.ToString());
        if (result.Differences > result.Shown.Count)
        {
            console.WriteLine($"... and {result.Differences - result.Shown.Count:N0} more.");
        }

        console.WriteLine($"Verified {result.Leads:N0} leads with {result.Events:N0} events: {result.Differences:N0} differences.");
        return result.Differences == 0 ? ExitDone : ExitDifferences;
    }
}
