using System.Diagnostics;
using System.Numerics;

namespace LeadScoring.Benchmarks.Load;

/// <summary>Counts of durations in buckets no wider than 1/64 of their value: constant size, merged by adding.</summary>
internal sealed class LatencyHistogram
{
    private const int StepBits = 6;
    private const int Steps = 1 << StepBits;
    private const int BucketsMax = (64 - StepBits) * Steps;

    private readonly long[] buckets = new long[BucketsMax];
    private long count;

    /// <param name="ticks">Of <see cref="Stopwatch"/>.</param>
    public void Add(long ticks)
    {
        buckets[BucketOf(ticks)]++;
        count++;
    }

    public void Add(LatencyHistogram other)
    {
        for (var i = 0; i < buckets.Length; i++) buckets[i] += other.buckets[i];
        count += other.count;
    }

    /// <param name="share">0 to 1; 0.99 is the 99th percentile.</param>
    /// <returns>Milliseconds, at most 1/64 above the true value; 0 when nothing was counted.</returns>
    public double Milliseconds(double share)
    {
        var rank = (long)Math.Ceiling(share * count);
        for (var i = 0; i < buckets.Length; i++)
        {
            rank -= buckets[i];
            if (rank <= 0 && buckets[i] > 0) return UpperBoundOf(i) * 1000.0 / Stopwatch.Frequency;
        }

        return 0;
    }

    private static int BucketOf(long ticks)
    {
        if (ticks < Steps) return (int)Math.Max(ticks, 0);
        var shift = BitOperations.Log2((ulong)ticks) - StepBits;
        return ((shift + 1) << StepBits) + (int)((ticks >> shift) - Steps);
    }

    private static double UpperBoundOf(int bucket)
    {
        if (bucket < Steps) return bucket;
        var shift = (bucket >> StepBits) - 1;
        return Math.ScaleB(Steps + (bucket & (Steps - 1)) + 1, shift);
    }
}
