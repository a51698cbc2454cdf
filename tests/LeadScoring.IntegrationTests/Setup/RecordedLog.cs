using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace LeadScoring.IntegrationTests.Setup;

/// <summary>A logger that keeps what was logged at warning or above.</summary>
public sealed class RecordedLog<T> : ILogger<T>
{
    private readonly ConcurrentQueue<string> _warnings = new();

    public IReadOnlyCollection<string> Warnings => _warnings;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            _warnings.Enqueue(formatter(state, exception));
        }
    }
}

/// <summary>The same of everything a host logs.</summary>
internal sealed class RecordedLogs : ILoggerProvider
{
    private readonly RecordedLog<object> _log = new();

    public IReadOnlyCollection<string> Warnings => _log.Warnings;

    public ILogger CreateLogger(string categoryName) => _log;

    public void Dispose()
    {
        // Holds nothing.
    }
}
