using Spectre.Console;

namespace LeadScoring.Benchmarks.Soak;

/// <summary>The report for people.</summary>
internal static class SoakTable
{
    public static void Print(SoakReport report)
    {
        Console.WriteLine();
        var (memory, table) = (report.Memory, StudyTables.Make("figure", "value", "target"));
        table.AddRow("operations/s, open loop", $"{report.PerSecond:N0}", "");
        table.AddRow("peak of the same mix", $"{report.PeakPerSecond:N0}", "");
        table.AddRow("ms from due to answer, p50", $"{report.P50Ms:0.0}", "");
        table.AddRow("p99", $"{report.P99Ms:0.0}", "");
        table.AddRow("p99.9", $"{report.P999Ms:0.0}", "");
        table.AddRow("memory at the start, MiB", $"{memory.Start:0}", "");
        table.AddRow("median", $"{memory.Middle:0}", "");
        table.AddRow("at the end", $"{memory.End:0}", "");
        table.AddRow("at most", $"{memory.Max:0}", $"≤ {SoakOptions.MemoryTarget:0} {Word(memory.IsSmall)}");
        table.AddRow("slope in the second half, MiB/minute", $"{memory.SlopePerMinute:0.00}", "");
        table.AddRow("growth in the second half", $"{memory.GrowthShare:P1}", $"≤ {SoakOptions.GrowthShareMax:P0} {Word(memory.IsFlat)}");
        table.AddRow("database bytes per event", $"{report.DatabaseBytesPerEvent:N0}", "");
        AnsiConsole.Write(table);
        Console.WriteLine("Every answer was checked, the log holds exactly the acknowledged events, and 'verify' found every row equal to it.");
        StudyTables.PrintMachine(report.Machine, report.At, $"{report.Minutes} minutes", report.OthersShare);
    }

    private static string Word(bool met) => met ? "met" : "MISSED";
}
