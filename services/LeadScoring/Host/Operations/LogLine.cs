using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace LeadScoring.Host.Operations;

/// <summary>A log entry as one line: time (UTC), level, category, message, trace id, exception.</summary>
public sealed class LogLine() : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "leadscoring";
    private const string HostedServiceStartupFaulted = nameof(HostedServiceStartupFaulted);

    /// <summary>Why the host did not start, the command that starts it says in one sentence.</summary>
    internal static bool IsSaidElsewhere(EventId id) => id.Name == HostedServiceStartupFaulted;

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        if (IsSaidElsewhere(logEntry.EventId)) return;
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"{DateTime.UtcNow:yyyy-MM-ddTHH:mm:ss.fffZ} {NameOf(logEntry.LogLevel)} {logEntry.Category}: {logEntry.Formatter(logEntry.State, null)}");
        if (Activity.Current is { } activity) line += $" trace={activity.TraceId.ToHexString()}";
        if (logEntry.Exception is { } exception) line += $" | {exception}";

        // Whatever a message holds, it cannot pass for a second entry.
        textWriter.WriteLine(line.ReplaceLineEndings(" ⏎ "));
    }

    private static string NameOf(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info ",
        LogLevel.Warning => "warn ",
        LogLevel.Error => "error",
        _ => "fatal",
    };
}
