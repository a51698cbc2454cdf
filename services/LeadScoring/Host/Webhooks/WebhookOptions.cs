using System.Globalization;

namespace LeadScoring.Host.Webhooks;

/// <summary>What may be posted where, and how patiently.</summary>
public sealed record WebhookOptions
{
    public const int SecretsKeyBytes = 32;
    private const int RetriesMax = 30;
    private const int RetryDelaySecondsMax = 604_800;
    private const int TimeoutSecondsMax = 60;
    private const int KeepDaysMax = 3_650;

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
        var defaults = new WebhookOptions();
        return defaults with
        {
            AllowHttp = Read("AllowHttp", Flag, "true or false") ?? isDevelopment,
            AllowPrivateNetworks = Read("AllowPrivateNetworks", Flag, "true or false") ?? isDevelopment,
            RetryDelays = Text("RetryDelaysSeconds") is { } text ? Delays(text) : defaults.RetryDelays,
            AttemptTimeout = Read("TimeoutSeconds", t => Number(t, TimeoutSecondsMax), $"a number from 1 to {TimeoutSecondsMax}") is { } seconds
                ? TimeSpan.FromSeconds(seconds)
                : defaults.AttemptTimeout,
            KeepFor = Read("KeepDays", t => Number(t, KeepDaysMax), $"a number from 1 to {KeepDaysMax}") is { } days
                ? TimeSpan.FromDays(days)
                : defaults.KeepFor,
            SecretsKey = Text("SecretsKey") is { } key ? Key(key) : null,
        };

        string? Text(string key) => configuration[$"Webhooks:{key}"] is { Length: > 0 } text ? text : null;

        T? Read<T>(string key, Func<string, T?> parse, string expected)
            where T : struct => Text(key) is { } text ? parse(text) ?? throw Wrong(key, text, expected) : null;
    }

    private static bool? Flag(string text) => bool.TryParse(text, out var value) ? value : null;

    private static int? Number(string text, int max) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= max ? number : null;

    private static TimeSpan[] Delays(string text)
    {
        var seconds = text.Split(',', StringSplitOptions.TrimEntries)
            .Select(p => double.TryParse(p, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var s) ? s : -1)
            .ToList();
        return seconds.Count <= RetriesMax && seconds.All(s => s is >= 0 and <= RetryDelaySecondsMax)
            ? [.. seconds.Select(TimeSpan.FromSeconds)]
            : throw Wrong("RetryDelaysSeconds", text, $"up to {RetriesMax} numbers from 0 to {RetryDelaySecondsMax}, separated by commas");
    }

    private static byte[] Key(string text)
    {
        var key = new byte[SecretsKeyBytes];
        return Convert.TryFromBase64String(text, key, out var length) && length == SecretsKeyBytes
            ? key
            : throw new StartupRefusal(
                $"Webhooks:SecretsKey is not base64 of {SecretsKeyBytes} bytes: make one with 'openssl rand -base64 {SecretsKeyBytes}'.");
    }

    private static StartupRefusal Wrong(string key, string text, string expected) =>
        new($"Webhooks:{key} is '{text}': give {expected}, or leave it out.");
}
