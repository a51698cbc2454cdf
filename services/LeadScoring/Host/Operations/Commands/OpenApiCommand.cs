using System.CommandLine;
using LeadScoring.Host.Http.OpenApi;

namespace LeadScoring.Host.Operations.Commands;

internal static class OpenApiCommand
{
    public static Command Build()
    {
        var output = new Option<FileInfo?>("--output") { Description = "The file to write; without it the document goes to standard output." };
        var command = new Command("openapi", "Writes the API's OpenAPI document; needs no database.") { output };
        command.SetAction(async parsed =>
        {
            var document = await OpenApiText.WriteAsync(SettingsOption.ReadForAnswer(parsed));
            if (parsed.GetValue(output) is { } file) await File.WriteAllTextAsync(file.FullName, document);
            else await parsed.InvocationConfiguration.Output.WriteAsync(document);
            return 0;
        });
        return command;
    }
}
