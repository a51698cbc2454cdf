using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace LeadScoring.Contracts;

/// <summary>
/// Signatures of Standard Webhooks 1.0 (https://www.standardwebhooks.com): HMAC-SHA256 over <c>id.timestamp.body</c> with the
/// subscription's secret. Senders and receivers share this.
/// </summary>
public static class WebhookSignature
{
    public const string IdHeader = "webhook-id";
    public const string TimestampHeader = "webhook-timestamp";
    public const string SignatureHeader = "webhook-signature";

    /// <summary>Secrets as texts begin with it; base64 of the key follows.</summary>
    public const string SecretPrefix = "whsec_";

    public const int KeyBytesMin = 24;
    public const int KeyBytesMax = 64;

    /// <summary>How far a request's time may be from the receiver's: an old request caught on the way is worth nothing.</summary>
    public static readonly TimeSpan AgeMax = TimeSpan.FromMinutes(5);

    private const string Version = "v1,";
    private const int HashBytes = 32;

    /// <summary>The key within a secret.</summary>
    /// <returns>Null: not <c>whsec_</c> and base64 of 24 to 64 bytes.</returns>
    public static byte[]? KeyOf(string secret)
    {
        if (!secret.StartsWith(SecretPrefix, StringComparison.Ordinal)) return null;
        var key = new byte[KeyBytesMax];
        return Convert.TryFromBase64String(secret[SecretPrefix.Length..], key, out var length) && length >= KeyBytesMin ? key[..length] : null;
    }

    public static string SecretOf(ReadOnlySpan<byte> key) => SecretPrefix + Convert.ToBase64String(key);

    /// <summary>One signature, as it stands in the header: <c>v1,</c> and base64.</summary>
    /// <param name="timestamp">Seconds since 1970, UTC.</param>
    public static string Sign(ReadOnlySpan<byte> key, string id, long timestamp, ReadOnlySpan<byte> body)
    {
        Span<byte> hash = stackalloc byte[HashBytes];
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hmac.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{timestamp}.")));
        hmac.AppendData(body);
        hmac.GetHashAndReset(hash);
        return Version + Convert.ToBase64String(hash);
    }

    /// <summary>Whether a request is from somebody who has the secret, unchanged and recent.</summary>
    /// <param name="secret">As it was shown: <c>whsec_...</c>.</param>
    /// <param name="id">Header <c>webhook-id</c>; so are the next two.</param>
    /// <param name="signatures">One or more, separated by spaces; one that fits is enough.</param>
    /// <param name="body">The bytes as they came, before any parsing.</param>
    public static bool IsValid(
        string secret, string? id, string? timestamp, string? signatures, ReadOnlySpan<byte> body, DateTimeOffset now)
    {
        if (KeyOf(secret) is not { } key || string.IsNullOrEmpty(id) || signatures is null) return false;
        if (!long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)) return false;
        if (Math.Abs(now.ToUnixTimeSeconds() - seconds) > AgeMax.TotalSeconds) return false;
        var expected = Encoding.ASCII.GetBytes(Sign(key, id, seconds, body));
        foreach (var signature in signatures.Split(' '))
        {
            if (CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(signature), expected)) return true;
        }

        return false;
    }
}
