namespace LeadScoring.Benchmarks.Rescores;

/// <param name="Leads">In the database.</param>
/// <param name="Repetitions">Of every figure.</param>
/// <param name="Seconds">Of each window in which posts are measured.</param>
/// <param name="PerSecond">Posts a second.</param>
internal sealed record RescoreOptions(int Leads, int Repetitions, int Seconds, int PerSecond, FileInfo? JsonFile, DirectoryInfo Folder)
{
    public const int LeadsMax = 4_000_000;
    public const int PerSecondMax = 10_000;
    public const int EventsPerLead = 5;
}
