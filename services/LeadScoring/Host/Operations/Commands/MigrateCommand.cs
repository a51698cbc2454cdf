using System.CommandLine;

namespace LeadScoring.Host.Operations.Commands;

internal static class MigrateCommand
{
    public static Command Build()
    {
        var command = new Command("migrate", "Brings the database's tables up to this program's version; forward only, safe to repeat.");
        command.SetAction(async parsed =>
        {
            using var stop = StopSignals.Listen();
            var builder = Composition.NewBuilder(SettingsOption.ReadForAnswer(parsed));
            await using var database = await CommandDatabase.OpenAndMigrateAsync(builder, stop.Token);
            await parsed.InvocationConfiguration.Output.WriteLineAsync($"The tables of {database.Where} are up to date.");
            return 0;
        });
        return command;
    }
}
