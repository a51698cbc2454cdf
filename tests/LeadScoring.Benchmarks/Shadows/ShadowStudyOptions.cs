namespace LeadScoring.Benchmarks.Shadows;

/// <param name="Leads">In the database beforehand.</param>
/// <param name="Seconds">How long posts are measured, alone and beside versions in shadow.</param>
/// <param name="Versions">In shadow at once.</param>
internal sealed record ShadowStudyOptions(int Leads, int Repetitions, int Seconds, int Versions, FileInfo? JsonFile, DirectoryInfo Folder)
{
    public const int LeadsMax = 4_000_000;

    /// <summary>The service takes no more.</summary>
    public const int VersionsMax = 2;
}
