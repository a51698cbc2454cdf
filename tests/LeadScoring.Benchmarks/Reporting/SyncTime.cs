using System.Diagnostics;
using LeadScoring.Benchmarks.Stack;

namespace LeadScoring.Benchmarks.Reporting;

/// <summary>How long the disk takes to make a commit durable: the floor under every acknowledgement.</summary>
internal static class SyncTime
{
    private const int PageBytes = 8192;
    private const int Pages = 128;
    private const int Writes = 500;

    /// <summary>Overwrites pages of a file that has its full size, as PostgreSQL does with its log's.</summary>
    public static double MedianMicroseconds(string folder)
    {
        var path = Path.Combine(folder, "sync-time");
        var page = new byte[PageBytes];
        var times = new double[Writes];
        using (var file = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite))
        {
            RandomAccess.Write(file, new byte[PageBytes * Pages], 0);
            RandomAccess.FlushToDisk(file);
            for (var i = 0; i < Writes; i++)
            {
                var startedAt = Stopwatch.GetTimestamp();
                RandomAccess.Write(file, page, i % Pages * PageBytes);
                Posix.SyncData(file);
                times[i] = Stopwatch.GetElapsedTime(startedAt).TotalMicroseconds;
            }
        }

        File.Delete(path);
        return Math.Round(Median.Of(times));
    }
}
