using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;

namespace LeadScoring.IntegrationTests.Storage;

/// <summary>A folder that the server's account can pass through, unlike .NET's own temporary folders; removed at the end.</summary>
[SupportedOSPlatform("linux")]
internal sealed class ScratchFolder : IDisposable
{
    public ScratchFolder()
    {
        Path = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"leadscoring-{Guid.NewGuid():N}");
        Directory.CreateDirectory(Path);
        File.SetUnixFileMode(Path, (UnixFileMode)0b111_001_001);
    }

    public string Path { get; }

    public string Data => System.IO.Path.Combine(Path, "server", "data");

    public string PidFile => System.IO.Path.Combine(Data, "postmaster.pid");

    public string In(params ReadOnlySpan<string> parts) => System.IO.Path.Combine([Path, .. parts]);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

internal static class Machine
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PollPause = TimeSpan.FromMilliseconds(2);

    public static async Task UntilAsync(Func<bool> condition, string what)
    {
        for (var started = Environment.TickCount64; !condition();)
        {
            (Environment.TickCount64 - started).ShouldBeLessThan((long)Limit.TotalMilliseconds, $"waited in vain until {what}");
            await Task.Delay(PollPause);
        }
    }

    /// <summary>Command lines of the living processes, other than this one, that name the text.</summary>
    public static IReadOnlyList<string> ProcessesNaming(string text) =>
        [.. Directory.GetDirectories("/proc").Select(CommandLine).Where(command => command.Contains(text, StringComparison.Ordinal))];

    public static bool IsAlive(int processId) => CommandLine($"/proc/{processId}").Length > 0;

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, port: 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>A process, alive until killed, of the account that runs the server.</summary>
    public static Process StartStranger() => Environment.IsPrivilegedProcess
        ? Process.Start("setpriv", ["--reuid", "postgres", "--clear-groups", "--", "sleep", "600"])
        : Process.Start("sleep", ["600"]);

    private static string CommandLine(string processFolder)
    {
        try
        {
            return File.ReadAllText(Path.Combine(processFolder, "cmdline")).Replace('\0', ' ');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return string.Empty;
        }
    }
}

/// <summary>A test of what only root meets: that PostgreSQL must run as somebody else.</summary>
internal sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            Skip = "Only root meets this.";
        }
    }
}
