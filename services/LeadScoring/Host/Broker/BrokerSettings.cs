using System.Globalization;
using LeadScoring.Contracts;
using RabbitMQ.Client;

namespace LeadScoring.Host.Broker;

/// <summary>Reads the settings <c>Broker:*</c>.</summary>
public sealed class BrokerSettings
{
    /// <summary>AMQP's 255, less what is appended for the alternate exchange.</summary>
    private const int NameLengthMax = 240;

    private const int HostsMax = 16;
    private const int PortMax = 65_535;
    private const int WindowLimit = 4096;
    private const int AheadLimit = 100_000;
    private const int MillisecondsMin = 10;
    private const int MillisecondsMax = 600_000;

    private readonly IConfigurationSection _section;

    private BrokerSettings(IConfiguration configuration) => _section = configuration.GetSection("Broker");

    /// <returns>Null: no broker is configured (neither <c>Broker:Uri</c> nor <c>Broker:Host</c>).</returns>
    /// <exception cref="StartupRefusal">A setting is not what it must be; the message holds no secret.</exception>
    public static BrokerOptions? Read(IConfiguration configuration)
    {
        var settings = new BrokerSettings(configuration);
        var where = settings.Text("Uri") is { } uri ? settings.FromUri(uri) : settings.Text("Host") is { } host ? settings.FromHost(host) : null;
        return where is null ? null : settings.Complete(where);
    }

    private BrokerOptions FromUri(string text)
    {
        foreach (var key in new[] { "Host", "Port", "VirtualHost" })
        {
            if (Text(key) is not null) throw Refuse(key, "is given beside Broker:Uri: give one of them");
        }

        // The text is kept out of the message: it may hold a password.
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("amqp" or "amqps") || uri.Host.Length == 0
            || uri.Segments.Length > 2 || uri.Query.Length > 0)
        {
            throw Refuse("Uri", "is not a broker's address: write amqp://host:5672/virtual-host, or amqps:// for TLS");
        }

        var isSecure = uri.Scheme == "amqps";
        var options = new BrokerOptions([new(uri.Host.Trim('[', ']'), uri.Port > 0 ? uri.Port : PortOf(isSecure))])
        {
            VirtualHost = uri.Segments.Length == 2 ? Uri.UnescapeDataString(uri.Segments[1]) : ConnectionFactory.DefaultVHost,
            Tls = Tls(isSecure),
        };
        if (uri.UserInfo.Length == 0) return options;

        var parts = uri.UserInfo.Split(':', 2);
        options = options with { User = Uri.UnescapeDataString(parts[0]) };
        return parts.Length == 2 ? options with { Password = Uri.UnescapeDataString(parts[1]) } : options;
    }

    private BrokerOptions FromHost(string text)
    {
        var tls = Tls(Switch("Tls:Enabled"));
        var port = Number("Port", 1, PortMax) ?? PortOf(tls is not null);
        var hosts = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (hosts.Length is 0 or > HostsMax || hosts.Any(h => Uri.CheckHostName(h) == UriHostNameType.Unknown))
        {
            throw Refuse("Host", $"is '{text}': give the name of a host, or up to {HostsMax} separated by commas");
        }

        return new([.. hosts.Select(h => new BrokerHost(h, port))]) { VirtualHost = Text("VirtualHost") ?? ConnectionFactory.DefaultVHost, Tls = tls };
    }

    private BrokerOptions Complete(BrokerOptions options)
    {
        var window = Number("WindowMax", 1, WindowLimit) ?? options.WindowMax;
        var complete = options with
        {
            User = Text("User") ?? options.User,
            Password = Text("Password") ?? options.Password,
            Exchange = Name("Exchange") ?? options.Exchange,
            Queue = Name("Queue"),
            EventTypes = EventTypes(),
            Topology = Choice("Topology", options.Topology),
            StartAt = Choice("StartAt", options.StartAt),
            WindowMax = window,
            AheadMax = Number("AheadMax", window, AheadLimit) ?? Math.Max(options.AheadMax, window),
            ConfirmWaitMax = Milliseconds("ConfirmWaitMsMax") ?? options.ConfirmWaitMax,
            ReconnectDelayMax = Milliseconds("ReconnectDelayMsMax") ?? options.ReconnectDelayMax,
            RetryDelayMax = Milliseconds("RetryDelayMsMax") ?? options.RetryDelayMax,
        };
        if (Text("PasswordFile") is not { } file) return complete;
        if (Text("Password") is not null) throw Refuse("PasswordFile", "is given beside Broker:Password: give one of them");
        return complete with { Password = null, PasswordFile = Existing("PasswordFile", file) };
    }

    private BrokerTls? Tls(bool isSecure)
    {
        var tls = new BrokerTls(
            Text("Tls:ServerName"), ExistingOrNull("Tls:CaFile"), ExistingOrNull("Tls:ClientCertificateFile"), ExistingOrNull("Tls:ClientKeyFile"));
        if (isSecure) return tls;
        return tls == new BrokerTls(null, null, null, null)
            ? null
            : throw Refuse("Tls", "is set, but the connection is not secured: use amqps:// in Broker:Uri, or set Broker:Tls:Enabled to true");
    }

    private HashSet<string>? EventTypes()
    {
        if (Text("EventTypes") is not { } text) return null;
        var types = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        foreach (var unknown in types.Except(IntegrationEventTypes.All))
        {
            throw Refuse("EventTypes", $"names '{unknown}', which is no type: give some of {string.Join(',', IntegrationEventTypes.All)}, or leave it out for all");
        }

        return types.Length > 0 ? [.. types] : throw Refuse("EventTypes", "names no type: leave it out for all");
    }

    private static int PortOf(bool isSecure) => isSecure ? AmqpTcpEndpoint.DefaultAmqpSslPort : Protocols.DefaultProtocol.DefaultPort;

    private string? Text(string key) => _section[key] is { } text && !string.IsNullOrWhiteSpace(text) ? text : null;

    private string? Name(string key) => Text(key) is not { } name || name.Length <= NameLengthMax
        ? Text(key)
        : throw Refuse(key, $"has {name.Length} characters: give at most {NameLengthMax}");

    private bool Switch(string key) => Text(key) switch
    {
        null or "false" or "False" => false,
        "true" or "True" => true,
        var other => throw Refuse(key, $"is '{other}': give true or false, or leave it out"),
    };

    private T Choice<T>(string key, T otherwise)
        where T : struct, Enum
    {
        if (Text(key) is not { } text) return otherwise;
        return Enum.GetNames<T>().FirstOrDefault(n => n.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } name
            ? Enum.Parse<T>(name)
            : throw Refuse(key, $"is '{text}': give {string.Join(" or ", Enum.GetNames<T>()).ToLowerInvariant()}, or leave it out");
    }

    private int? Number(string key, int min, int max)
    {
        if (Text(key) is not { } text) return null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max
            ? number
            : throw Refuse(key, $"is '{text}': give a number from {min} to {max}, or leave it out");
    }

    private TimeSpan? Milliseconds(string key) =>
        Number(key, MillisecondsMin, MillisecondsMax) is { } number ? TimeSpan.FromMilliseconds(number) : null;

    private string? ExistingOrNull(string key) => Text(key) is { } path ? Existing(key, path) : null;

    private static string Existing(string key, string path) =>
        File.Exists(path) ? Path.GetFullPath(path) : throw Refuse(key, $"names '{path}', which is no file");

    private static StartupRefusal Refuse(string key, string what) => new($"Broker:{key} {what}.");
}
