using System.Security.Cryptography;
using LeadScoring.Host.Webhooks;

namespace LeadScoring.Host.Subscriptions;

/// <summary>A stored secret needs another <c>Webhooks:SecretsKey</c> than the one that is set, or is damaged.</summary>
public sealed class UnreadableSecretException(Guid subscriptionId, Exception? inner = null)
    : Exception($"The secret of subscription {subscriptionId} cannot be read with the Webhooks:SecretsKey that is set.", inner);

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

    /// <exception cref="UnreadableSecretException">Another key is needed.</exception>
    public byte[] Open(Guid subscriptionId, byte[] stored)
    {
        if (stored[0] == Plain) return stored[1..];
        if (stored[0] != AesGcm256 || stored.Length <= SealedFrom || options.SecretsKey is null) throw new UnreadableSecretException(subscriptionId);
        var key = new byte[stored.Length - SealedFrom];
        using var aes = new AesGcm(options.SecretsKey, TagBytes);
        try
        {
            aes.Decrypt(
                stored.AsSpan(1, NonceBytes), stored.AsSpan(SealedFrom), stored.AsSpan(1 + NonceBytes, TagBytes), key, subscriptionId.ToByteArray());
            return key;
        }
        catch (CryptographicException e)
        {
            throw new UnreadableSecretException(subscriptionId, e);
        }
    }

    /// <summary>Where and how the subscription's events are posted. A former secret that cannot be read signs no more.</summary>
    /// <exception cref="UnreadableSecretException">Another key is needed.</exception>
    internal WebhookTarget TargetOf(WebhookSubscription subscription) => new(
        new(subscription.Url),
        subscription.ContentType,
        Open(subscription.Id, subscription.Secret),
        TryOpen(subscription.Id, subscription.FormerSecret),
        subscription.FormerSecretUntil ?? default);

    private byte[]? TryOpen(Guid subscriptionId, byte[]? stored)
    {
        try
        {
            return stored is null ? null : Open(subscriptionId, stored);
        }
        catch (UnreadableSecretException)
        {
            return null;
        }
    }
}
