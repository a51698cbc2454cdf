namespace LeadScoring.Benchmarks.Stack;

/// <summary>A folder that goes when it is no longer needed.</summary>
internal sealed class TemporaryFolder(DirectoryInfo parent) : IDisposable
{
    /// <summary>Not made yet: the cluster makes it, with the rights its server needs.</summary>
    public string Path { get; } = System.IO.Path.Combine(parent.FullName, $"leadscoring-benchmark-{Guid.NewGuid():N}");

    public void Dispose()
    {
        if (Directory.Exists(Path)) Directory.Delete(Path, recursive: true);
    }
}
