using System.CommandLine;
using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Backtests;
using LeadScoring.Host.Events;
using LeadScoring.Host.Settings;

namespace LeadScoring.Host.Operations.Commands;

/// <summary><c>backtest</c>: tries a version on history.</summary>
internal static class BacktestCommand
{
    private static readonly Dictionary<string, string> OptionOfMember = new(StringComparer.Ordinal)
    {
        ["capacityPerWeek"] = "--capacity", ["targetPrecision"] = "--precision", ["upTo"] = JobCommand.UpTo.Name,
    };

    public static Command Build()
    {
        var version = new Option<int>("--version") { Description = "The version to try; a draft will do.", Required = true };
        var from = JobCommand.Instant("--from", "Qualifications from here on, e.g. 2026-01-01; default: the tenant's first event.");
        var to = JobCommand.Instant("--to", "Qualifications before this; default: up to the latest event.");
        var capacity = new Option<double?>("--capacity") { Description = "How many leads sales can take a week; default: the capacity the tenant has stated." };
        var precision = new Option<double?>("--precision") { Description = "Wished share of accepted among the answered, e.g. 0.6." };
        var against = new Option<int?>("--against") { Description = "The version to compare with; default: the one that holds." };
        var command = new Command("backtest", "Tries a version of the scoring model on the tenant's history; changes nothing. Ctrl-C cancels.")
        {
            JobCommand.Tenant, version, from, to, capacity, precision, against, JobCommand.UpTo, JobCommand.Output,
        };
        command.SetAction(parsed => JobCommand.RunAsync(parsed, async job =>
        {
            var tenant = await job.TenantAsync(parsed);
            var request = new BacktestRequest(
                JobCommand.Instant(parsed, from),
                JobCommand.Instant(parsed, to),
                parsed.GetValue(capacity),
                parsed.GetValue(precision),
                parsed.GetValue(against),
                parsed.GetValue(JobCommand.UpTo));
            var work = new BacktestJob(new BacktestRun(job.Database.Source, job.Types));
            var settings = new TenantSettings(job.Documents);
            var orders = new BacktestOrders(job.Models, settings, new LogScan(job.Database.Source), TimeProvider.System);
            return await job.RunAsync(
                "Backtest",
                new(BacktestJob.Kind, work.RunAsync),
                (by, ct) => orders.PrepareAsync(tenant, parsed.GetRequiredValue(version), request, by, creationKey: null, ct),
                member => OptionOfMember.GetValueOrDefault(member, $"--{member}"),
                parsed.GetValue(JobCommand.Output),
                result => ShowAsync(job, result));
        }));
        return command;
    }

    private static async Task ShowAsync(JobCommand job, string result)
    {
        var report = JsonSerializer.Deserialize(result, BacktestJson.Default.BacktestReport)!;
        foreach (var line in BacktestSummary.Lines(report)) await job.WriteLineAsync(line);
    }
}
