using System.CommandLine;
using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Backtests;
using LeadScoring.Host.Events;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.Host.Scoring.Suggestions;

namespace LeadScoring.Host.Operations.Commands;

/// <summary><c>suggest</c>: points from the outcomes so far, as a draft.</summary>
internal static class SuggestCommand
{
    public static Command Build()
    {
        var basedOn = new Option<int?>("--based-on") { Description = "The version whose rules are weighed anew; default: the one that holds." };
        var target = new Option<SuggestionTarget?>("--target") { Description = "What the points are to foretell; default: accepted." };
        var from = JobCommand.Instant("--from", "Handoffs from here on, e.g. 2026-01-01; default: all.");
        var to = JobCommand.Instant("--to", "Handoffs before this; default: all.");
        var command = new Command("suggest", "Proposes points and cut-offs from the outcomes so far and drafts a version of them. Ctrl-C cancels.")
        {
            JobCommand.Tenant, basedOn, target, from, to, JobCommand.UpTo, JobCommand.Output,
        };
        command.SetAction(parsed => JobCommand.RunAsync(parsed, async job =>
        {
            var tenant = await job.TenantAsync(parsed);
            var request = new SuggestionRequest(
                parsed.GetValue(basedOn), parsed.GetValue(target), JobCommand.Instant(parsed, from), JobCommand.Instant(parsed, to), parsed.GetValue(JobCommand.UpTo));
            var orders = new SuggestionOrders(job.Models, new LogScan(job.Database.Source), TimeProvider.System);
            return await job.RunAsync(
                "Suggestion",
                new(SuggestionJob.Kind, Work(job).RunAsync),
                (by, ct) => orders.PrepareAsync(tenant, request, by, creationKey: null, ct),
                member => member switch { "basedOn" => basedOn.Name, "upTo" => JobCommand.UpTo.Name, _ => $"--{member}" },
                parsed.GetValue(JobCommand.Output),
                result => ShowAsync(job, result));
        }));
        return command;
    }

    private static SuggestionJob Work(JobCommand job)
    {
        var streams = new LeadStreams(job.Database.Source, job.Types, new TenantModels(job.Models, TimeProvider.System));
        return new(new SuggestionRun(job.Database.Source, job.Types, streams, job.Models, TimeProvider.System));
    }

    private static async Task ShowAsync(JobCommand job, string result)
    {
        var suggestion = JsonSerializer.Deserialize(result, SuggestionJson.Default.SuggestionResult)!;
        foreach (var line in SuggestionSummary.Lines(suggestion)) await job.WriteLineAsync(line);
    }
}
