using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using LeadScoring.Benchmarks.Reporting;
using LeadScoring.Benchmarks.Traffic;
using LeadScoring.Host.Engagements;
using LeadScoring.Host.Http;
using Spectre.Console;

namespace LeadScoring.Benchmarks.Reading;

/// <summary>
/// Reads the bodies of posts, in turns with System.Text.Json, which makes contract records of the same bytes and checks no rule. One
/// thread, no server: rates are per second of its processor time, so that others on the machine count little.
/// </summary>
internal static class ReadJsonStudy
{
    private const int RepetitionsMax = 1_000;
    private const int BatchSize = 1_000;
    private const int SinglesMade = 2_000;
    private const int BatchesMade = 4;
    private const int WarmUps = 100;
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(100);

    public static Command Build()
    {
        var repetitions = BenchmarkCommand.Number("--repetitions", "How often each way of reading is measured.", 25, RepetitionsMax);
        var command = new Command("read-json", "Measures the reading of posted engagements beside the plain serializer.") { repetitions };
        command.SetAction(parsed =>
        {
            BenchmarkCommand.RefuseDebugBuild();
            Run(parsed.GetValue(repetitions));
        });
        return command;
    }

    private static void Run(int repetitions)
    {
        var (random, traffic, now) = (new Random(1), new EngagementTraffic(seed: 1), DateTimeOffset.UtcNow);
        var singles = Enumerable.Range(0, SinglesMade).Select(_ => Made(traffic.Pick(random, 1), now)).ToArray();
        var batches = Enumerable.Range(0, BatchesMade).Select(_ => Made(traffic.Pick(random, BatchSize), now)).ToArray();
        Way[] ways =
        [
            new("single", singles, 1, json => Expect(EngagementReader.ReadOne(json, now).Value)),
            new("single, serializer", singles, 1, json => Expect(JsonSerializer.Deserialize(json, WireJson.Default.Engagement))),
            new("batch of 1000", batches, BatchSize, json => Expect(EngagementReader.ReadBatch(json, now).Value)),
            new("batch of 1000, serializer", batches, BatchSize, json => Expect(JsonSerializer.Deserialize(json, WireJson.Default.EngagementBatch))),
        ];
        for (var i = 0; i < WarmUps; i++)
        {
            foreach (var way in ways) way.ReadAll();
        }

        for (var i = 0; i < repetitions; i++)
        {
            foreach (var way in ways) way.Measure(Slice);
        }

        var table = StudyTables.Make("body", "engagements/s", "min", "max", "ns each", "bytes allocated each");
        foreach (var way in ways)
        {
            var median = Median.Of(way.Rates);
            table.AddRow(way.Name, $"{median:N0}", $"{way.Rates.Min():N0}", $"{way.Rates.Max():N0}", $"{1e9 / median:N0}", $"{way.BytesEach:N0}");
        }

        AnsiConsole.Write(table);
        Console.WriteLine($"Medians of {repetitions} turns; an engagement has {singles.Average(s => s.Length):0} bytes.");
    }

    private static byte[] Made(PostBody body, DateTimeOffset now)
    {
        var json = new byte[body.Length];
        body.WriteTo(json, now.UtcDateTime);
        return json;
    }

    private static void Expect(object? read)
    {
        if (read is null) throw new BenchmarkFailure("A good body was refused.");
    }

    private sealed record Way(string Name, byte[][] Bodies, int EngagementsEach, Action<byte[]> Read)
    {
        public List<double> Rates { get; } = [];

        public double BytesEach { get; private set; }

        public void ReadAll()
        {
            foreach (var body in Bodies) Read(body);
        }

        public void Measure(TimeSpan slice)
        {
            var (begun, allocated, count) = (Environment.CpuUsage.TotalTime, GC.GetAllocatedBytesForCurrentThread(), 0L);
            TimeSpan used;
            do
            {
                ReadAll();
                count += Bodies.Length * EngagementsEach;
                used = Environment.CpuUsage.TotalTime - begun;
            }
            while (used < slice);
            Rates.Add(count / used.TotalSeconds);
            BytesEach = (GC.GetAllocatedBytesForCurrentThread() - allocated) / (double)count;
        }
    }
}
