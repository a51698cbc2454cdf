using LeadScoring.Host.Feed;
using LeadScoring.Host.Scoring.Shadow;
using Microsoft.Extensions.Logging.Console;

namespace LeadScoring.Host.Operations;

/// <summary>Logs go to the console, one line each, with the trace id and without anything a caller sent.</summary>
public static class Logs
{
    /// <summary>Reads <c>Logging:Format</c> (<c>text</c>, the default, or <c>json</c>) and <c>Logging:LogLevel</c>.</summary>
    /// <exception cref="StartupRefusal">The format is neither.</exception>
    public static void Configure(ILoggingBuilder logging, IConfiguration configuration)
    {
        logging.ClearProviders();
        logging.SetMinimumLevel(LogLevel.Information);
        logging.AddFilter("Microsoft", LogLevel.Warning);
        logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Information);
        logging.AddFilter("Npgsql", LogLevel.Warning);

        // The daemon says every page it takes, some of it in the names of the subscriptions.
        logging.AddFilter("Marten", LogLevel.Warning);
        logging.AddFilter("JasperFx", LogLevel.Warning);
        logging.AddFilter("Wolverine", LogLevel.Warning);
        logging.AddFilter("Wolverine.Configuration.HandlerDiscovery", LogLevel.Error); // That none is discovered is meant: the one there is is given.
        logging.AddFilter(typeof(FeedSubscription).FullName, LogLevel.Warning);
        logging.AddFilter(typeof(ShadowSubscription).FullName, LogLevel.Warning);
        logging.AddConfiguration(configuration.GetSection("Logging"));

        // Marten's own line of a failed command holds its parameters, which are what callers sent; whoever ran the command says that it failed.
        logging.AddFilter("Marten.IDocumentStore", LogLevel.None);
        switch (configuration["Logging:Format"])
        {
            case null or "" or "text":
                logging.AddConsole(console => console.FormatterName = LogLine.FormatterName);
                logging.AddConsoleFormatter<LogLine, ConsoleFormatterOptions>();
                break;
            case "json":
                logging.AddConsole(console => console.FormatterName = LogJson.FormatterName);
                logging.AddConsoleFormatter<LogJson, ConsoleFormatterOptions>();
                break;
            case var other:
                throw new StartupRefusal($"Logging:Format is '{other}': give text or json, or leave it out.");
        }
    }
}
