using System.CommandLine;
using System.Globalization;
using SampleCrm.Api;
using SampleCrm.Demo;
using SampleCrm.Sales;
using Spectre.Console;

namespace SampleCrm;

/// <summary>The command line; composition only.</summary>
internal static class SampleCrmProgram
{
    private const double RateMin = 0.1;
    private const double RateMax = 500;
    private static readonly TimeSpan StopTimeMax = TimeSpan.FromSeconds(10);

    private static readonly Option<Uri> Url = new("--url")
    {
        Description = "Where LeadScoring listens.",
        DefaultValueFactory = _ => new Uri("http://127.0.0.1:5080"),
        Validators =
        {
            given =>
            {
                if (given.GetValueOrDefault<Uri>() is not { IsAbsoluteUri: true, Scheme: "http" or "https" }) given.AddError("--url takes an http or https address.");
            },
        },
    };

    private static readonly Option<string> Key = new("--key")
    {
        Description = "An API key, ls_...; without it LEADSCORING_KEY of the environment, which other users of the machine cannot read.",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("LEADSCORING_KEY") ?? "",
        Validators =
        {
            given =>
            {
                if (string.IsNullOrWhiteSpace(given.GetValueOrDefault<string>())) given.AddError("An API key is needed: --key or LEADSCORING_KEY.");
            },
        },
    };

    private static readonly Option<int> Seed = new("--seed")
    {
        Description = "The same seed plays the same people.",
        DefaultValueFactory = _ => 42,
    };

    private static readonly Option<int> Port = new("--port")
    {
        Description = "Of the desk's page, on loopback; 0 takes any free one.",
        DefaultValueFactory = _ => 5090,
        Validators =
        {
            given =>
            {
                if (given.GetValueOrDefault<int>() is < 0 or > ushort.MaxValue) given.AddError("--port takes 0 to 65535.");
            },
        },
    };

    private static readonly Option<double> Pace = new("--pace")
    {
        Description = "How many times faster than a patient human sales answers.",
        DefaultValueFactory = _ => 1,
        Validators = { given => InRange(given, "--pace", 0.01, 1_000) },
    };

    private static readonly Option<double> Rate = new("--rate")
    {
        Description = "New engagements per second in the live part.",
        DefaultValueFactory = _ => 6,
        Validators = { given => InRange(given, "--rate", RateMin, RateMax) },
    };

    private static readonly Option<TimeSpan?> Minutes = new("--minutes")
    {
        Description = "How long to play: a number of minutes, or forever.",
        HelpName = "N|forever",
        DefaultValueFactory = _ => null,
        CustomParser = given =>
        {
            var text = given.Tokens[0].Value;
            if (text == "forever") return null;
            if (double.TryParse(text, CultureInfo.InvariantCulture, out var minutes) && minutes is > 0 and <= 60 * 24 * 7) return TimeSpan.FromMinutes(minutes);
            given.AddError("--minutes takes a number of minutes, at most a week of them, or forever.");
            return null;
        },
    };

    private static async Task<int> Main(string[] args)
    {
        var crm = new Command("crm", "Takes handoffs from sales' queue and answers them, as a sales team would.") { Url, Key, Seed, Port, Pace };
        crm.SetAction((given, stop) => EndingWellAsync(() => WorkDeskAsync(given, stop), stop));
        var demo = new Command("demo", "Plays invented prospects, marketing and sales through the API and shows how the leads fare.")
        {
            Url, Key, Seed, Port, Minutes, Rate,
        };
        demo.SetAction((given, stop) => EndingWellAsync(() => PlayAsync(given, stop), stop));

        var root = new RootCommand("SampleCrm: a small sales system downstream of LeadScoring.") { crm, demo };
        return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = StopTimeMax });
    }

    private static Task PlayAsync(ParseResult given, CancellationToken stop)
    {
        var options = new DemoOptions(
            given.GetRequiredValue(Url),
            given.GetRequiredValue(Key),
            given.GetValue(Seed),
            given.GetValue(Minutes),
            given.GetValue(Rate),
            given.GetValue(Port));
        return DemoRun.RunAsync(options, AnsiConsole.Console, TimeProvider.System, stop);
    }

    private static async Task WorkDeskAsync(ParseResult given, CancellationToken stop)
    {
        using var api = new LeadScoringApi(given.GetRequiredValue(Url), given.GetRequiredValue(Key));
        var desk = new SalesDesk(api, new SalesPersonality(given.GetValue(Seed)), given.GetValue(Pace), TimeProvider.System)
        {
            Moved = deed => Console.WriteLine($"{deed.At:HH:mm:ss} lead {deed.Lead.LeadId} {deed.Lead.Rating}: {deed.Move.Says}"),
        };
        await using var web = await DeskWeb.StartAsync(desk, given.GetValue(Port), TimeProvider.System, stop);
        Console.WriteLine($"Sales' desk: {web.Url}");
        await desk.WorkAsync(stop);
    }

    /// <returns>0 also when stopped; 1 after a sentence on standard error.</returns>
    private static async Task<int> EndingWellAsync(Func<Task> run, CancellationToken stop)
    {
        try
        {
            await run();
            return 0;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return 0;
        }
        catch (Exception e) when (e is ServiceRefused or PortTaken or SeedUsedUp)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
    }

    private static void InRange(System.CommandLine.Parsing.OptionResult given, string name, double low, double high)
    {
        if (given.GetValueOrDefault<double>() is var value && !(value >= low && value <= high)) given.AddError($"{name} takes {low} to {high}.");
    }
}
