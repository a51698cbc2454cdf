using LeadScoring.Benchmarks.Reporting;
using Spectre.Console;

namespace LeadScoring.Benchmarks.Shadows;

/// <summary>Posts with and without versions in shadow beside them.</summary>
/// <param name="Load">Which posts.</param>
/// <param name="Alone">Events/s.</param>
/// <param name="Beside">Events/s.</param>
/// <param name="BehindEvents">Of the log, not yet scored in shadow when the posts ended.</param>
/// <param name="CaughtUpSeconds">From then until nothing was.</param>
internal sealed record ShadowRound(
    string Load, int Repetition, double Alone, double Beside, double AloneP99Ms, double BesideP99Ms, long BehindEvents, double CaughtUpSeconds);

/// <summary>Everything the study found.</summary>
/// <param name="Versions">In shadow at once.</param>
internal sealed record ShadowStudyReport(DateTimeOffset At, int Leads, int Versions, Machine Machine, IReadOnlyList<ShadowRound> Rounds)
{
    public void Print()
    {
        Console.WriteLine();
        var table = StudyTables.Make("posts", "alone/s", "beside shadow/s", "share", "p99 ms alone", "p99 ms beside", "events behind", "caught up s");
        foreach (var of in Rounds.GroupBy(r => r.Load))
        {
            table.AddRow(
                of.Key,
                Spread(of, r => r.Alone, "N0"),
                Spread(of, r => r.Beside, "N0"),
                Spread(of, r => r.Beside / r.Alone, "0.00"),
                Spread(of, r => r.AloneP99Ms, "0.0"),
                Spread(of, r => r.BesideP99Ms, "0.0"),
                Spread(of, r => r.BehindEvents, "N0"),
                Spread(of, r => r.CaughtUpSeconds, "0.0"));
        }

        AnsiConsole.Write(table);
        Console.WriteLine($"{Leads:N0} leads beforehand, {Versions} in shadow. What is behind is caught up with while nobody posts.");
        StudyTables.PrintMachine(Machine, At, $"{Rounds.Max(r => r.Repetition)} repetitions", others: null);
    }

    private static string Spread(IEnumerable<ShadowRound> rounds, Func<ShadowRound, double> figure, string format) =>
        StudyTables.Spread(rounds.Select(figure), format);
}
