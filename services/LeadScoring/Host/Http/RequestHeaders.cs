using System.Globalization;

namespace LeadScoring.Host.Http;

/// <summary>A lead's version as an entity tag: <c>"12"</c>.</summary>
public static class VersionTags
{
    public static string Of(long version) => $"\"{version}\"";

    /// <summary>What <c>If-Match</c> demands of a command.</summary>
    /// <returns>Null version: any. A refusal when the header is not one strong tag of ours, nor <c>*</c>.</returns>
    public static (long? Version, Refusal? Refusal) IfMatch(HttpRequest request)
    {
        var header = request.Headers.IfMatch;
        if (header.Count == 0 || header is ["*"]) return (null, null);
        return header is [{ Length: > 2 } tag] && tag[0] == '"' && tag[^1] == '"'
            && long.TryParse(tag.AsSpan(1..^1), NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? (version, null)
            : (null, Refusal.Invalid(new Dictionary<string, IReadOnlyList<string>>
            {
                ["If-Match"] = ["One ETag is expected, with its quotes and without W/, like \"12\"; or * for any version."],
            }));
    }

    /// <summary>Whether <c>If-None-Match</c> names this version, or any.</summary>
    public static bool IsKnown(HttpRequest request, long version)
    {
        foreach (var line in request.Headers.IfNoneMatch)
        {
            foreach (var tag in (line ?? "").Split(',', StringSplitOptions.TrimEntries))
            {
                if (tag == "*" || tag == Of(version) || tag == $"W/{Of(version)}") return true;
            }
        }

        return false;
    }
}

/// <summary>The header by which a client marks a request it may repeat without having it done twice.</summary>
public static class IdempotencyKey
{
    public const int LengthMax = 128;

    private const string Header = "Idempotency-Key";

    /// <summary>For a key under which another request is known.</summary>
    public static Refusal Reused { get; } = new(
        422, "idempotency_key_reused", $"This {Header} came with another request before; take another one.");

    private static readonly Refusal Invalid = new(
        400, "idempotency_key_invalid", $"An {Header} is 1 to {LengthMax} visible ASCII characters, sent once.");

    /// <returns>The key, if there is one; or why it is none.</returns>
    public static (string? Key, Refusal? Refusal) Read(HttpRequest request) => request.Headers[Header] switch
    {
        [] => (null, null),
        [{ Length: > 0 and <= LengthMax } key] when key.All(c => c is > ' ' and < (char)127) => (key, null),
        _ => (null, Invalid),
    };
}
