using System.Globalization;
using System.Text.RegularExpressions;
using LeadScoring.Benchmarks.Reporting;
using LeadScoring.Benchmarks.Seeding;
using LeadScoring.Benchmarks.Stack;
using LeadScoring.EventStore;
using Npgsql;

namespace LeadScoring.Benchmarks.Rebuilds;

/// <summary>The whole projection from the whole log, for few leads and for many, beside the raw read of the same log.</summary>
internal static partial class RebuildRun
{
    private static readonly TimeSpan CommandMax = TimeSpan.FromHours(2);

    /// <exception cref="Host.StartupRefusal">A command fails; <c>verify</c> does so when a row differs from its log.</exception>
    /// <exception cref="BenchmarkFailure">A log was not read or rebuilt whole.</exception>
    public static async Task RunAsync(RebuildOptions options, CancellationToken ct)
    {
        using var folder = new TemporaryFolder(options.Folder);
        Console.WriteLine($"Starting PostgreSQL in {folder.Path} ...");
        await using var cluster = await RoomyCluster.StartAsync(folder.Path, ct);
        var logs = new List<RebuildLog>();
        try
        {
            foreach (var leads in options.Leads) logs.Add(await RebuildLog.MakeAsync(cluster, options.Events, leads, ct));
            await NewDatabase.CheckpointAsync(cluster, ct);
            var machine = await Machine.ReadAsync(cluster.Folder, logs[0].Source, ct);
            var rounds = new List<RebuildRound>();
            for (var repetition = 0; repetition <= options.Repetitions; repetition++)
            {
                foreach (var log in logs)
                {
                    var round = await log.MeasureAsync(repetition, ct);
                    Console.WriteLine(
                        $"  {(repetition == 0 ? "warm-up" : $"round {repetition}"),-8} {log.Leads,9:N0} leads: raw read {round.RawPerSecond,9:N0}/s, rebuild {round.PerSecond,9:N0} events/s");
                    if (repetition > 0) rounds.Add(round);
                }
            }

            var summaries = new List<RebuildSummary>();
            foreach (var log in logs) summaries.Add(RebuildSummary.Of([.. rounds.Where(r => r.Leads == log.Leads)], await log.VerifyAsync(ct)));
            var report = new RebuildReport(DateTimeOffset.UtcNow, options.Repetitions, machine, summaries, rounds);
            RebuildTable.Print(report);
            if (options.JsonFile is { } file) await StudyTables.WriteAsync(report, file, ct);
        }
        finally
        {
            foreach (var log in logs) await log.DisposeAsync();
        }
    }

    private sealed partial class RebuildLog(string connectionString, int leads) : IAsyncDisposable
    {
        private static readonly string CountEvents = SqlText.Load(typeof(RebuildRun), "count_events.sql");

        private long events;

        public int Leads => leads;

        public NpgsqlDataSource Source { get; } = NpgsqlDataSource.Create(connectionString);

        public static async Task<RebuildLog> MakeAsync(Host.Storage.PrivateCluster cluster, int events, int leads, CancellationToken ct)
        {
            Console.WriteLine($"Making a log of {events:N0} events of {leads:N0} leads ...");
            var log = new RebuildLog(await NewDatabase.MakeAsync(cluster, $"leads_{leads}", ct), leads);
            try
            {
                await SeededLog.FillAsync(log.ConnectionString, new(events, leads, DateTime.UtcNow.AddDays(-1)), ct);
                await using var count = log.Source.CreateCommand(CountEvents);
                log.events = (long)(await count.ExecuteScalarAsync(ct))!;
                return log;
            }
            catch
            {
                await log.DisposeAsync();
                throw;
            }
        }

        private string ConnectionString => connectionString;

        /// <param name="repetition">1-based; 0: not counted.</param>
        public async Task<RebuildRound> MeasureAsync(int repetition, CancellationToken ct)
        {
            var raw = await new LogRead(new PostgresEventStore(Source)).RunAsync(events, ct);
            var rebuild = await HostCommand.RunAsync(connectionString, CommandMax, ct, "rebuild");
            return RebuiltEvents().Match(rebuild.LastLine) is { Success: true } said
                && long.Parse(said.Groups["events"].Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture) == events
                ? new(leads, events, repetition, raw, events / rebuild.Seconds, rebuild.MegabytesMax)
                : throw new BenchmarkFailure($"The log holds {events:N0} events; 'rebuild' said: {rebuild.LastLine}");
        }

        /// <returns>Seconds.</returns>
        public async Task<double> VerifyAsync(CancellationToken ct) => (await HostCommand.RunAsync(connectionString, CommandMax, ct, "verify")).Seconds;

        public ValueTask DisposeAsync() => Source.DisposeAsync();

        [GeneratedRegex("from (?<events>[0-9,]+) events", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
        private static partial Regex RebuiltEvents();
    }
}
