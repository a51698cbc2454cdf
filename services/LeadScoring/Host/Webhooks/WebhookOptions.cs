using System.Globalization;

namespace LeadScoring.Host.Webhooks;

/// <summary>What may be posted where, and how patiently.</summary>
public sealed record WebhookOptions
{
    public const int SecretsKeyBytes = 32;
    private const int RetriesMax = 30;
    private const int KeepDaysMax = 3_650;
    private static readonly TimeSpan RetryDelayMax = TimeSpan.FromDays(7);

    /// <summary>http beside https.</summary>
    public bool AllowHttp { get; init; }

    /// <summary>Also loopback and private addresses.</summary>
    public bool AllowPrivateNetworks { get; init; }

    /// <summary>Before each retry; after the last one an event is given up.</summary>
    public IReadOnlyList<TimeSpan> RetryDelays { get; init; } =
    [
        TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2), TimeSpan.FromHours(5),
        TimeSpan.FromHours(10), TimeSpan.FromHours(14), TimeSpan.FromHours(20), TimeSpan.FromHours(24),
    ];

    /// <summary>One attempt in total, from looking the name up to the end of what is read of the answer.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long finished deliveries can be looked at.</summary>
    public TimeSpan KeepFor { get; init; } = TimeSpan.FromDays(30);

    /// <summary>AES-256 key that encrypts secrets in the database; null: they lie there as they are.</summary>
    public byte[]? SecretsKey { get; init; }

    /// <summary>
    /// Reads <c>Webhooks:AllowHttp</c>, <c>:AllowPrivateNetworks</c> (both true only in Development unless said otherwise),
    /// <c>:RetryDelaysSeconds</c> (separated by commas), <c>:TimeoutSeconds</c>, <c>:KeepDays</c>, <c>:SecretsKey</c>.
    /// </summary>
    /// <exception cref="StartupRefusal">A setting is not what it must be. The sentence does not repeat the key.</exception>
    public static WebhookOptions From(IConfiguration configuration, bool isDevelopment)
    {
        var section = configuration.GetSection("Webhooks");
        var defaults = new WebhookOptions();
        return defaults with
        {
            AllowHttp = Flag(section, "AllowHttp", isDevelopment),
            AllowPrivateNetworks = Flag(section, "AllowPrivateNetworks", isDevelopment),
            RetryDelays = Delays(section) ?? defaults.RetryDelays,
            AttemptTimeout = Number(section, "TimeoutSeconds", 1, 60) is { } seconds ? TimeSpan.FromSeconds(seconds) : defaults.AttemptTimeout,
            KeepFor = Number(section, "KeepDays", 1, KeepDaysMax) is { } days ? TimeSpan.FromDays(days) : defaults.KeepFor,
            SecretsKey = Key(section),
        };
    }

    private static bool Flag(IConfigurationSection section, string key, bool otherwise) => section[key] switch
    {
        null or "" => otherwise,
        var text when bool.TryParse(text, out var value) => value,
        var text => throw new StartupRefusal($"Webhooks:{key} is '{text}': give true or false, or leave it out."),
    };

    private static int? Number(IConfigurationSection section, string key, int min, int max)
    {
        if (section[key] is not { Length: > 0 } text) return null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max
            ? number
            : throw new StartupRefusal($"Webhooks:{key} is '{text}': give a number from {min} to {max}, or leave it out.");
    }

    private static TimeSpan[]? Delays(IConfigurationSection section)
    {
        if (section["RetryDelaysSeconds"] is not { Length: > 0 } text) return null;
        var parts = text.Split(',', StringSplitOptions.TrimEntries);
        var delays = parts
            .Select(p => double.TryParse(p, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var s) ? s : -1)
            .Where(s => s >= 0 && s <= RetryDelayMax.TotalSeconds)
            .Select(TimeSpan.FromSeconds)
            .ToArray();
        return delays.Length == parts.Length && delays.Length <= RetriesMax
            ? delays
            : throw new StartupRefusal(
                $"Webhooks:RetryDelaysSeconds is '{text}': give up to {RetriesMax} numbers from 0 to {RetryDelayMax.TotalSeconds:0}, separated by commas.");
    }

    private static byte[]? Key(IConfigurationSection section)
    {
        if (section["SecretsKey"] is not { Length: > 0 } text) return null;
        var key = new byte[SecretsKeyBytes];
        return Convert.TryFromBase64String(text, key, out var length) && length == SecretsKeyBytes
            ? key
            : throw new StartupRefusal($"Webhooks:SecretsKey is not base64 of {SecretsKeyBytes} bytes: make one with 'openssl rand -base64 {SecretsKeyBytes}'.");
    }
}
