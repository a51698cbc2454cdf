using LeadScoring.Benchmarks.Stack;
using Spectre.Console;

namespace LeadScoring.Benchmarks.Growth;

/// <summary>The report for people.</summary>
internal static class GrowthTable
{
    /// <summary>Relations that take less of a database are not shown.</summary>
    private const double ShownShareMin = 0.002;

    public static void Print(GrowthReport report)
    {
        Console.WriteLine();
        PrintFigures(report);
        foreach (var stored in report.Stored) PrintBytes(stored);
        StudyTables.PrintMachine(report.Machine, report.At, $"{report.Repetitions} repetitions of {report.Seconds} s", report.Figures.Max(f => f.OthersShareMax));
    }

    private static void PrintFigures(GrowthReport report)
    {
        var table = StudyTables.Make(
            "load", "events stored", "instances", "events/s", "min", "max", "ratio", "min", "max", "target", "p99 ms", "µs service", "µs database", "WAL bytes", "cache hits");
        foreach (var f in report.Figures)
        {
            table.AddRow(
                f.Load, $"{f.Stored:N0}", $"{f.Instances}", $"{f.PerSecondMedian:N0}", $"{f.PerSecondMin:N0}", $"{f.PerSecondMax:N0}",
                $"{f.Ratio:0.00}", $"{f.RatioMin:0.00}", $"{f.RatioMax:0.00}", StudyTables.Mark(f.Ratio, f.Target),
                $"{f.P99Ms:0.0}", $"{f.ServiceCpu:0.0}", $"{f.DatabaseCpu:0.0}", $"{f.WalBytes:0}", $"{f.CacheHitShare:0.000}");
        }

        AnsiConsole.Write(table);
        Console.WriteLine("The ratio is to the first figure of the same load, round by round. Every post was answered as recorded, none with a conflict, and every log holds exactly what was acknowledged.");
        Console.WriteLine();
    }

    private static void PrintBytes(StoredBytes stored)
    {
        var all = stored.Relations.Values.Sum();
        var table = StudyTables.Make("table or index", "MB", "bytes per event");
        foreach (var (name, bytes) in stored.Relations.Where(r => r.Value > all * ShownShareMin)) Add(name, bytes);
        Add("all", all);
        Console.WriteLine($"{stored.Events:N0} events and their leads on disk:");
        AnsiConsole.Write(table);
        Console.WriteLine();

        void Add(string name, long bytes) => table.AddRow(name, $"{bytes / 1e6:N1}", $"{(double)bytes / stored.Events:0.0}");
    }
}
