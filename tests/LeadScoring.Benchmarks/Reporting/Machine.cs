using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Npgsql;

namespace LeadScoring.Benchmarks.Reporting;

/// <summary>Where the figures were taken; without it they say nothing.</summary>
/// <param name="Commit">Of the working tree, <c>-dirty</c> when it differs; <c>unknown</c> without git.</param>
/// <param name="LoadAverage">Of the minute before the run; well above zero: the machine was not idle.</param>
/// <param name="SyncMicroseconds">Median of an 8 KiB write and fdatasync where the cluster lies.</param>
/// <param name="PostgresSettings">Those that decide about durability and memory.</param>
internal sealed record Machine(
    string Commit,
    int Cores,
    string Processor,
    double MemoryGigabytes,
    string Kernel,
    string FileSystem,
    double LoadAverage,
    string Runtime,
    string Postgres,
    IReadOnlyDictionary<string, string> PostgresSettings,
    double SyncMicroseconds)
{
    private const string ReadSettings =
        """
        select name, setting || coalesce(' ' || unit, '')
        from pg_settings
        where name in (
          'server_version', 'fsync', 'synchronous_commit', 'full_page_writes', 'wal_sync_method', 'data_checksums', 'shared_buffers',
          'max_wal_size')
        order by name
        """;

    public static async Task<Machine> ReadAsync(string folder, NpgsqlDataSource database, CancellationToken ct)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        await using (var read = database.CreateCommand(ReadSettings))
        await using (var rows = await read.ExecuteReaderAsync(ct))
        {
            while (await rows.ReadAsync(ct)) settings[rows.GetString(0)] = rows.GetString(1);
        }

        settings.Remove("server_version", out var version);
        return new Machine(
            await CommitAsync(AppContext.BaseDirectory, ct),
            Environment.ProcessorCount,
            FirstValue("/proc/cpuinfo", "model name"),
            Math.Round(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1024.0 * 1024 * 1024), 1),
            (await File.ReadAllTextAsync("/proc/sys/kernel/osrelease", ct)).Trim(),
            new DriveInfo(folder).DriveFormat,
            double.Parse((await File.ReadAllTextAsync("/proc/loadavg", ct)).Split(' ')[0], CultureInfo.InvariantCulture),
            RuntimeInformation.FrameworkDescription,
            version!,
            settings,
            SyncTime.MedianMicroseconds(folder));
    }

    private static string FirstValue(string file, string key) =>
        File.ReadLines(file).FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "unknown";

    /// <returns>Of the working tree around the folder; <c>unknown</c> without git.</returns>
    public static async Task<string> CommitAsync(string folder, CancellationToken ct)
    {
        var start = new ProcessStartInfo("git", ["-C", folder, "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"])
        {
            UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        try
        {
            using var git = Process.Start(start)!;
            var output = await git.StandardOutput.ReadToEndAsync(ct);
            await git.WaitForExitAsync(ct);
            return git.ExitCode == 0 ? output.Trim() : "unknown";
        }
        catch (Win32Exception)
        {
            return "unknown";
        }
    }
}
