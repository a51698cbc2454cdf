using System.Globalization;
using System.Text.Json;
using LeadScoring.Benchmarks.Reporting;
using Spectre.Console;

namespace LeadScoring.Benchmarks;

/// <summary>What the reports of the studies have in common.</summary>
internal static class StudyTables
{
    private const int WidthMin = 260;

    /// <summary>More of the machine than this gone elsewhere, and the figures are not to be quoted.</summary>
    private const double OthersShareMax = 0.05;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <param name="columns">The first is text, the others are numbers.</param>
    public static Table Make(params string[] columns)
    {
        // A pipe has no width of its own; a wrapped table can be neither read nor pasted.
        AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, WidthMin);
        var table = new Table().Border(TableBorder.Markdown);
        for (var i = 0; i < columns.Length; i++) table.AddColumn(new TableColumn(columns[i]) { Alignment = i == 0 ? Justify.Left : Justify.Right });
        return table;
    }

    /// <returns>The median, and the least and the most in brackets.</returns>
    public static string Spread(IEnumerable<double> values, string format)
    {
        double[] figures = [.. values];
        return $"{Text(Median.Of(figures))} ({Text(figures.Min())}-{Text(figures.Max())})";

        string Text(double value) => value.ToString(format, CultureInfo.InvariantCulture);
    }

    /// <param name="target">The least that is wanted; null: nothing is.</param>
    public static string Mark(double value, double? target) =>
        target is null ? "" : $"{target:#,##0.##} {(value >= target ? "met" : "MISSED")}";

    /// <param name="others">0 to 1: the largest share of the processors that went elsewhere while something was measured; null: not known.</param>
    public static void PrintMachine(Machine machine, DateTimeOffset at, string rounds, double? others)
    {
        Console.WriteLine($"{machine.Cores} cores, {machine.Processor}, {machine.MemoryGigabytes} GiB, Linux {machine.Kernel}, {machine.FileSystem}, fdatasync {machine.SyncMicroseconds:0} µs");
        Console.WriteLine($"PostgreSQL {machine.Postgres} ({string.Join(", ", machine.PostgresSettings.Select(s => $"{s.Key} {s.Value}"))})");
        Console.WriteLine($"{machine.Runtime}, commit {machine.Commit}, {rounds}, {at:u}");
        if (others is null) Console.WriteLine($"Load of the machine in the minute before: {machine.LoadAverage:0.0}");
        if (others > OthersShareMax)
        {
            Console.WriteLine($"NOT ALONE: other programs took up to {others:P0} of the processors while this was measured (load {machine.LoadAverage:0.0} before it).");
        }
    }

    public static async Task WriteAsync<T>(T report, FileInfo file, CancellationToken ct)
    {
        await using var stream = file.Create();
        await JsonSerializer.SerializeAsync(stream, report, Json, ct);
    }
}
