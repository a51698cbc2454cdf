namespace LeadScoring.Benchmarks.Soak;

/// <param name="Minutes">How long the traffic runs once the peak is known.</param>
internal sealed record SoakOptions(int Minutes, FileInfo? JsonFile, DirectoryInfo Folder)
{
    public const int MinutesMax = 24 * 60;

    /// <summary>MiB, resident.</summary>
    public const double MemoryTarget = 300;

    /// <summary>Memory that grows by less than this, of its median, over the second half is flat.</summary>
    public const double GrowthShareMax = 0.05;
}
