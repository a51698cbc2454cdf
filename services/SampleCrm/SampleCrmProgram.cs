using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;
using Spectre.Console;

namespace SampleCrm;

/// <summary>The command line; composition only.</summary>
internal static partial class SampleCrmProgram
{
    private static readonly Option<Uri?> Url = Address(
        "--url", "Where LeadScoring listens.", "an http or https address", new Uri("http://127.0.0.1:5080"), "http", "https");

    private static readonly Option<string> Key = Secret("--key", "LEADSCORING_KEY", "An API key, ls_...");

    private static readonly Option<int> Seed = Checked(
        "--seed", "The same seed plays the same people.", "a whole number", 42, text => (int.TryParse(text, out var seed), seed));

    private static readonly Option<int> Port = Checked(
        "--port", "Of the desk's page, on loopback; 0 takes any free one.", "0 to 65535", 5090, text => (ushort.TryParse(text, out var port), (int)port));

    private static readonly Option<double> Pace = Checked(
        "--pace", "How many times faster than a patient human sales answers.", "0.01 to 1000", 1, text => InRange(text, 0.01, 1_000));

    private static readonly Option<double> Rate = Checked(
        "--rate", "New engagements per second in the live part.", "0.1 to 500", 8, text => InRange(text, 0.1, 500));

    private static readonly Option<HandoffsFrom?> From = Checked<HandoffsFrom?>(
        "--from",
        "How sales gets its events: feed, webhook or rabbitmq. Not given: rabbitmq where --rabbitmq is; else the demo takes the webhook, crm the feed.",
        "feed, webhook or rabbitmq",
        null,
        text => Enum.TryParse<HandoffsFrom>(text, ignoreCase: true, out var from) && !char.IsAsciiDigit(text[0]) ? (true, from) : default);

    private static readonly Option<string> RabbitMq = Secret("--rabbitmq", "LEADSCORING_RABBITMQ", "The broker, amqp://user:password@host");

    private static readonly Option<string> Database = Secret(
        "--database", "ConnectionStrings__SampleCrm", "Where a desk on RabbitMQ keeps its inbox and its leads: a PostgreSQL connection string");

    private static readonly Option<string> Exchange = new("--exchange") { Description = "The broker's exchange.", DefaultValueFactory = _ => "leadscoring" };

    private static readonly Option<string> Tenant = new("--tenant") { Description = "Whose events are meant.", DefaultValueFactory = _ => "demo" };

    private static readonly Option<string?> Name = Checked<string?>(
        "--name",
        "Of this desk: its subscription, its queue and its schema are found again by it.",
        "a lower-case letter, and then at most 30 of them, digits and _",
        "crm",
        text => (NamePattern().IsMatch(text), text));

    private static readonly Option<Uri?> WebhookUrl = Address(
        "--webhook-url", $"Where the service reaches {WebhookHandoffs.Path}, if not on this machine.", "an http or https address", null, "http", "https");

    private static readonly Option<bool> ShowKey = new("--show-key") { Description = "Show the key on the screen, to try the API with." };

    private static readonly Option<TimeSpan?> Minutes = Checked<TimeSpan?>(
        "--minutes",
        "How long the stream is played, or forever; the desk stays.",
        "a number of minutes, at most a week of them, or forever",
        null,
        text => text == "forever" ? (true, null) : InRange(text, 0.01, 7 * 24 * 60) is (true, var minutes) ? (true, TimeSpan.FromMinutes(minutes)) : default);

    private static Task<int> Main(string[] args)
    {
        var crm = new Command("crm", "Takes handoffs as they are published and answers them, as a sales team would.")
        {
            Url, Key, Seed, Port, Pace, From, RabbitMq, Database, Exchange, Tenant, Name, WebhookUrl,
        };
        crm.SetAction((given, stop) => EndingWellAsync(() => WorkDeskAsync(given, stop), stop));
        var demo = new Command("demo", "Plays invented prospects, marketing and sales through the API and shows how the leads fare.")
        {
            Url, Key, Seed, Port, Minutes, Rate, ShowKey, From, RabbitMq, Database, Exchange, Tenant, Name, WebhookUrl,
        };
        demo.SetAction((given, stop) => EndingWellAsync(() => PlayAsync(given, stop), stop));
        var root = new RootCommand("SampleCrm: a small sales system downstream of LeadScoring.") { crm, demo };
        return root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(10) });
    }

    private static Task PlayAsync(ParseResult given, CancellationToken stop)
    {
        var office = OfficeOf(given, HandoffsFrom.Webhook, logs: false);
        var options = new DemoOptions(
            given.GetValue(Url)!, KeyOf(given), given.GetValue(Seed), given.GetValue(Minutes), given.GetValue(Rate), office, given.GetValue(ShowKey));
        return DemoRun.RunAsync(options, AnsiConsole.Console, TimeProvider.System, stop);
    }

    private static async Task WorkDeskAsync(ParseResult given, CancellationToken stop)
    {
        using var api = new LeadScoringApi(given.GetValue(Url)!, KeyOf(given));
        var desk = new SalesDesk(api, new SalesPersonality(given.GetValue(Seed)), given.GetValue(Pace), TimeProvider.System)
        {
            Moved = deed => Console.WriteLine($"{deed.At:HH:mm:ss} lead {deed.Lead.Id} {deed.Lead.Handoff?.Judgement.Rating}: {deed.Move.Says}"),
        };
        await using var office = await SalesOffice.OpenAsync(api, OfficeOf(given, HandoffsFrom.Feed, logs: true), desk, stop);
        Console.WriteLine($"Sales' desk: {office.Url}");
        await office.WorkAsync(stop);
    }

    private static OfficeOptions OfficeOf(ParseResult given, HandoffsFrom otherwise, bool logs)
    {
        var (broker, name) = (given.GetValue(RabbitMq)!, given.GetValue(Name)!);
        var from = given.GetValue(From) ?? (broker.Length == 0 ? otherwise : HandoffsFrom.Rabbitmq);
        var options = new OfficeOptions(given.GetValue(Port), from, name, given.GetValue(WebhookUrl), Logs: logs);
        if (from != HandoffsFrom.Rabbitmq) return options;
        if (!Uri.TryCreate(broker, UriKind.Absolute, out var uri) || uri.Scheme is not ("amqp" or "amqps"))
        {
            throw new Refusal("Where is RabbitMQ? Give --rabbitmq amqp://user:password@host, or LEADSCORING_RABBITMQ.");
        }

        var database = given.GetValue(Database)!;
        if (database.Length == 0) throw new Refusal("Where may the desk keep what it took? Give ConnectionStrings__SampleCrm, or --database: a PostgreSQL connection string.");
        return options with { RabbitMq = new(uri, database, given.GetRequiredValue(Exchange), name, given.GetRequiredValue(Tenant)) };
    }

    private static string KeyOf(ParseResult given) =>
        given.GetValue(Key) is { Length: > 0 } key ? key : throw new Refusal("An API key is needed: --key or LEADSCORING_KEY.");

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
        catch (Refusal e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
    }

    private static Option<string> Secret(string name, string variable, string description) => new(name)
    {
        Description = $"{description}; better given as {variable} in the environment, which other users cannot read.",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable(variable) ?? "",
    };

    private static Option<Uri?> Address(string name, string description, string expectation, Uri? standard, params string[] schemes) => Checked(
        name, description, expectation, standard, text => Uri.TryCreate(text, UriKind.Absolute, out var url) && schemes.Contains(url.Scheme) ? (true, url) : default);

    /// <summary>An option that refuses a bad value with a sentence; the library's own message speaks of .NET types.</summary>
    private static Option<T> Checked<T>(string name, string description, string expectation, T standard, Func<string, (bool Fine, T? Value)> read) => new(name)
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

    [GeneratedRegex("^[a-z][a-z0-9_]{0,30}$", RegexOptions.None, matchTimeoutMilliseconds: 100)]
    private static partial Regex NamePattern();
}
