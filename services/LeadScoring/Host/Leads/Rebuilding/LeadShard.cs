using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Leads.Rebuilding;

/// <summary>The leads whose ids' hash, modulo a power of two, is a given number.</summary>
internal readonly record struct LeadShard(int Count, int Index)
{
    /// <summary>Mask and remainder, as the statements take them.</summary>
    public NpgsqlParameter[] Parameters => [Sql.Of(Count - 1, NpgsqlDbType.Integer), Sql.Of(Index, NpgsqlDbType.Integer)];

    /// <summary>As many as keep all workers busy and each within its bound.</summary>
    public static IReadOnlyList<LeadShard> Split(long leads, RebuildBounds bounds)
    {
        var count = RebuildBounds.WorkersMax;
        while (count < RebuildBounds.ShardsMax && leads / count > bounds.LeadsPerShardMax) count *= 2;
        return [.. Enumerable.Range(0, count).Select(i => new LeadShard(count, i))];
    }

    /// <summary>Runs the work on every shard, a few at a time; the first failure ends all.</summary>
    public static Task RunAsync(IEnumerable<LeadShard> shards, Func<LeadShard, CancellationToken, Task> work, CancellationToken ct) =>
        Parallel.ForEachAsync(
            shards,
            new ParallelOptions { MaxDegreeOfParallelism = RebuildBounds.WorkersMax, CancellationToken = ct },
            async (shard, token) => await work(shard, token));
}
