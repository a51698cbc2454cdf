using LeadScoring.Benchmarks.Reporting;
using LeadScoring.Benchmarks.Stack;
using Spectre.Console;

namespace LeadScoring.Benchmarks.Comparison;

/// <param name="Median">Over the rounds.</param>
internal sealed record Spread(double Median, double Min, double Max)
{
    public static Spread? Of(IReadOnlyList<double> values) => values.Count == 0 ? null : new(Reporting.Median.Of(values), values.Min(), values.Max());
}

/// <summary>One figure over all rounds.</summary>
/// <param name="Other">Of the build that is compared with; null: there is none.</param>
/// <param name="Ratio">This build's to the other's, both of the same round.</param>
/// <param name="IsMet">Null: nothing is wanted.</param>
/// <param name="Costs">Per build, as text: what <see cref="CompareTable"/> explains.</param>
internal sealed record FigureSummary(Figure Figure, Spread This, Spread? Other, Spread? Ratio, Bound? Wanted, bool? IsMet, IReadOnlyList<string> Costs)
{
    /// <param name="builds">This one first.</param>
    public static IReadOnlyList<FigureSummary> Of(IReadOnlyList<FigureRound> rounds, IReadOnlyList<ServiceBuild> builds) =>
        [.. Figure.All.Where(f => rounds.Any(r => r.Figure == f.Name)).Select(f => Of(f, [.. rounds.Where(r => r.Figure == f.Name)], builds))];

    private static FigureSummary Of(Figure figure, IReadOnlyList<FigureRound> rounds, IReadOnlyList<ServiceBuild> builds)
    {
        var of = builds.Select(b => rounds.Where(r => r.Build == b.Name).ToDictionary(r => r.Round)).ToArray();
        var (here, other) = (of[0], of.Length > 1 ? of[1] : []);
        var ratio = Spread.Of([.. here.Values.Where(r => other.ContainsKey(r.Round)).Select(r => r.Value / other[r.Round].Value)]);
        var wanted = builds.Count < 2 || builds[1] != ServiceBuild.Idiomatic ? figure.Wanted : figure.OverIdiomatic is { } least ? Bound.Ratio(least) : null;
        var own = Values(here)!;
        var judged = wanted is { OfRatio: true } ? ratio : own;
        return new(
            figure, own, Values(other), ratio, wanted, wanted is null || judged is null ? null : wanted.IsMetBy(judged.Median), [.. of.Select(CostsOf)]);

        static Spread? Values(Dictionary<int, FigureRound> rounds) => Spread.Of([.. rounds.Values.Select(r => r.Value)]);
    }

    private static string CostsOf(Dictionary<int, FigureRound> rounds)
    {
        FigureRound[] loads = [.. rounds.Values.Where(r => r.P99Ms > 0)];
        return loads.Length == 0
            ? ""
            : $"{Middle(r => r.P50Ms):0.0} / {Middle(r => r.P99Ms):0.0} ms, {Middle(r => r.ServiceCpu):0} + {Middle(r => r.DatabaseCpu):0} µs";

        double Middle(Func<FigureRound, double> value) => Median.Of(loads.Select(value));
    }
}

/// <summary>Everything a comparison found.</summary>
/// <param name="Against">The other build and its commit; null: there was none.</param>
internal sealed record CompareReport(
    DateTimeOffset At,
    int Repetitions,
    int Seconds,
    Machine Machine,
    string? Against,
    IReadOnlyList<FigureSummary> Figures,
    IReadOnlyList<FigureRound> Rounds);

/// <summary>The report for people.</summary>
internal static class CompareTable
{
    public static void Print(CompareReport report, IReadOnlyList<ServiceBuild> builds)
    {
        Console.WriteLine();
        string[] others = builds.Count > 1 ? [builds[1].Name, "ratio"] : [];
        var table = StudyTables.Make(["figure", "unit", "this", .. others, "wanted", "", .. builds.Select(b => $"{b.Name}: p50 / p99, service + PostgreSQL")]);
        foreach (var f in report.Figures)
        {
            string[] beside = builds.Count > 1 ? [Text(f.Other, Format(f.Other)), Text(f.Ratio, "0.00")] : [];
            table.AddRow([f.Figure.Name, f.Figure.Unit, Text(f.This, Format(f.This)), .. beside, Wanted(f), f.IsMet switch { true => "met", false => "MISSED", null => "" }, .. f.Costs]);
        }

        AnsiConsole.Write(table);
        Console.WriteLine("Median (min-max) over the rounds; a ratio is of one round. µs: processor time per event or request. half-peak and feed-lag: both builds at one rate, from when a post was due.");
        Console.WriteLine("Every answer was checked, each log holds exactly the acknowledged engagements, and the builds' own 'verify' found nothing.");
        if (report.Against is { } against) Console.WriteLine($"Against {against}.");
        StudyTables.PrintMachine(
            report.Machine, report.At, $"{report.Repetitions} repetitions of {report.Seconds} s", report.Rounds.Select(r => r.OthersShare).DefaultIfEmpty(0).Max());
    }

    private static string Wanted(FigureSummary f) =>
        f.Wanted is { } wanted ? $"{(wanted.AtLeast ? "≥" : "≤")} {wanted.Value:#,##0.##}{(wanted.OfRatio ? " ×" : "")}" : "";

    private static string Format(Spread? spread) => spread is { Median: < 100 } ? "0.00" : "#,##0";

    private static string Text(Spread? spread, string format) => spread is null
        ? ""
        : $"{spread.Median.ToString(format)} ({spread.Min.ToString(format)}-{spread.Max.ToString(format)})";
}
