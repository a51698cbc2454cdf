using System.CommandLine;
using Spectre.Console;

namespace SampleCrm;

/// <summary>The command line; composition only.</summary>
internal static class SampleCrmProgram
{
    private const string WebAddress = "an http or https address";
    private static readonly Option<Uri?> Url = Checked<Uri?>("--url", "Where LeadScoring listens.", WebAddress, new Uri("http://127.0.0.1:5080"), ReadUrl);
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
        "--from", "How sales gets its events; if not given, rabbitmq where --rabbitmq is, or webhook (demo) or feed (crm).", "feed, webhook or rabbitmq", null,
        text => Enum.TryParse<HandoffsFrom>(text, ignoreCase: true, out var from) && !char.IsAsciiDigit(text[0]) ? (true, from) : default);
    private static readonly Option<string> RabbitMq = Secret("--rabbitmq", "LEADSCORING_RABBITMQ", "The broker, amqp://user:password@host");
    private static readonly Option<string> Database = Secret(
        "--database", "ConnectionStrings__SampleCrm", "Where a desk on RabbitMQ keeps its inbox and its leads: a PostgreSQL connection string");
    private static readonly Option<string> Exchange = new("--exchange") { Description = "The broker's exchange.", DefaultValueFactory = _ => "leadscoring" };
    private static readonly Option<string> Tenant = new("--tenant") { Description = "Whose events are meant.", DefaultValueFactory = _ => "demo" };
    private static readonly Option<string?> Name = Checked<string?>(
        "--name", "Of this desk: its subscription, or queue and schema, are found again by it.", "1 to 40 of a to z and _", "crm",
        text => (text.Length is > 0 and <= 40 && text.All(c => c is (>= 'a' and <= 'z') or '_'), text));
    private static readonly Option<Uri?> WebhookUrl = Checked<Uri?>(
        "--webhook-url", $"Where the service reaches {WebhookHandoffs.Path}, if not on this machine.", WebAddress, null, ReadUrl);
    private static readonly Option<bool> ShowKey = new("--show-key") { Description = "Show the key on the screen, to try the API with." };
    private static readonly Option<TimeSpan?> Minutes = Checked<TimeSpan?>(
        "--minutes", "How long the stream is played, or forever; the desk stays.", "a number of minutes, at most a week of them, or forever", null,
        text => text == "forever" ? (true, null) : InRange(text, 0.01, 7 * 24 * 60) is (true, var minutes) ? (true, TimeSpan.FromMinutes(minutes)) : default);

    private static Task<int> Main(string[] args)
    {
        Option[] both = [Url, Key, Seed, Port, From, RabbitMq, Database, Exchange, Tenant, Name, WebhookUrl];
        var crm = new Command("crm", "Takes handoffs as they are published and answers them, as a sales team would.") { Pace };
        crm.SetAction((given, stop) => EndingWellAsync(() => WorkDeskAsync(given, stop), stop));
        var demo = new Command("demo", "Plays invented prospects, marketing and sales and shows how the leads fare.") { Minutes, Rate, ShowKey };
        demo.SetAction((given, stop) => EndingWellAsync(() => PlayAsync(given, stop), stop));
        foreach (var (option, command) in both.SelectMany(option => new[] { (option, crm), (option, demo) })) command.Options.Add(option);
        var root = new RootCommand("SampleCrm: a small sales system downstream of LeadScoring.") { crm, demo };
        return root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(10) });
    }

    private static async Task PlayAsync(ParseResult given, CancellationToken stop)
    {
        using var api = ApiOf(given);
        var office = OfficeOf(given, HandoffsFrom.Webhook, logs: false);
        var options = new DemoOptions(
            api.Url, given.GetValue(Key)!, given.GetValue(Seed), given.GetValue(Minutes), given.GetValue(Rate), office, given.GetValue(ShowKey));
        await new DemoRun(options, api, AnsiConsole.Console).PlayAsync(stop);
    }

    private static async Task WorkDeskAsync(ParseResult given, CancellationToken stop)
    {
        using var api = ApiOf(given);
        var desk = new SalesDesk(api, new SalesPersonality(given.GetValue(Seed)), given.GetValue(Pace), TimeProvider.System)
        {
            Moved = deed => Console.WriteLine($"{deed.At:HH:mm:ss} lead {deed.Lead.Id} {deed.Lead.Handoff?.Judgement.Rating}: {deed.Move.Says}"),
        };
        await using var office = await SalesOffice.OpenAsync(api, OfficeOf(given, HandoffsFrom.Feed, logs: true), desk, stop);
        Console.WriteLine($"Sales' desk: {office.Url}");
        await office.WorkAsync(stop);
    }

    private static LeadScoringApi ApiOf(ParseResult given) => given.GetValue(Key) is { Length: > 0 } key
        ? new LeadScoringApi(given.GetValue(Url)!, key)
        : throw new Refusal("An API key is needed: --key or LEADSCORING_KEY.");

    private static OfficeOptions OfficeOf(ParseResult given, HandoffsFrom otherwise, bool logs)
    {
        var (broker, database, name) = (given.GetValue(RabbitMq)!, given.GetValue(Database)!, given.GetValue(Name)!);
        var from = given.GetValue(From) ?? (broker.Length == 0 ? otherwise : HandoffsFrom.Rabbitmq);
        var options = new OfficeOptions(given.GetValue(Port), from, name, given.GetValue(WebhookUrl), Logs: logs);
        if (from != HandoffsFrom.Rabbitmq) return options;
        var isAddress = Uri.TryCreate(broker, UriKind.Absolute, out var uri) && uri.Scheme is "amqp" or "amqps";
        if (!isAddress) throw new Refusal("Where is RabbitMQ? Give --rabbitmq amqp://user:password@host, or LEADSCORING_RABBITMQ.");
        if (database.Length == 0) throw new Refusal("Where may the desk keep what it took? Give --database or ConnectionStrings__SampleCrm.");
        return options with { RabbitMq = new(uri!, database, given.GetRequiredValue(Exchange), name, given.GetRequiredValue(Tenant)) };
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

    private static (bool Fine, Uri? Value) ReadUrl(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" ? (true, url) : default;

    private static (bool Fine, double Value) InRange(string text, double low, double high) =>
        (double.TryParse(text, CultureInfo.InvariantCulture, out var value) && value >= low && value <= high, value);
}
