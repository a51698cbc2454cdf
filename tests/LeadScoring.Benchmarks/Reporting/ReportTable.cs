using Spectre.Console;

namespace LeadScoring.Benchmarks.Reporting;

/// <summary>The report for people.</summary>
internal static class ReportTable
{
    private const int WidthMin = 170;

    /// <summary>More of the machine than this gone elsewhere, and the figures are not to be quoted.</summary>
    private const double OthersShareMax = 0.05;

    public static void Print(Report report)
    {
        // A pipe has no width of its own; a wrapped table can be neither read nor pasted.
        AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, WidthMin);
        Console.WriteLine();
        PrintScenarios(report);
        if (report.Targets.Count > 0) PrintTargets(report);
        if (report.Ratios.Count > 0) PrintRatios(report);
        if (report.Bytes.Count > 0) PrintBytes(report);
        PrintMachine(report);
    }

    private static void PrintScenarios(Report report)
    {
        var table = Table(
            "scenario", "clients", "unit", "median/s", "min/s", "max/s", "p50 ms", "p99 ms", "p99.9 ms", "µs service", "µs database", "µs generator", "WAL bytes");
        foreach (var s in report.Scenarios)
        {
            table.AddRow(
                s.Scenario, $"{s.Clients}", s.Unit, $"{s.PerSecondMedian:N0}", $"{s.PerSecondMin:N0}", $"{s.PerSecondMax:N0}", $"{s.P50Ms:0.00}", $"{s.P99Ms:0.00}", $"{s.P999Ms:0.00}",
                $"{s.ServiceCpu:0.0}", $"{s.DatabaseCpu:0.0}", $"{s.GeneratorCpu:0.0}", $"{s.WalBytes:0}");
        }

        AnsiConsole.Write(table);
        Console.WriteLine("µs: processor time per unit; the generator's own includes driving the ceilings C, A, P and F. half-peak is an open loop: latency counts from when a post was due.");
        Console.WriteLine("live-lag is the time from acknowledgement to a reader of the log. Every answer was checked, and the log holds exactly the acknowledged events.");
    }

    private static void PrintTargets(Report report)
    {
        var table = Table("target", "median", "wanted", "");
        foreach (var t in report.Targets)
        {
            table.AddRow(t.Name, Figure(t.Value, t.Unit), $"{(t.AtLeast ? "≥" : "≤")} {Figure(t.Bound, t.Unit)}", t.Met ? "met" : $"MISSED by {Math.Abs(1 - (t.Value / t.Bound)):P0}");
        }

        AnsiConsole.Write(table);
    }

    private static void PrintRatios(Report report)
    {
        var table = Table("of the ceiling", "median", "min", "max");
        foreach (var ratio in report.Ratios) table.AddRow(ratio.Name, $"{ratio.Value:0.00}", $"{ratio.Min:0.00}", $"{ratio.Max:0.00}");
        AnsiConsole.Write(table);
    }

    private static void PrintBytes(Report report)
    {
        var table = Table("relation", "bytes per event");
        foreach (var relation in report.Bytes) table.AddRow(relation.Relation, $"{relation.Bytes:0}");
        AnsiConsole.Write(table);
    }

    private static string Figure(double value, string unit) => unit switch
    {
        "" => $"{value:0.00}",
        "ms" => $"{value:0.0} ms",
        _ => $"{value:N0}{unit}",
    };

    private static void PrintMachine(Report report)
    {
        var m = report.Machine;
        Console.WriteLine($"{m.Cores} cores, {m.Processor}, {m.MemoryGigabytes} GiB, Linux {m.Kernel}, {m.FileSystem}, fdatasync {m.SyncMicroseconds:0} µs");
        Console.WriteLine($"PostgreSQL {m.Postgres} ({string.Join(", ", m.PostgresSettings.Select(s => $"{s.Key} {s.Value}"))})");
        Console.WriteLine($"{m.Runtime}, commit {m.Commit}, {report.Repetitions} repetitions of {report.Seconds} s, {report.At:u}");
        if (report.Scenarios.Max(s => s.OthersShareMax) is var others && others > OthersShareMax)
        {
            Console.WriteLine($"NOT ALONE: other programs took up to {others:P0} of the processors while this was measured (load {m.LoadAverage:0.0} before it).");
        }
    }

    private static Table Table(params string[] columns)
    {
        var table = new Table().Border(TableBorder.Markdown);
        foreach (var column in columns) table.AddColumn(new TableColumn(column) { Alignment = column is "scenario" or "unit" or "of the ceiling" or "target" or "relation" ? Justify.Left : Justify.Right });
        return table;
    }
}
