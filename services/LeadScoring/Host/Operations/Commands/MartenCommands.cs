using System.CommandLine;
using JasperFx;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.Host.Storage;

namespace LeadScoring.Host.Operations.Commands;

/// <summary>Marten's own commands on this program's stores. What they take is theirs: <c>help</c> and a verb tells.</summary>
internal static class MartenCommands
{
    private const string DbApply = "db-apply";
    private const string Projections = "projections";

    private static readonly (string Name, string Description)[] Verbs =
    [
        (DbApply, "Brings the database's tables up to this program's version; safe to repeat, and for several at once."),
        ("db-assert", "Tells whether the database's tables are as this program has them."),
        ("db-patch", "Writes what db-apply would do to a file."),
        ("db-dump", "Writes all tables as SQL to a file or folder."),
        ("db-list", "Lists the databases."),
        (Projections, "Lists projections, or rebuilds one: that empties its documents first, so only while no service runs. 'rebuild' does it beside a running one."),
        ("resources", "Checks what the service stands on."),
        ("describe", "Describes how the service is put together."),
        ("codegen", "Previews or writes the code that Marten generates."),
    ];

    public static IEnumerable<Command> Build() => Verbs.Select(verb =>
    {
        var command = new Command(verb.Name, verb.Description) { TreatUnmatchedTokensAsErrors = false };
        command.SetAction(parsed => RunAsync(verb.Name, parsed));
        return command;
    });

    private static async Task<int> RunAsync(string verb, ParseResult parsed)
    {
        using var stop = StopSignals.Listen();
        var builder = Composition.NewBuilder(SettingsOption.Read(parsed));
        builder.Host.ApplyJasperFxExtensions();
        await using var database = await CommandDatabase.OpenAsync(builder, stop.Token);
        await using var store = MartenSetup.StoreOf(database.Source);
        await Schema.RefuseNewerAsync(store, stop.Token);
        await using var app = Composition.Build(builder, database.Source);
        await using var alone = await AloneAsync(verb, database, stop.Token);
        if (verb == Projections) await app.Services.GetRequiredService<TenantModels>().LookAsync(stop.Token);
        var code = await app.RunJasperFxCommands([verb, .. parsed.UnmatchedTokens]);
        if (code != 0 || verb != DbApply) return code;
        await Schema.NoteAppliedAsync(store, stop.Token);
        await parsed.InvocationConfiguration.Output.WriteLineAsync($"The tables of {database.Where} are up to date.");
        return code;
    }

    private static async Task<SessionLock?> AloneAsync(string verb, Database database, CancellationToken ct) => verb switch
    {
        DbApply => await SessionLock.TakeAsync(database.Source, SessionLock.Schema, ct),
        Projections => await SessionLock.TryTakeAsync(database.Source, SessionLock.ProjectionRebuild, ct)
            ?? throw new StartupRefusal("Projections are being rebuilt already: wait for that to end."),
        _ => null,
    };
}
