using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace LeadScoring.Host.Access;

/// <summary>An API key as its holder has it: <c>ls_&lt;id&gt;_&lt;secret&gt;</c>. The id is public, the secret is shown once.</summary>
/// <param name="Id">16 characters of lower-case base32.</param>
/// <param name="Secret">43 characters of base62: 256 random bits.</param>
public sealed record ApiKeyText(string Id, string Secret)
{
    private const string Prefix = "ls_";
    private const string IdAlphabet = "abcdefghijklmnopqrstuvwxyz234567";
    private const string SecretAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const int IdLength = 16;
    private const int SecretLength = 43;
    private const int Length = 3 + IdLength + 1 + SecretLength;
    private static readonly SearchValues<char> IdCharacters = SearchValues.Create(IdAlphabet);
    private static readonly SearchValues<char> SecretCharacters = SearchValues.Create(SecretAlphabet);

    public static ApiKeyText Make() => new(
        RandomNumberGenerator.GetString(IdAlphabet, IdLength), RandomNumberGenerator.GetString(SecretAlphabet, SecretLength));

    /// <summary>What may be shown again: names the key, opens nothing.</summary>
    public static string HintOf(string id) => $"{Prefix}{id}_...";

    public static bool IsId(ReadOnlySpan<char> text) => text.Length == IdLength && !text.ContainsAnyExcept(IdCharacters);

    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out ApiKeyText? key)
    {
        key = TrySplit(text, out var id, out var secret) ? new(id.ToString(), secret.ToString()) : null;
        return key is not null;
    }

    /// <summary>The parts of a well-formed key, without a copy of the secret.</summary>
    public static bool TrySplit(ReadOnlySpan<char> text, out ReadOnlySpan<char> id, out ReadOnlySpan<char> secret)
    {
        id = secret = default;
        if (text.Length != Length || !text.StartsWith(Prefix) || text[Prefix.Length + IdLength] != '_') return false;
        id = text.Slice(Prefix.Length, IdLength);
        secret = text[(Prefix.Length + IdLength + 1)..];
        return IsId(id) && !secret.ContainsAnyExcept(SecretCharacters);
    }

    /// <summary>What is stored. A fast hash is right for a secret of 256 random bits: there is nothing to guess.</summary>
    public byte[] Hash()
    {
        var hash = new byte[SHA256.HashSizeInBytes];
        Hash(Secret, hash);
        return hash;
    }

    /// <param name="secret">Well-formed.</param>
    /// <param name="hash"><see cref="SHA256.HashSizeInBytes"/> bytes.</param>
    public static void Hash(ReadOnlySpan<char> secret, Span<byte> hash)
    {
        Span<byte> bytes = stackalloc byte[SecretLength];
        Encoding.ASCII.GetBytes(secret, bytes);
        SHA256.HashData(bytes, hash);
    }

    /// <summary>The key in full. Only for the one time it is shown.</summary>
    public string Reveal() => $"{Prefix}{Id}_{Secret}";

    /// <summary>Without the secret, so that no log or exception can hold it by accident.</summary>
    public override string ToString() => HintOf(Id);
}
