using System.CommandLine;
using LeadScoring.Host.Events;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Leads.Rebuilding;
using LeadScoring.Host.Scoring.Models;
using Npgsql;

namespace LeadScoring.Host.Operations.Commands;

/// <summary><c>rebuild</c> and <c>verify</c>: both may run beside the service.</summary>
internal static class RebuildCommands
{
    /// <summary>Work goes in small pages; only counting all leads takes longer with their number.</summary>
    private static readonly TimeSpan StatementMax = TimeSpan.FromMinutes(10);

    public static Command BuildRebuild() => Build(
        "rebuild",
        "Makes lead documents and identities from the event log again; safe beside a running service, safe to repeat.",
        (database, streams, models, scope, output, ct) => RebuildRuns.RunAsync(
            new Rebuild(database, streams, models, TimeProvider.System), scope, output, ct));

    public static Command BuildVerify() => Build(
        "verify",
        "Compares lead documents and identities with the event log; prints every difference and exits with 1 when there is any.",
        (database, streams, models, scope, output, ct) => RebuildRuns.RunAsync(
            new Verify(database, streams, models), scope, output, ct));

    private static Command Build(
        string name, string description, Func<NpgsqlDataSource, LeadStreams, TenantModels, LeadScope, TextWriter, CancellationToken, Task<int>> run)
    {
        var tenant = new Option<string?>("--tenant") { Description = "Only this tenant's leads." };
        var lead = new Option<Guid?>("--lead") { Description = "Only the lead with this id." };
        var command = new Command(name, description) { tenant, lead };
        command.SetAction(async parsed =>
        {
            using var stop = StopSignals.Listen();
            var builder = Composition.NewBuilder(SettingsOption.ReadForAnswer(parsed));
            await using var database = await CommandDatabase.OpenMigratedAsync(
                builder, stop.Token, options => options with { StatementTimeout = StatementMax });
            await using var documents = MartenSetup.StoreOf(database.Source);
            var models = new TenantModels(new ModelStreams(documents, database.Source), TimeProvider.System);
            var unreadable = await models.LookAsync(stop.Token);
            var streams = new LeadStreams(database.Source, new EventTypes(), models);
            var scope = new LeadScope(parsed.GetValue(tenant), parsed.GetValue(lead));
            if (unreadable.Keys.FirstOrDefault(id => scope.TenantId is null || scope.TenantId == id) is { } unknown)
            {
                throw new StartupRefusal($"The scoring models of tenant {unknown} cannot be read ({unreadable[unknown]}); others can be named with --tenant.");
            }

            return await run(database.Source, streams, models, scope, parsed.InvocationConfiguration.Output, stop.Token);
        });
        return command;
    }
}
