namespace LeadScoring.Host.Leads.Rebuilding;

/// <summary>A rebuild or a verification as an operator sees it.</summary>
public static class RebuildRuns
{
    public const int ExitDone = 0;
    public const int ExitDifferences = 1;

    public static async Task<int> RunAsync(Rebuild rebuild, LeadScope scope, TextWriter output, CancellationToken ct)
    {
        var progress = new WorkProgress();
        var result = await ProgressDisplay.RunAsync(output, "Rebuilding", progress, rebuild.RunAsync(scope, progress, ct));
        await output.WriteLineAsync(
            $"Rebuilt {result.Leads:N0} leads from {result.Events:N0} events. Without a stream's word: {result.DocumentsRemoved:N0} documents and "
            + $"{result.IdentitiesRemoved:N0} identities removed. Identities restored: {result.IdentitiesRestored:N0}.");
        return ExitDone;
    }

    /// <summary>Prints every difference by lead, without personal data.</summary>
    /// <returns>The exit code: <see cref="ExitDifferences"/> when there is any.</returns>
    public static async Task<int> RunAsync(Verify verify, LeadScope scope, TextWriter output, CancellationToken ct)
    {
        var progress = new WorkProgress();
        var result = await ProgressDisplay.RunAsync(output, "Verifying", progress, verify.RunAsync(scope, progress, ct));
        foreach (var difference in result.Shown) await output.WriteLineAsync(difference.ToString());
        if (result.Differences > result.Shown.Count)
        {
            await output.WriteLineAsync($"... and {result.Differences - result.Shown.Count:N0} more.");
        }

        await output.WriteLineAsync($"Verified {result.Leads:N0} leads with {result.Events:N0} events. Differences: {result.Differences:N0}.");
        return result.Differences == 0 ? ExitDone : ExitDifferences;
    }
}
