using System.Diagnostics;
using System.Globalization;
using LeadScoring.Benchmarks.Stack;
using LeadScoring.Host;

namespace LeadScoring.Benchmarks.Seeding;

/// <summary>A command of the service that ended well.</summary>
/// <param name="Seconds">From the start of the process to its end.</param>
/// <param name="LastLine">Of its output; empty when it said nothing.</param>
/// <param name="MegabytesMax">The most memory that was resident at once, MiB.</param>
internal sealed record HostCommandResult(double Seconds, string LastLine, double MegabytesMax);

/// <summary>Runs commands of the service as processes of their own, to their end.</summary>
internal static class HostCommand
{
    private static readonly TimeSpan LookPause = TimeSpan.FromMilliseconds(100);

    /// <inheritdoc cref="RunAsync(ServiceBuild, string, TimeSpan, CancellationToken, string[])"/>
    public static Task<HostCommandResult> RunAsync(string connectionString, TimeSpan max, CancellationToken ct, params string[] arguments) =>
        RunAsync(ServiceBuild.This, connectionString, max, ct, arguments);

    /// <exception cref="StartupRefusal">It failed, or did not end in time.</exception>
    public static async Task<HostCommandResult> RunAsync(
        ServiceBuild build, string connectionString, TimeSpan max, CancellationToken ct, params string[] arguments)
    {
        var name = $"'leadscoring {string.Join(' ', arguments)}'";
        var startedAt = Stopwatch.GetTimestamp();
        using var process = ServiceProcess.Start(build, connectionString, arguments);
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(ct);
        timer.CancelAfter(max);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(timer.Token);
            var error = process.StandardError.ReadToEndAsync(timer.Token);
            var end = process.WaitForExitAsync(timer.Token);
            var megabytes = 0.0;
            while (await Task.WhenAny(end, Task.Delay(LookPause, timer.Token)) != end) megabytes = Math.Max(megabytes, PeakMegabytes(process.Id));
            await end;
            var seconds = Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
            if (process.ExitCode != 0) throw new StartupRefusal($"{name} failed: {await error}{await output}");
            return new(seconds, (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault(""), megabytes);
        }
        catch (OperationCanceledException e)
        {
            process.Kill(entireProcessTree: true);
            ct.ThrowIfCancellationRequested();
            throw new StartupRefusal($"{name} did not end within {max.TotalMinutes:0} minutes.", e);
        }
    }

    private static double PeakMegabytes(int processId)
    {
        try
        {
            var line = File.ReadLines($"/proc/{processId}/status").FirstOrDefault(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? 0 : double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024;
        }
        catch (IOException)
        {
            return 0; // It has just ended.
        }
    }
}
