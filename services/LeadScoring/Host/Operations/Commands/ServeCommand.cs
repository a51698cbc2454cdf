using System.CommandLine;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;
using LeadScoring.Host.Storage;
using Microsoft.AspNetCore.Connections;

namespace LeadScoring.Host.Operations.Commands;

internal static class ServeCommand
{
    public static Option<string?> Urls { get; } = new("--urls")
    {
        Description = $"Where to listen, e.g. http://0.0.0.0:8080; several are separated by ';'. Default: {Listening.DefaultUrl}",
    };

    public static Command Build()
    {
        var command = new Command("serve", "Runs the service until it is stopped (the default).") { Urls };
        command.SetAction(async parsed =>
        {
            var settings = SettingsOption.Read(parsed);
            if (parsed.GetValue(Urls) is { } urls) settings["urls"] = urls;
            return await RunAsync(settings, parsed.InvocationConfiguration.Output);
        });
        return command;
    }

    private static async Task<int> RunAsync(Dictionary<string, string?> settings, TextWriter output)
    {
        using var stop = StopSignals.Listen();
        var builder = Composition.NewBuilder(settings);
        await using var database = await CommandDatabase.OpenMigratedAsync(builder, stop.Token);
        await RefuseWhileProjectionsAreRebuiltAsync(database, stop.Token);
        await using var app = Composition.Build(builder, database.Source);
        var registry = app.Services.GetRequiredService<IRegistry>();
        if (await FirstStart.EnsureAsync(registry, TimeProvider.System, stop.Token) is { } key) FirstStart.Print(key, output);
        await StartAsync(app, stop.Token);
        app.Logger.LogInformation("Using {Database}. The API explains itself at {Url}/swagger.", database.Where, app.Urls.First());
        await app.WaitForShutdownAsync(stop.Token);
        return 0;
    }

    private static async Task RefuseWhileProjectionsAreRebuiltAsync(Database database, CancellationToken ct)
    {
        await using var none = await SessionLock.TryTakeAsync(database.Source, SessionLock.ProjectionRebuild, ct)
            ?? throw new StartupRefusal("Projections are being rebuilt, and leads are missing meanwhile: start the service when 'projections rebuild' has ended.");
    }

    private static async Task StartAsync(WebApplication app, CancellationToken ct)
    {
        try
        {
            await app.StartAsync(ct);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            throw new StartupRefusal($"{e.Message.TrimEnd('.')}: stop the program that listens there, or choose another address with --urls.", e);
        }
        catch (IOException e) when (e.Message.StartsWith("Failed to bind", StringComparison.Ordinal))
        {
            throw new StartupRefusal($"{e.Message.TrimEnd('.')}: choose another address with --urls.", e);
        }
        catch (System.Net.Sockets.SocketException e)
        {
            throw new StartupRefusal($"Cannot listen ({e.Message}): choose another address with --urls.", e);
        }
    }
}
