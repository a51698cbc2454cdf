using System.CommandLine;
using System.Globalization;
using SampleCrm.Api;
using SampleCrm.Demo;
using SampleCrm.Handoffs;
using SampleCrm.Sales;
using Spectre.Console;

namespace SampleCrm;

/// <summary>The command line; composition only.</summary>
internal static class SampleCrmProgram
{
    private static readonly TimeSpan StopTimeMax = TimeSpan.FromSeconds(10);

    private static readonly Option<Uri> Url = Checked(
        "--url",
        "Where LeadScoring listens.",
        new Uri("http://127.0.0.1:5080"),
        text => Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" ? (true, url) : default,
        "an http or https address");

    private static readonly Option<string> Key = new("--key")
    {
        Description = "An API key, ls_...; better given as LEADSCORING_KEY in the environment, which other users cannot read.",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("LEADSCORING_KEY") ?? "",
        Validators =
        {
            given =>
            {
                var key = given.GetValueOrDefault<string>();
                if (string.IsNullOrWhiteSpace(key)) given.AddError("An API key is needed: --key or LEADSCORING_KEY.");
            },
        },
    };

    private static readonly Option<int> Seed = Checked(
        "--seed", "The same seed plays the same people.", 42, text => (int.TryParse(text, out var seed), seed), "a whole number");

    private static readonly Option<int> Port = Checked(
        "--port",
        "Of the desk's page, on loopback; 0 takes any free one.",
        5090,
        text => (ushort.TryParse(text, out var port), port),
        "0 to 65535");

    private static readonly Option<double> Pace = Checked(
        "--pace", "How many times faster than a patient human sales answers.", 1, text => InRange(text, 0.01, 1_000), "0.01 to 1000");

    private static readonly Option<double> Rate = Checked(
        "--rate", "New engagements per second in the live part.", 8, text => InRange(text, 0.1, 500), "0.1 to 500");

    private static readonly Option<HandoffsFrom?> From = Checked<HandoffsFrom?>(
        "--from",
        "How sales gets its events: feed, webhook or rabbitmq. Not given: rabbitmq where --rabbitmq is; else the demo takes the webhook, crm the feed.",
        null,
        text => Enum.TryParse<HandoffsFrom>(text, ignoreCase: true, out var from) && !char.IsAsciiDigit(text[0]) ? (true, from) : default,
        "feed, webhook or rabbitmq");

    private static readonly Option<Uri?> RabbitMq = Checked<Uri?>(
        "--rabbitmq",
        "The broker, amqp://user:password@host; better given as LEADSCORING_RABBITMQ in the environment, which other users cannot read.",
        Environment.GetEnvironmentVariable("LEADSCORING_RABBITMQ") is { Length: > 0 } given ? ReadBroker(given).Value : null,
        ReadBroker,
        "an amqp or amqps address");

    private static readonly Option<string> Exchange = new("--exchange")
    {
        Description = "The broker's exchange.",
        DefaultValueFactory = _ => "leadscoring",
    };

    private static readonly Option<string> Tenant = new("--tenant")
    {
        Description = "Whose events are meant, of those on the broker's exchange.",
        DefaultValueFactory = _ => "demo",
    };

    private static readonly Option<string> Name = new("--name")
    {
        Description = "Of this desk: its subscription and its queue are found again by it.",
        DefaultValueFactory = _ => "desk",
    };

    private static readonly Option<Uri?> WebhookUrl = Checked<Uri?>(
        "--webhook-url",
        $"Where the service reaches this desk's {WebhookReceiver.Path}, when it is not on this machine.",
        null,
        text => Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" ? (true, url) : default,
        "an http or https address");

    private static readonly Option<bool> ShowKey = new("--show-key")
    {
        Description = "Show the key on the screen, to try the API with.",
    };

    private static readonly Option<TimeSpan?> Minutes = Checked<TimeSpan?>(
        "--minutes",
        "How long to play, or forever.",
        null,
        text => text == "forever" ? (true, null)
            : InRange(text, 0.01, 7 * 24 * 60) is (true, var minutes) ? (true, TimeSpan.FromMinutes(minutes))
            : default,
        "a number of minutes, at most a week of them, or forever");

    private static async Task<int> Main(string[] args)
    {
        var crm = new Command("crm", "Takes handoffs as they are published and answers them, as a sales team would.")
        {
            Url, Key, Seed, Port, Pace, From, RabbitMq, Exchange, Tenant, Name, WebhookUrl,
        };
        crm.SetAction((given, stop) => EndingWellAsync(() => WorkDeskAsync(given, stop), stop));
        var demo = new Command("demo", "Plays invented prospects, marketing and sales through the API and shows how the leads fare.")
        {
            Url, Key, Seed, Port, Minutes, Rate, ShowKey, From, RabbitMq, Exchange, Tenant, Name, WebhookUrl,
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
            OfficeOf(given, HandoffsFrom.Webhook),
            given.GetValue(ShowKey));
        return DemoRun.RunAsync(options, AnsiConsole.Console, TimeProvider.System, stop);
    }

    private static async Task WorkDeskAsync(ParseResult given, CancellationToken stop)
    {
        using var api = new LeadScoringApi(given.GetRequiredValue(Url), given.GetRequiredValue(Key));
        var reception = new HandoffReception(new HandoffInbox()) { Said = state => Console.WriteLine($"Events: {state}.") };
        await using var office = await SalesOffice.OpenAsync(
            api,
            OfficeOf(given, HandoffsFrom.Feed),
            reception,
            inbox => new SalesDesk(inbox, api, new SalesPersonality(given.GetValue(Seed)), given.GetValue(Pace), TimeProvider.System)
            {
                Moved = deed => Console.WriteLine(
                    $"{deed.At:HH:mm:ss} lead {deed.Lead.LeadId} {deed.Lead.Handoff?.Judgement.Rating}: {deed.Move.Says}"),
            },
            TimeProvider.System,
            stop);
        Console.WriteLine($"Sales' desk: {office.Url}");
        await office.WorkAsync(stop);
    }

    /// <exception cref="BrokerMissing">RabbitMQ is asked for and nobody says where it is.</exception>
    private static OfficeOptions OfficeOf(ParseResult given, HandoffsFrom otherwise)
    {
        var (broker, name, tenant) = (given.GetValue(RabbitMq), given.GetRequiredValue(Name), given.GetRequiredValue(Tenant));
        var from = given.GetValue(From) ?? (broker is null ? otherwise : HandoffsFrom.Rabbitmq);
        if (from == HandoffsFrom.Rabbitmq && broker is null) throw new BrokerMissing();
        return new OfficeOptions(given.GetValue(Port), from)
        {
            Name = name,
            WebhookUrl = given.GetValue(WebhookUrl),
            RabbitMq = broker is null ? null : new RabbitOptions(broker, given.GetRequiredValue(Exchange), $"samplecrm.{tenant}.{name}", tenant),
        };
    }

    private static (bool Fine, Uri? Value) ReadBroker(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "amqp" or "amqps" ? (true, url) : default;

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
        catch (Exception e) when (e is ServiceRefused or PortTaken or SeedUsedUp or DeskOverflow or BrokerMissing)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
    }

    /// <summary>An option that refuses a bad value with a sentence; the library's own message speaks of .NET types.</summary>
    private static Option<T> Checked<T>(
        string name, string description, T standard, Func<string, (bool Fine, T? Value)> read, string expectation) => new(name)
        {
            Description = description,
            DefaultValueFactory = _ => standard,
            CustomParser = given =>
            {
                var (fine, value) = read(given.Tokens[0].Value);
                if (!fine) given.AddError($"{name} takes {expectation}.");
                return value;
            },
        };

    private static (bool Fine, double Value) InRange(string text, double low, double high) =>
        (double.TryParse(text, CultureInfo.InvariantCulture, out var value) && value >= low && value <= high, value);
}

internal sealed class BrokerMissing() : Exception("Where is RabbitMQ? Give --rabbitmq amqp://user:password@host, or LEADSCORING_RABBITMQ.");
