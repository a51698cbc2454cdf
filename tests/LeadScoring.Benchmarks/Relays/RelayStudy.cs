using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using LeadScoring.Benchmarks.Reporting;
using LeadScoring.Benchmarks.Seeding;
using LeadScoring.Benchmarks.Stack;
using LeadScoring.IntegrationTests.Setup;
using Npgsql;
using RabbitMQ.Client;

namespace LeadScoring.Benchmarks.Relays;

/// <summary>The relay of a running service drains a feed into RabbitMQ, beside raw publishing of the same messages.</summary>
internal static class RelayStudy
{
    private const string Exchange = "benchmark";
    private const string Queue = "benchmark";
    private static readonly TimeSpan DrainMax = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    /// <exception cref="BenchmarkFailure">An event did not arrive, or arrived twice.</exception>
    public static async Task RunAsync(RelayOptions options, CancellationToken ct)
    {
        using var folder = new TemporaryFolder(options.Folder);
        Console.WriteLine($"Starting PostgreSQL in {folder.Path}, and RabbitMQ ...");
        await using var cluster = await RoomyCluster.StartAsync(folder.Path, ct);
        await using var node = await RabbitNode.StartAsync();
        await using var connection = await node.ConnectAsync(ct);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: ct);
        await MakeQueueAsync(channel, options, ct);

        var database = await NewDatabase.MakeAsync(cluster, "relay", ct);
        await using var service = await ServiceProcess.StartAsync(database, Settings(node, options), ct);
        await using var source = NpgsqlDataSource.Create(database);
        var feed = new SeededFeed(source, options);
        var machine = await Machine.ReadAsync(cluster.Folder, source, ct);
        var rounds = new List<RelayRound>();
        for (var repetition = 0; repetition <= options.Repetitions; repetition++)
        {
            var round = await MeasureAsync(repetition, feed, connection, channel, cluster, options, ct);
            Console.WriteLine($"  {(repetition == 0 ? "warm-up" : $"round {repetition}"),-8} raw {round.RawPerSecond,9:N0}/s, relay {round.PerSecond,9:N0}/s, {round.Share:0.00}");
            if (repetition > 0) rounds.Add(round);
        }

        var report = new RelayReport(
            DateTimeOffset.UtcNow, options.Events, options.Leads, options.Window, options.BodyBytes, options.Classic ? "classic" : "quorum", VersionOf(connection), machine, rounds);
        report.Print();
        if (options.JsonFile is { } file) await StudyTables.WriteAsync(report, file, ct);
    }

    /// <summary>The relay and the raw publisher take turns in who is first.</summary>
    private static async Task<RelayRound> MeasureAsync(
        int repetition, SeededFeed feed, IConnection connection, IChannel channel, PrivateCluster cluster, RelayOptions options, CancellationToken ct)
    {
        var isRelayFirst = repetition % 2 == 0;
        var relayed = isRelayFirst ? await RelayAsync(feed, channel, cluster, options, ct) : 0;
        var messages = await feed.ReadAsync(feed.Head - options.Events, ct);
        if (messages.Count != options.Events) throw new BenchmarkFailure($"R: {messages.Count:N0} messages were made, not {options.Events:N0}.");
        var raw = await new RawPublisher(connection, Exchange, options.Window).RunAsync(messages, ct);
        await EmptyAsync(channel, options.Events, ct);
        if (!isRelayFirst) relayed = await RelayAsync(feed, channel, cluster, options, ct);
        return new(repetition, raw, relayed);
    }

    private static async Task<double> RelayAsync(SeededFeed feed, IChannel channel, PrivateCluster cluster, RelayOptions options, CancellationToken ct)
    {
        await feed.AddAsync(options.Events, ct);
        var startedAt = Stopwatch.GetTimestamp();
        while (await feed.RelayedUpToAsync(ct) < feed.Head)
        {
            if (Stopwatch.GetElapsedTime(startedAt) > DrainMax) throw new BenchmarkFailure($"The relay was not done within {DrainMax}.");
            await Task.Delay(Pause, ct);
        }

        var rate = options.Events / Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
        await EmptyAsync(channel, options.Events, ct);
        await NewDatabase.CheckpointAsync(cluster, ct);
        return rate;
    }

    /// <summary>Empties the queue, which must hold this many messages.</summary>
    private static async Task EmptyAsync(IChannel channel, int messages, CancellationToken ct)
    {
        var held = await channel.QueuePurgeAsync(Queue, ct);
        if (held != messages) throw new BenchmarkFailure($"The queue held {held:N0} messages instead of {messages:N0}.");
    }

    private static async Task MakeQueueAsync(IChannel channel, RelayOptions options, CancellationToken ct)
    {
        await RabbitNode.DeclareExchangeAsync(channel, Exchange);
        var arguments = new Dictionary<string, object?> { ["x-queue-type"] = options.Classic ? "classic" : "quorum" };
        await channel.QueueDeclareAsync(Queue, durable: true, exclusive: false, autoDelete: false, arguments: arguments, cancellationToken: ct);
        await channel.QueueBindAsync(Queue, Exchange, "#", cancellationToken: ct);
    }

    private static Dictionary<string, string> Settings(RabbitNode node, RelayOptions options) => new(StringComparer.Ordinal)
    {
        ["Broker__Host"] = IPAddress.Loopback.ToString(),
        ["Broker__Port"] = node.Port.ToString(CultureInfo.InvariantCulture),
        ["Broker__User"] = RabbitNode.User,
        ["Broker__Password"] = RabbitNode.Password,
        ["Broker__Exchange"] = Exchange,
        ["Broker__WindowMax"] = options.Window.ToString(CultureInfo.InvariantCulture),
    };

    private static string VersionOf(IConnection connection) =>
        connection.ServerProperties?["version"] is byte[] version ? Encoding.UTF8.GetString(version) : "of an unknown version";
}
