using System.CommandLine;
using System.Globalization;
using LeadScoring.Host.Access;
using LeadScoring.Host.DemoYear;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Leads.Rebuilding;
using LeadScoring.Host.Scoring.Models;

namespace LeadScoring.Host.Operations.Commands;

/// <summary><c>demo-year</c>: gives a tenant a past to try models on.</summary>
internal static class DemoYearCommand
{
    public static Command Build()
    {
        var tenant = new Option<string>("--tenant") { Description = "The tenant that gets the year. Its definition of a lead must be the first one.", Required = true };
        var leads = new Option<int>("--leads") { Description = $"How many people, 1 to {DemoYearPlan.LeadsMax}.", DefaultValueFactory = _ => 4_000 };
        var seed = new Option<int>("--seed") { Description = "The same seed makes the same people.", DefaultValueFactory = _ => 1 };
        leads.Validators.Add(given =>
        {
            if (given.GetValueOrDefault<int>() is < 1 or > DemoYearPlan.LeadsMax) given.AddError($"--leads: a number from 1 to {DemoYearPlan.LeadsMax} is expected.");
        });
        var command = new Command(
            "demo-year",
            "Writes a made-up year of leads into a tenant, ending now: what they did, and how sales answered. Some rules foretell the answers and others do not.")
        {
            tenant, leads, seed,
        };
        command.SetAction(async parsed =>
        {
            using var stop = StopSignals.Listen();
            var builder = Composition.NewBuilder(SettingsOption.ReadForAnswer(parsed));
            await using var database = await CommandDatabase.OpenMigratedAsync(builder, stop.Token);
            var clock = TimeProvider.System;
            var name = parsed.GetRequiredValue(tenant);
            await using var registry = MartenSetup.RegistryOf(database.Source);
            if (await new Tenants(registry, clock).FindAsync(name, stop.Token) is not { RevokedAt: null })
            {
                throw new StartupRefusal($"There is no tenant '{name}'. Make it with: leadscoring keys create --tenant {name} --create-tenant --name first");
            }

            await using var documents = MartenSetup.StoreOf(database.Source);
            using var models = new TenantModels(new ModelStreams(documents, database.Source), clock);
            await models.LookAsync(stop.Token);
            var now = clock.GetUtcNow();
            var plan = new DemoYearPlan(
                name, parsed.GetValue(leads), parsed.GetValue(seed), now.AddTicks(-(now.UtcTicks % TimeSpan.TicksPerSecond)), models.Of(name));
            return await WriteAsync(new(documents), plan, parsed.InvocationConfiguration.Output, stop.Token);
        });
        return command;
    }

    private static async Task<int> WriteAsync(DemoYearRun run, DemoYearPlan plan, TextWriter output, CancellationToken ct)
    {
        try
        {
            var progress = new WorkProgress();
            var year = await ProgressDisplay.RunAsync(output, "demo-year", progress, run.RunAsync(plan, progress, ct));
            await output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"{year.Leads:N0} leads, {year.Events:N0} events, {year.Handoffs:N0} handoffs: {year.Accepted:N0} accepted, {year.Rejected:N0} rejected, {year.Opportunities:N0} opportunities, {year.Won:N0} won."));
            return 0;
        }
        catch (DemoYearRefused refusal)
        {
            throw new StartupRefusal(refusal.Message, refusal);
        }
    }
}
