using System.CommandLine;

namespace LeadScoring.Host.Operations.Commands;

/// <summary>
/// Settings come from appsettings.json beside the program, then environment variables (<c>Section__Key</c>), then
/// <c>--set Section:Key=value</c>; the later wins.
/// </summary>
internal static class SettingsOption
{
    public static Option<string[]> Set { get; } = new("--set")
    {
        Description = "A setting as Section:Key=value; may be given many times.",
        HelpName = "KEY=VALUE",
        Recursive = true,
        AllowMultipleArgumentsPerToken = false,
    };

    /// <summary>For a command that answers on standard output: logs go to standard error.</summary>
    /// <exception cref="StartupRefusal">One of them is not of the form KEY=VALUE.</exception>
    public static Dictionary<string, string?> ReadForAnswer(ParseResult parsed)
    {
        var settings = Read(parsed);
        settings.TryAdd("Logging:Console:LogToStandardErrorThreshold", nameof(LogLevel.Trace));
        return settings;
    }

    /// <exception cref="StartupRefusal">One of them is not of the form KEY=VALUE.</exception>
    public static Dictionary<string, string?> Read(ParseResult parsed)
    {
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var text in parsed.GetValue(Set) ?? [])
        {
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1) throw new StartupRefusal("--set takes KEY=VALUE, for example --set Limits:RequestsPerSecond=500.");
            settings[text[..equals]] = text[(equals + 1)..];
        }

        return settings;
    }
}
