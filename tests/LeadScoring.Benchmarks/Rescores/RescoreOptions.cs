namespace LeadScoring.Benchmarks.Rescores;

/// <param name="Leads">In the database.</param>
/// <param name="Repetitions">Of every figure.</param>
/// <param name="Seconds">Of each window in which posts are measured.</param>
/// <param name="PerSecond">Posts a second.</param>
/// <param name="Kills">How often the service is killed in the middle of one more pass; at least once.</param>
internal sealed record RescoreOptions(int Leads, int Repetitions, int Seconds, int PerSecond, int Kills, FileInfo? JsonFile, DirectoryInfo Folder)
{
    public const int KillsMax = 20;
    public const int LeadsMax = 4_000_000;
    public const int PerSecondMax = 10_000;

    /// <summary>Of each lead beforehand.</summary>
    public const int EngagementsEach = 3;
}
