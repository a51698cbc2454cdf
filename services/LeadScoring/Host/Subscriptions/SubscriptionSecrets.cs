using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using LeadScoring.Host.Webhooks;

namespace LeadScoring.Host.Subscriptions;

/// <summary>
/// Signing keys as they lie in the database. They must be readable to sign, so they cannot be hashed; with
/// <c>Webhooks:SecretsKey</c> they are encrypted, and a dump of the database alone signs nothing.
/// </summary>
public sealed class SubscriptionSecrets(WebhookOptions options)
{
    private const int KeyBytes = 32;
    private const byte Plain = 0;
    private const byte AesGcm256 = 1;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int SealedFrom = 1 + NonceBytes + TagBytes;

    public static byte[] NewKey() => RandomNumberGenerator.GetBytes(KeyBytes);

    public byte[] Seal(Guid subscriptionId, byte[] key)
    {
        if (options.SecretsKey is null) return [Plain, .. key];
        var stored = new byte[SealedFrom + key.Length];
        stored[0] = AesGcm256;
        RandomNumberGenerator.Fill(stored.AsSpan(1, NonceBytes));
        using var aes = new AesGcm(options.SecretsKey, TagBytes);
        aes.Encrypt(
            stored.AsSpan(1, NonceBytes), key, stored.AsSpan(SealedFrom), stored.AsSpan(1 + NonceBytes, TagBytes), subscriptionId.ToByteArray());
        return stored;
    }

    /// <returns>False: it needs another <c>Webhooks:SecretsKey</c> than the one that is set, or is damaged.</returns>
    public bool TryOpen(Guid subscriptionId, byte[]? stored, [NotNullWhen(true)] out byte[]? key)
    {
        key = stored is [Plain, .. var plain] ? plain : null;
        if (key is not null || stored is not [AesGcm256, ..] || stored.Length <= SealedFrom || options.SecretsKey is null) return key is not null;
        var opened = new byte[stored.Length - SealedFrom];
        using var aes = new AesGcm(options.SecretsKey, TagBytes);
        try
        {
            aes.Decrypt(
                stored.AsSpan(1, NonceBytes), stored.AsSpan(SealedFrom), stored.AsSpan(1 + NonceBytes, TagBytes), opened, subscriptionId.ToByteArray());
            key = opened;
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <summary>Where and how the subscription's events are posted. A former secret that cannot be read signs no more.</summary>
    /// <returns>False: its secret cannot be read.</returns>
    public bool TryTargetOf(WebhookSubscription subscription, [NotNullWhen(true)] out WebhookTarget? target)
    {
        TryOpen(subscription.Id, subscription.FormerSecret, out var former);
        target = TryOpen(subscription.Id, subscription.Secret, out var key)
            ? new(new(subscription.Url), subscription.ContentType, key, former, subscription.FormerSecretUntil ?? default)
            : null;
        return target is not null;
    }
}
