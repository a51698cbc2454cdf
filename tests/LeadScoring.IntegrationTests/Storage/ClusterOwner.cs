using System.Runtime.Versioning;
using LeadScoring.Host;
using LeadScoring.Host.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace LeadScoring.IntegrationTests.Storage;

/// <summary>A process of its own that starts the private cluster and holds it until it is told to stop, or is killed.</summary>
[SupportedOSPlatform("linux")]
internal static class ClusterOwner
{
    public const string Command = "own-cluster";
    public const string Ready = "ready";

    public static async Task<int> Main(string[] args)
    {
        if (args is not [Command, var folder])
        {
            await Console.Error.WriteLineAsync($"Usage: {Command} FOLDER");
            return 64;
        }

        using var stop = StopSignals.Listen();
        try
        {
            await using var cluster = await PrivateCluster.StartAsync(new PrivateClusterOptions(folder), NullLogger.Instance, stop.Token);
            Console.WriteLine(Ready);
            await Task.Delay(Timeout.Infinite, stop.Token);
        }
        catch (OperationCanceledException)
        {
            return 0;
        }
        catch (StartupRefusal refusal)
        {
            await Console.Error.WriteLineAsync(refusal.Message);
            return StartupRefusal.ExitCode;
        }

        return 1;
    }
}
