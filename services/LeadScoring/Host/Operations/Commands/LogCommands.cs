using System.CommandLine;
using System.Globalization;
using LeadScoring.EventStore.Partitions;
using LeadScoring.Host.Storage;

namespace LeadScoring.Host.Operations.Commands;

/// <summary><c>log status</c> and <c>log seal</c>: how large the log is, and freezing what is full.</summary>
internal static class LogCommands
{
    private static readonly string[] Tables = ["event_id", "mt_streams", "stream_key", "lead"];

    public static Command Build() => new("log", "Looks after the event log's partitions.")
    {
        Build(
            "status",
            "Prints the log's partitions and the tables beside it: rows (estimated), bytes of table and indexes.",
            StatusAsync),
        Build(
            "seal",
            "Makes partitions ahead and freezes full ones, as the running service does once a minute.",
            SealAsync),
    };

    private static Command Build(string name, string description, Func<LogPartitions, TextWriter, CancellationToken, Task> run)
    {
        var command = new Command(name, description);
        command.SetAction(async parsed =>
        {
            using var stop = StopSignals.Listen();
            var builder = Composition.NewBuilder(SettingsOption.ReadForAnswer(parsed));
            await using var database = await CommandDatabase.OpenMigratedAsync(builder, stop.Token);
            var partitions = new LogPartitions(database.Source, LogUpkeep.OptionsFrom(builder.Configuration));
            await run(partitions, parsed.InvocationConfiguration.Output, stop.Token);
        });
        return command;
    }

    private static async Task StatusAsync(LogPartitions partitions, TextWriter output, CancellationToken ct)
    {
        await output.WriteLineAsync(Line("partition", "from", "to", "events", "table", "indexes", "state"));
        foreach (var p in await partitions.ListAsync(ct))
        {
            var state = p.IsSealed ? "frozen" : "open";
            await output.WriteLineAsync(Line(
                p.Name, Number(p.First), Number(p.Beyond - 1), Number(p.Events), Bytes(p.TableBytes), Bytes(p.IndexBytes), state));
        }

        foreach (var t in await partitions.SizesAsync(Tables, ct))
        {
            await output.WriteLineAsync(Line(t.Name, "", "", Number(t.Rows), Bytes(t.TableBytes), Bytes(t.IndexBytes), ""));
        }
    }

    private static async Task SealAsync(LogPartitions partitions, TextWriter output, CancellationToken ct)
    {
        foreach (var name in await partitions.MakeAheadAsync(ct)) await output.WriteLineAsync($"{name}: made");
        foreach (var name in await partitions.SealAsync(ct)) await output.WriteLineAsync($"{name}: frozen");
    }

    private static string Line(string name, string first, string last, string rows, string table, string indexes, string state) =>
        $"{name,-24} {first,14} {last,14} {rows,14} {table,10} {indexes,10} {state}".TrimEnd();

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Bytes(long bytes) => bytes switch
    {
        >= 1L << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):0.0} GiB"),
        >= 1L << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 20):0.0} MiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0} KiB"),
    };
}
