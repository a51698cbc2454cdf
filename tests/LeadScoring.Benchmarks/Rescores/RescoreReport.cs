using LeadScoring.Benchmarks.Reporting;
using Spectre.Console;

namespace LeadScoring.Benchmarks.Rescores;

/// <summary>One pass over all leads alone, and posts without and with one beside them.</summary>
/// <param name="Change">What of the model had changed.</param>
/// <param name="PassSeconds">Nothing else going on.</param>
/// <param name="Crossed">Leads held because they crossed by the change.</param>
/// <param name="AloneP99Ms">Posts without a pass.</param>
/// <param name="BesideP99Ms">Posts with a pass going on all the time.</param>
/// <param name="BesidePerSecond">Leads looked at a second beside the posts.</param>
internal sealed record RescoreRound(
    string Change, int Repetition, double PassSeconds, long Crossed, double AloneP50Ms, double AloneP99Ms, double BesideP50Ms, double BesideP99Ms, double BesidePerSecond);

/// <summary>Everything the study found.</summary>
/// <param name="KilledAt">Leads done each time the service was killed in one more pass, which ended all the same.</param>
/// <param name="VerifySeconds">Of the last pass's rows; it found every one equal to its log.</param>
internal sealed record RescoreReport(
    DateTimeOffset At, int Leads, int PerSecond, Machine Machine, IReadOnlyList<RescoreRound> Rounds, IReadOnlyList<long> KilledAt, double VerifySeconds)
{
    public void Print()
    {
        Console.WriteLine();
        var table = StudyTables.Make(
            "change", "pass s", "leads/s", "crossed", "posts alone p50 ms", "p99 ms", "beside p50 ms", "p99 ms", "p99 ratio", "leads/s beside");
        foreach (var of in Rounds.GroupBy(r => r.Change))
        {
            table.AddRow(
                of.Key,
                Spread(of, r => r.PassSeconds, "0.0"),
                $"{Leads / Median.Of(of.Select(r => r.PassSeconds)):N0}",
                $"{of.Max(r => r.Crossed):N0}",
                $"{Median.Of(of.Select(r => r.AloneP50Ms)):0.0}",
                Spread(of, r => r.AloneP99Ms, "0.0"),
                $"{Median.Of(of.Select(r => r.BesideP50Ms)):0.0}",
                Spread(of, r => r.BesideP99Ms, "0.0"),
                Spread(of, r => r.BesideP99Ms / r.AloneP99Ms, "0.00"),
                Spread(of, r => r.BesidePerSecond, "N0"));
        }

        AnsiConsole.Write(table);
        Console.WriteLine($"One more pass ended although the service was killed after {string.Join(" and ", KilledAt.Select(k => $"{k:N0}"))} leads.");
        Console.WriteLine($"{Leads:N0} leads, {PerSecond:N0} posts a second. Afterwards 'verify' found every row equal to its log in {VerifySeconds:0.0} s.");
        StudyTables.PrintMachine(Machine, At, $"{Rounds.Max(r => r.Repetition)} repetitions", others: null);
    }
    private static string Spread(IEnumerable<RescoreRound> rounds, Func<RescoreRound, double> figure, string format) =>
        StudyTables.Spread(rounds.Select(figure), format);
}
