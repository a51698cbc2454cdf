namespace LeadScoring.Benchmarks;

/// <param name="Only">Names of the scenarios to run; empty: all.</param>
/// <param name="Repetitions">1 to 100; round-robin over the scenarios, after one round that is not counted.</param>
/// <param name="Seconds">1 to 600; the measured time of one scenario in one repetition.</param>
/// <param name="JsonFile">Where to write all repetitions and the machine's facts; null: nowhere.</param>
/// <param name="Folder">Existing folder on the disk to be measured, under which a temporary one is made.</param>
internal sealed record BenchmarkOptions(
    IReadOnlyList<string> Only, int Repetitions, int Seconds, FileInfo? JsonFile, DirectoryInfo Folder)
{
    public bool Wants(string scenario) => Only.Count == 0 || Only.Contains(scenario);
}
