namespace LeadScoring.Benchmarks.Growth;

/// <param name="Stored">How many events lie in each database before it is measured; the first one is what the others are compared with.</param>
/// <param name="Instances">How many services share one database, each number a measurement of its own; empty: none.</param>
/// <param name="Verifies">Whether every lead of every database is folded again at the end.</param>
internal sealed record GrowthOptions(
    IReadOnlyList<int> Stored,
    IReadOnlyList<int> Instances,
    int Repetitions,
    int Seconds,
    bool Verifies,
    FileInfo? JsonFile,
    DirectoryInfo Folder)
{
    public const int InstancesMax = 8;
    public const int DatabasesMax = 6;

    /// <summary>Of what is stored beforehand: 10 million events are of 400,000 leads.</summary>
    private const int EventsPerLead = 25;

    /// <summary>The others capture it and name it.</summary>
    public const int EngagementsPerLead = 23;

    public const int EventsMax = 20_000_000;

    public static int LeadsOf(int events) => (events + EventsPerLead - 1) / EventsPerLead;
}
