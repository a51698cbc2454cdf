using System.CommandLine;
using LeadScoring.Benchmarks.Idiomatic;
using LeadScoring.Host;

namespace LeadScoring.Benchmarks.Comparison;

internal static class CompareCommand
{
    private const int RepetitionsMax = 100;
    private const int SecondsMax = 600;

    public static Command Build()
    {
        var against = new Option<string?>("--against")
        {
            Description = $"A checkout whose service is built (-c Release), or '{IdiomaticPosts.Verb}'; default: this build is measured alone.",
        };
        var figures = new Option<string>("--figures")
        {
            Description = $"Some of {string.Join(',', Figure.Names)}; default: all that can be compared.", DefaultValueFactory = _ => "",
        };
        var repetitions = BenchmarkCommand.Number("--repetitions", "How often each figure is measured.", 5, RepetitionsMax);
        var seconds = BenchmarkCommand.Number("--seconds", "How long each measurement of a load takes.", 4, SecondsMax);
        var tenants = BenchmarkCommand.Number("--tenants", $"Tenants of {Figure.Tenants}.", 100, CompareOptions.TenantsMax);
        var listLeads = BenchmarkCommand.Number("--list-leads", $"Leads where {Figure.ListByScore} reads.", 1_000_000, CompareOptions.LeadsMax);
        var logLeads = BenchmarkCommand.Number("--log-leads", $"Leads of the log of {Figure.Spread}, {Figure.Rebuild} and {Figure.Backtest}.", 200_000, CompareOptions.LeadsMax);
        var logEvents = BenchmarkCommand.Number("--log-events", "Events of that log when it is rebuilt.", 2_000_000, CompareOptions.EventsMax);
        var backtestEvents = BenchmarkCommand.Number("--backtest-events", "Events of that log when it is backtested.", 5_000_000, CompareOptions.EventsMax);
        var settle = BenchmarkCommand.Number("--settle", "Seconds a service is left alone before its idleness is measured.", 60, SecondsMax);
        var json = StudyCommands.Json();
        var folder = StudyCommands.Folder();
        figures.Validators.Add(result =>
        {
            var names = Names(result.GetValue(figures));
            foreach (var name in names.Except(Figure.Names)) result.AddError($"There is no figure '{name}'.");
            if (result.GetValue(against) == IdiomaticPosts.Verb)
            {
                foreach (var name in names.Except(Figure.OfIdiomatic)) result.AddError($"The idiomatic service has no figure '{name}'.");
            }

            if (names.Any(n => n is Figure.HalfPeak or Figure.FeedLag) && !names.Contains(Figure.Single256))
            {
                result.AddError($"{Figure.HalfPeak} and {Figure.FeedLag} run at half of what {Figure.Single256} finds: add it.");
            }
        });
        var command = new Command("compare", "Measures this build of the service beside another one, round by round, on one PostgreSQL.")
        {
            against, figures, repetitions, seconds, tenants, listLeads, logLeads, logEvents, backtestEvents, settle, json, folder,
        };
        return StudyCommands.Study(command, (parsed, ct) =>
        {
            var named = Names(parsed.GetValue(figures));
            var other = parsed.GetValue(against);
            return CompareRun.RunAsync(
                new(
                    other,
                    named.Length > 0 ? named : other == IdiomaticPosts.Verb ? Figure.OfIdiomatic : Figure.Names,
                    parsed.GetValue(repetitions),
                    parsed.GetValue(seconds),
                    parsed.GetValue(tenants),
                    parsed.GetValue(listLeads),
                    parsed.GetValue(logLeads),
                    parsed.GetValue(logEvents),
                    parsed.GetValue(backtestEvents),
                    parsed.GetValue(settle),
                    parsed.GetValue(json),
                    parsed.GetRequiredValue(folder)),
                ct);
        });
    }

    private static string[] Names(string? list) =>
        (list ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
