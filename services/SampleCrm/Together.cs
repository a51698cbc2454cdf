namespace SampleCrm;

/// <summary>Parts of one work that make no sense alone.</summary>
internal static class Together
{
    /// <summary>Everything runs until one part ends: it failed, or all are told to stop.</summary>
    public static async Task RunAsync(CancellationTokenSource ending, params Task[] parts)
    {
        await Task.WhenAny(parts);
        await ending.CancelAsync();
        try
        {
            await Task.WhenAll(parts);
        }
        catch (OperationCanceledException) when (!parts.Any(part => part.IsFaulted))
        {
            // Being told to stop is how the work ends.
        }
    }
}
