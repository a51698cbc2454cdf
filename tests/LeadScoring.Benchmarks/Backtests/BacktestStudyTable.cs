using LeadScoring.Benchmarks.Reporting;
using Spectre.Console;

namespace LeadScoring.Benchmarks.Backtests;

/// <summary>The report for people.</summary>
internal static class BacktestStudyTable
{
    public static void Print(BacktestStudyReport report)
    {
        Console.WriteLine();
        var rounds = report.Rounds;
        var share = Median.Of(rounds.Select(r => r.Share));
        var table = StudyTables.Make("events", "leads", "raw read/s (F)", "backtest events/s", "of F", "min", "max", "target", "MiB at most", "target");
        table.AddRow(
            $"{rounds[0].Events:N0}",
            $"{report.Leads:N0}",
            $"{Median.Of(rounds.Select(r => r.RawPerSecond)):N0}",
            $"{Median.Of(rounds.Select(r => r.PerSecond)):N0}",
            $"{share:0.00}",
            $"{rounds.Min(r => r.Share):0.00}",
            $"{rounds.Max(r => r.Share):0.00}",
            StudyTables.Verdict(share, BacktestStudyOptions.ShareTarget),
            $"{rounds.Max(r => r.MegabytesMax):0}",
            $"{BacktestStudyOptions.MegabytesTarget:0} {(rounds.Max(r => r.MegabytesMax) <= BacktestStudyOptions.MegabytesTarget ? "met" : "MISSED")}");
        AnsiConsole.Write(table);

        table = StudyTables.Make("posts", "alone/s", "beside a backtest/s", "share", "min", "max", "target", "p99 ms alone", "p99 ms beside");
        foreach (var load in rounds[0].Posts.Select(p => p.Load))
        {
            PostsRound[] of = [.. rounds.SelectMany(r => r.Posts).Where(p => p.Load == load)];
            var kept = Median.Of(of.Select(p => p.Share));
            table.AddRow(
                load,
                $"{Median.Of(of.Select(p => p.Alone)):N0}",
                $"{Median.Of(of.Select(p => p.Beside)):N0}",
                $"{kept:0.00}",
                $"{of.Min(p => p.Share):0.00}",
                $"{of.Max(p => p.Share):0.00}",
                StudyTables.Verdict(kept, BacktestStudyOptions.PostsTarget),
                $"{Median.Of(of.Select(p => p.AloneP99Ms)):0.0}",
                $"{Median.Of(of.Select(p => p.BesideP99Ms)):0.0}");
        }

        AnsiConsole.Write(table);
        Console.WriteLine("A backtest is the command as an operator runs it, its start included. Beside posts it is a job of the service that takes them.");
        StudyTables.PrintMachine(report.Machine, report.At, $"{rounds.Count} repetitions", others: null);
    }
}
