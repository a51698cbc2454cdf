using System.CommandLine;
using System.Globalization;
using LeadScoring.Benchmarks.Growth;
using LeadScoring.Benchmarks.Relays;
using LeadScoring.Benchmarks.Rescores;
using LeadScoring.Benchmarks.Shadows;
using LeadScoring.Benchmarks.Soak;
using LeadScoring.Benchmarks.Webhooks;
using LeadScoring.Host;

namespace LeadScoring.Benchmarks;

/// <summary>The studies that take longer or another machine load than a scenario: each a command with its own report.</summary>
internal static class StudyCommands
{
    private const int RepetitionsMax = 100;
    private const int SecondsMax = 600;
    private const string None = "none";

    public static Command BuildGrowth()
    {
        var stored = Numbers("--stored", "Events in each database beforehand; the first is what the others are compared with.", "0,1000000,10000000", 0, GrowthOptions.EventsMax, GrowthOptions.DatabasesMax);
        var instances = Numbers("--instances", "Services on one further database; 'none' for none.", "1,2,4", 1, GrowthOptions.InstancesMax, GrowthOptions.InstancesMax, mayBeNone: true);
        var repetitions = BenchmarkCommand.Number("--repetitions", "How often each figure is measured.", 5, RepetitionsMax);
        var seconds = BenchmarkCommand.Number("--seconds", "How long each measurement takes.", 8, SecondsMax);
        var unverified = new Option<bool>("--unverified") { Description = "Do not fold every lead of every database again at the end." };
        var (json, folder) = (Json(), Folder());
        return Study(
            new("growth", "Measures posts with more and more events stored, and with several services on one database.")
            {
                stored, instances, repetitions, seconds, unverified, json, folder,
            },
            (parsed, ct) => GrowthRun.RunAsync(
                new(
                    List(parsed.GetValue(stored)),
                    List(parsed.GetValue(instances)),
                    parsed.GetValue(repetitions),
                    parsed.GetValue(seconds),
                    !parsed.GetValue(unverified),
                    parsed.GetValue(json),
                    parsed.GetRequiredValue(folder)),
                ct));
    }

    public static Command BuildRescore()
    {
        var leads = BenchmarkCommand.Number("--leads", "Leads that are scored under another model.", 1_000_000, RescoreOptions.LeadsMax);
        var repetitions = BenchmarkCommand.Number("--repetitions", "How often everything is measured.", 3, RepetitionsMax);
        var seconds = BenchmarkCommand.Number("--seconds", "How long posts are measured, alone and beside a pass.", 20, SecondsMax);
        var perSecond = BenchmarkCommand.Number("--per-second", "Posts a second.", 1_000, RescoreOptions.PerSecondMax);
        var kills = BenchmarkCommand.Number("--kills", "How often the service is killed in the middle of one more pass.", 2, RescoreOptions.KillsMax);
        var (json, folder) = (Json(), Folder());
        return Study(
            new("rescore", "Measures how long it takes to score all leads under another model, and the latency of posts beside it.")
            {
                leads, repetitions, seconds, perSecond, kills, json, folder,
            },
            (parsed, ct) => RescoreRun.RunAsync(
                new(
                    parsed.GetValue(leads),
                    parsed.GetValue(repetitions),
                    parsed.GetValue(seconds),
                    parsed.GetValue(perSecond),
                    parsed.GetValue(kills),
                    parsed.GetValue(json),
                    parsed.GetRequiredValue(folder)),
                ct));
    }

    public static Command BuildShadow()
    {
        var leads = BenchmarkCommand.Number("--leads", "Leads in the database beforehand.", 100_000, ShadowStudyOptions.LeadsMax);
        var versions = BenchmarkCommand.Number("--versions", "Versions in shadow at once.", 1, ShadowStudyOptions.VersionsMax);
        var repetitions = BenchmarkCommand.Number("--repetitions", "How often everything is measured.", 5, RepetitionsMax);
        var seconds = BenchmarkCommand.Number("--seconds", "How long posts are measured, alone and beside the shadow.", 6, SecondsMax);
        var (json, folder) = (Json(), Folder());
        return Study(
            new("shadow", "Measures posts without and with versions in shadow, and how far behind these fall.")
            {
                leads, versions, repetitions, seconds, json, folder,
            },
            (parsed, ct) => ShadowStudy.RunAsync(
                new(
                    parsed.GetValue(leads),
                    parsed.GetValue(repetitions),
                    parsed.GetValue(seconds),
                    parsed.GetValue(versions),
                    parsed.GetValue(json),
                    parsed.GetRequiredValue(folder)),
                ct));
    }

    public static Command BuildRelay()
    {
        var events = BenchmarkCommand.Number("--events", "Events in each round.", 50_000, RelayOptions.EventsMax);
        var leads = BenchmarkCommand.Number("--leads", "Leads they are of.", 5_000, RelayOptions.EventsMax);
        var window = BenchmarkCommand.Number("--window", "Messages at most that are unconfirmed.", 256, RelayOptions.WindowMax);
        var bytes = BenchmarkCommand.Number("--body-bytes", "Of each event.", 1_536, RelayOptions.BodyBytesMax);
        var classic = new Option<bool>("--classic") { Description = "Into a classic queue instead of a quorum queue." };
        var repetitions = BenchmarkCommand.Number("--repetitions", "How often both are measured.", 5, RepetitionsMax);
        var (json, folder) = (Json(), Folder());
        return Study(
            new("relay", "Measures the relay to RabbitMQ beside raw publishing of the same messages.")
            {
                events, leads, window, bytes, classic, repetitions, json, folder,
            },
            (parsed, ct) => RelayStudy.RunAsync(
                new(
                    parsed.GetValue(events),
                    parsed.GetValue(leads),
                    parsed.GetValue(window),
                    parsed.GetValue(bytes),
                    parsed.GetValue(classic),
                    parsed.GetValue(repetitions),
                    parsed.GetValue(json),
                    parsed.GetRequiredValue(folder)),
                ct));
    }

    public static Command BuildSoak()
    {
        var minutes = BenchmarkCommand.Number("--minutes", "How long the traffic runs.", 10, SoakOptions.MinutesMax);
        var (json, folder) = (Json(), Folder());
        return Study(
            new("soak", "Runs mixed traffic at half of the peak and watches the service's memory.") { minutes, json, folder },
            (parsed, ct) => SoakRun.RunAsync(new(parsed.GetValue(minutes), parsed.GetValue(json), parsed.GetRequiredValue(folder)), ct));
    }

    public static Command BuildWebhooks()
    {
        var endpoints = BenchmarkCommand.Number("--endpoints", "Endpoints in all.", 1_000, WebhookStudyOptions.EndpointsMax);
        var dead = BenchmarkCommand.Number("--dead", "How many of them are dead.", 100, WebhookStudyOptions.EndpointsMax);
        var perSecond = BenchmarkCommand.Number("--per-second", "Events published a second; each goes to every endpoint.", 1, WebhookStudyOptions.PerSecondMax);
        var seconds = BenchmarkCommand.Number("--seconds", "How long.", 30, SecondsMax);
        var bytes = BenchmarkCommand.Number("--body-bytes", "Of each event.", 1_536, WebhookStudyOptions.BodyBytesMax);
        var (json, folder) = (Json(), Folder());
        return Study(
            new("webhooks", "Measures how long after publication events are at very many webhooks, some of them dead.")
            {
                endpoints, dead, perSecond, seconds, bytes, json, folder,
            },
            (parsed, ct) => WebhookStudy.RunAsync(
                new(
                    parsed.GetValue(endpoints),
                    parsed.GetValue(dead),
                    parsed.GetValue(perSecond),
                    parsed.GetValue(seconds),
                    parsed.GetValue(bytes),
                    parsed.GetValue(json),
                    parsed.GetRequiredValue(folder)),
                ct));
    }

    internal static Command Study(Command command, Func<ParseResult, CancellationToken, Task> run)
    {
        command.SetAction(async parsed =>
        {
            BenchmarkCommand.RefuseDebugBuild();
            using var stop = StopSignals.Listen();
            await run(parsed, stop.Token);
            return 0;
        });
        return command;
    }

    internal static Option<FileInfo?> Json() => new("--json") { Description = "The file to write all repetitions and the machine's facts to." };

    internal static Option<DirectoryInfo> Folder() => new Option<DirectoryInfo>("--folder")
    {
        Description = "An existing folder on the disk to measure.", DefaultValueFactory = _ => new(Path.GetTempPath()),
    }.AcceptExistingOnly();

    private static Option<string> Numbers(string name, string description, string value, int min, int max, int countMax, bool mayBeNone = false)
    {
        var option = new Option<string>(name) { Description = description, DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            var list = result.GetValue(option) ?? "";
            if (mayBeNone && list == None) return;
            var texts = list.Split(',');
            if (texts.Length > countMax) result.AddError($"{name} takes at most {countMax} numbers.");
            foreach (var text in texts)
            {
                if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < min || number > max)
                {
                    result.AddError($"{name}: '{text}' is not a number from {min} to {max}.");
                }
            }
        });
        return option;
    }

    private static int[] List(string? numbers) => numbers is null or None
        ? []
        : [.. numbers.Split(',').Select(n => int.Parse(n, CultureInfo.InvariantCulture))];
}
