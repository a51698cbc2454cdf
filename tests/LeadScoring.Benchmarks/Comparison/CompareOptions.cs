namespace LeadScoring.Benchmarks.Comparison;

/// <param name="Against">A checkout whose service is built, or <see cref="Stack.ServiceBuild.Idiomatic"/>'s name; null: this build is measured alone.</param>
/// <param name="Figures">Names of <see cref="Figure.All"/>.</param>
/// <param name="Repetitions">1 to 100.</param>
/// <param name="Seconds">1 to 600; of one measurement of a load.</param>
/// <param name="Tenants">Among whom the posts of one figure are spread.</param>
/// <param name="ListLeads">How many leads there are where list pages are read.</param>
/// <param name="LogLeads">How many leads the long log is of.</param>
/// <param name="LogEvents">About how many events are rebuilt; the engagements follow from it.</param>
/// <param name="BacktestEvents">About how many events are backtested: the same log, gone on.</param>
/// <param name="SettleSeconds">How long a service does nothing before its idleness is measured, for half as long.</param>
/// <param name="Folder">On the disk to be measured; a temporary one is made in it.</param>
internal sealed record CompareOptions(
    string? Against,
    IReadOnlyList<string> Figures,
    int Repetitions,
    int Seconds,
    int Tenants,
    int ListLeads,
    int LogLeads,
    int LogEvents,
    int BacktestEvents,
    int SettleSeconds,
    FileInfo? JsonFile,
    DirectoryInfo Folder)
{
    public const int TenantsMax = 1_000;
    public const int LeadsMax = 2_000_000;
    public const int EventsMax = 20_000_000;

    public bool Wants(string figure) => Figures.Contains(figure);
}
