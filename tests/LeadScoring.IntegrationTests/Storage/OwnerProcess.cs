using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;

namespace LeadScoring.IntegrationTests.Storage;

/// <summary>Runs <see cref="ClusterOwner"/> and signals it.</summary>
[SupportedOSPlatform("linux")]
internal sealed class OwnerProcess : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly Process process;

    private OwnerProcess(Process process) => this.process = process;

    public static OwnerProcess Start(string folder) => new(Process.Start(new ProcessStartInfo(
        "dotnet", [typeof(OwnerProcess).Assembly.Location, ClusterOwner.Command, folder])
    {
        UseShellExecute = false,
        RedirectStandardOutput = true,
    })!);

    public static async Task<OwnerProcess> StartReadyAsync(string folder)
    {
        var owner = Start(folder);
        (await owner.process.StandardOutput.ReadLineAsync().WaitAsync(Limit)).ShouldBe(ClusterOwner.Ready);
        return owner;
    }

    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync().WaitAsync(Limit);
    }

    public async Task<int> TerminateAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        await process.WaitForExitAsync().WaitAsync(Limit);
        return process.ExitCode;
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill();
        }

        process.Dispose();
    }
}
