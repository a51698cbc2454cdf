using System.ComponentModel;
using System.Diagnostics;

namespace LeadScoring.Host.Storage;

/// <summary>What a finished program left.</summary>
/// <param name="Output">Standard output, then standard error.</param>
internal sealed record Finished(int ExitCode, string Output)
{
    /// <summary>The line that tells most: the first one that names an error, else the last.</summary>
    public string Complaint
    {
        get
        {
            var lines = Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            return lines.FirstOrDefault(line => line.Contains("error:", StringComparison.Ordinal) || line.Contains("FATAL:", StringComparison.Ordinal))
                ?? lines.LastOrDefault()
                ?? $"exit code {ExitCode}";
        }
    }
}

internal static class Subprocess
{
    /// <summary>
    /// Runs a program to its end and never leaves it half way: whoever must stop sooner stops what the program started.
    /// The program sees a bare environment in the C locale: PGPORT, PGDATA and their kin would steer PostgreSQL's programs, and
    /// messages are read.
    /// </summary>
    /// <exception cref="StartupRefusal">The program cannot be run, or did not end within the limit and was killed.</exception>
    public static async Task<Finished> RunAsync(IReadOnlyList<string> command, TimeSpan limit)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        start.Environment.Clear();
        start.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin";
        start.Environment["LC_ALL"] = "C";

        using var process = Start(start);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var timer = new CancellationTokenSource(limit);
        try
        {
            await process.WaitForExitAsync(timer.Token);
        }
        catch (OperationCanceledException e)
        {
            process.Kill(entireProcessTree: true);
            throw new StartupRefusal($"{string.Join(' ', command)} did not end within {limit.TotalSeconds:0} s and was killed.", e);
        }

        return new Finished(process.ExitCode, await output + await error);
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new StartupRefusal($"The program {start.FileName} cannot be run ({e.Message}): install it, or set ConnectionStrings:LeadScoring.", e);
        }
    }
}
