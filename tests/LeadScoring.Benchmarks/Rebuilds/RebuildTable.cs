using Spectre.Console;

namespace LeadScoring.Benchmarks.Rebuilds;

/// <summary>The report for people.</summary>
internal static class RebuildTable
{
    public static void Print(RebuildReport report)
    {
        Console.WriteLine();
        var table = StudyTables.Make(
            "leads", "events", "raw read/s (F)", "rebuild events/s", "min", "max", "target", "of F", "min", "max", "target", "MiB at most", "verify s");
        foreach (var log in report.Logs)
        {
            table.AddRow(
                $"{log.Leads:N0}", $"{log.Events:N0}", $"{log.RawPerSecond:N0}",
                $"{log.PerSecond:N0}", $"{log.PerSecondMin:N0}", $"{log.PerSecondMax:N0}", StudyTables.Verdict(log.PerSecond, log.RateTarget),
                $"{log.Share:0.00}", $"{log.ShareMin:0.00}", $"{log.ShareMax:0.00}", StudyTables.Verdict(log.Share, log.ShareTarget),
                $"{log.MegabytesMax:0}", $"{log.VerifySeconds:0.0}");
        }

        AnsiConsole.Write(table);
        Console.WriteLine("A rebuild is the command as an operator runs it, its start included. After the last one 'verify' found every row equal to its log.");
        StudyTables.PrintMachine(report.Machine, report.At, $"{report.Repetitions} repetitions", others: null);
    }
}
