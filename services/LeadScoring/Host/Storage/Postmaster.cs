using System.Globalization;

namespace LeadScoring.Host.Storage;

/// <summary>The running server of a data folder, as its <c>postmaster.pid</c> tells.</summary>
/// <param name="Status"><c>starting</c>, <c>ready</c>, <c>stopping</c> or another word of PostgreSQL's; empty before it has written one.</param>
internal sealed record Postmaster(int ProcessId, int Port, string Status)
{
    private const int PortLine = 3;
    private const int StatusLine = 7;

    public bool IsReady => Status == "ready";

    public static string PidFile(string dataFolder) => Path.Combine(dataFolder, "postmaster.pid");

    /// <returns>
    /// Null when no server runs on this very data folder, whatever the file says: a crash leaves it behind, and its process id may
    /// by now be anybody's.
    /// </returns>
    public static Postmaster? FindLive(string dataFolder) =>
        Read(dataFolder) is { } written && Serves(written.ProcessId, dataFolder) ? written : null;

    /// <summary>Whether its process is there: it takes its file away a moment before it ends.</summary>
    public bool IsAlive(string dataFolder) => Serves(ProcessId, dataFolder);

    /// <summary>The port in the file a crash left behind: taken again, those still connected to it find the server by themselves.</summary>
    public static int? LastPort(string dataFolder) => Read(dataFolder) is { Port: > 0 } written ? written.Port : null;

    private static Postmaster? Read(string dataFolder)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(PidFile(dataFolder));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }

        // The server writes the file line by line while it starts: a missing line is an early moment, not an error.
        string Line(int index) => index < lines.Length ? lines[index].Trim() : string.Empty;
        if (!int.TryParse(Line(0), NumberStyles.None, CultureInfo.InvariantCulture, out var processId) || processId == 0)
        {
            return null;
        }

        var hasPort = int.TryParse(Line(PortLine), NumberStyles.None, CultureInfo.InvariantCulture, out var port);
        return new Postmaster(processId, hasPort ? port : 0, Line(StatusLine));
    }

    private static bool Serves(int processId, string dataFolder)
    {
        string[] command;
        try
        {
            command = File.ReadAllText($"/proc/{processId}/cmdline").Split('\0');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }

        // The command line is legible to everybody, unlike /proc/<pid>/cwd in a container; children show a title instead.
        var data = Array.IndexOf(command, "-D") + 1;
        return Path.GetFileName(command[0]) is "postgres" && data > 0 && data < command.Length
            && Path.TrimEndingDirectorySeparator(command[data]) == dataFolder;
    }
}
