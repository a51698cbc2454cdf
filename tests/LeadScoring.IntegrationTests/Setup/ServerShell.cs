using System.Diagnostics;

namespace LeadScoring.IntegrationTests.Setup;

/// <summary>How a shell is started that looks after a server and hangs on a pipe to this process.</summary>
internal static class ServerShell
{
    /// <param name="user">Whom it runs as when this process is root, whom servers refuse; null: as this process.</param>
    /// <param name="shell"><c>sh</c> or <c>bash</c>.</param>
    /// <param name="script">Reads orders from its standard input.</param>
    public static ProcessStartInfo Of(string? user, string shell, string script)
    {
        string[] command = user is not null && Environment.IsPrivilegedProcess
            ? ["runuser", "-u", user, "--", shell, "-c", script]
            : [shell, "-c", script];
        return new ProcessStartInfo(command[0], command[1..])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
    }
}
