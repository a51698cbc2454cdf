using System.Globalization;
using Npgsql;

namespace LeadScoring.Benchmarks.Stack;

/// <summary>What has been used up since the machine or the processes started; two of them subtract.</summary>
/// <param name="ServiceSeconds">Processor time, user and system.</param>
/// <param name="DatabaseSeconds">Of the server and all its processes.</param>
/// <param name="GeneratorSeconds">Of this process, which makes the load.</param>
/// <param name="MachineSeconds">Of all processes of the machine together.</param>
/// <param name="WalBytes">Written to PostgreSQL's log.</param>
internal readonly record struct Consumption(
    double ServiceSeconds, double DatabaseSeconds, double GeneratorSeconds, double MachineSeconds, long WalBytes)
{
    public static Consumption operator -(Consumption later, Consumption earlier) => new(
        later.ServiceSeconds - earlier.ServiceSeconds,
        later.DatabaseSeconds - earlier.DatabaseSeconds,
        later.GeneratorSeconds - earlier.GeneratorSeconds,
        later.MachineSeconds - earlier.MachineSeconds,
        later.WalBytes - earlier.WalBytes);
}

/// <summary>Reads how much processor and log the parts have used, from <c>/proc</c> and PostgreSQL.</summary>
internal sealed class Meter(int serviceProcessId, int serverProcessId, NpgsqlDataSource database)
{
    /// <summary>USER_HZ, the same on every Linux .NET runs on.</summary>
    private const double TicksPerSecond = 100;

    private const int ParentField = 1;
    private const int UserField = 11; // System time, and both times of children that ended, follow.
    private const string ReadWalBytes = "select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint";

    public async Task<Consumption> ReadAsync(CancellationToken ct)
    {
        await using var wal = database.CreateCommand(ReadWalBytes);
        var walBytes = (long)(await wal.ExecuteScalarAsync(ct))!;
        return new Consumption(
            OwnSeconds(serviceProcessId), TreeSeconds(serverProcessId), OwnSeconds(Environment.ProcessId), BusySeconds(), walBytes);
    }

    /// <returns>Resident memory of the service, MiB.</returns>
    public double ServiceMegabytes()
    {
        var line = File.ReadLines($"/proc/{serviceProcessId}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024;
    }

    private static double OwnSeconds(int processId)
    {
        var fields = Fields(processId) ?? throw new BenchmarkFailure($"Process {processId} has ended in the midst of a measurement.");
        return (Number(fields, UserField) + Number(fields, UserField + 1)) / TicksPerSecond;
    }

    private static double TreeSeconds(int parentId)
    {
        // Children that ended have left their times with the parent.
        var own = Fields(parentId) ?? throw new BenchmarkFailure("The database server has ended in the midst of a measurement.");
        var ticks = Enumerable.Range(UserField, 4).Sum(i => Number(own, i));
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var processId)) continue;
            if (Fields(processId) is { } child && Number(child, ParentField) == parentId)
            {
                ticks += Number(child, UserField) + Number(child, UserField + 1);
            }
        }

        return ticks / TicksPerSecond;
    }

    private static double BusySeconds()
    {
        // cpu user nice system idle iowait irq softirq steal
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        int[] busy = [1, 2, 3, 6, 7, 8];
        return busy.Sum(i => Number(fields, i)) / TicksPerSecond;
    }

    /// <returns>The fields of <c>/proc/PID/stat</c> from the state on; null when there is no such process.</returns>
    private static string[]? Fields(int processId)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{processId}/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static long Number(string[] fields, int index) => long.Parse(fields[index], CultureInfo.InvariantCulture);
}
