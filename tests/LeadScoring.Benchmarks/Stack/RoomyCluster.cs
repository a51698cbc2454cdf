using LeadScoring.Host.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace LeadScoring.Benchmarks.Stack;

/// <summary>The private cluster as the service makes it, with room for the clients of the ceilings beside the service's own.</summary>
internal static class RoomyCluster
{
    private const int ConnectionsMax = 200;

    /// <exception cref="Host.StartupRefusal">The cluster cannot be started as things are.</exception>
    public static async Task<PrivateCluster> StartAsync(string folder, CancellationToken ct)
    {
        var options = new PrivateClusterOptions(folder);
        await using (var made = await PrivateCluster.StartAsync(options, NullLogger.Instance, ct))
        {
            var settings = Path.Combine(made.Folder, "server", "data", "postgresql.conf");
            await File.AppendAllTextAsync(settings, $"max_connections = {ConnectionsMax}\n", ct);
        }

        return await PrivateCluster.StartAsync(options, NullLogger.Instance, ct);
    }
}
