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
