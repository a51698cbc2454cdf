using System.Net;

namespace LeadScoring.Host.Webhooks;

/// <summary>What a URL for webhooks must look like. Where its name leads is checked when a connection is made.</summary>
public static class EndpointUrl
{
    public const int LengthMax = 2_048;

    private const string Https = "https://";
    private const string Http = "http://";

    /// <summary>Names that mean this machine or its network, wherever they are resolved.</summary>
    private static readonly string[] LocalSuffixes = [".localhost", ".local", ".internal", ".localdomain", ".home.arpa", ".lan"];

    /// <returns>The URL in one canonical form, or what is wrong with it. The complaint does not repeat it: it may hold a token.</returns>
    public static (Uri? Url, string? Complaint) Read(string text, WebhookOptions options)
    {
        if (text.Length > LengthMax) return Wrong($"At most {LengthMax} characters are allowed; these are {text.Length}.");
        if (text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c == '\\')) return Wrong("Spaces, control characters and backslashes are not allowed.");
        var isHttps = text.StartsWith(Https, StringComparison.OrdinalIgnoreCase);
        if (!isHttps && !text.StartsWith(Http, StringComparison.OrdinalIgnoreCase)) return Wrong("A URL is expected that begins with https://.");
        if (!isHttps && !options.AllowHttp) return Wrong("The URL must begin with https://.");
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url)) return Wrong("This is not a URL.");
        if (url.UserInfo.Length > 0 || text[text.IndexOf("//", StringComparison.Ordinal)..].Split('/', '?', '#')[2].Contains('@', StringComparison.Ordinal))
        {
            return Wrong("User name and password are not allowed; requests are signed.");
        }

        if (url.Fragment.Length > 0) return Wrong("A fragment (#...) is never sent; leave it out.");
        if (url.Port == 0) return Wrong("The port must be 1 to 65535.");
        return HostComplaint(url, options.AllowPrivateNetworks) is { } complaint ? Wrong(complaint) : (url, null);
    }

    /// <summary>The address that a host is, in whatever notation; null: it is a name.</summary>
    public static IPAddress? AddressOf(string host) => IPAddress.TryParse(host.TrimEnd('.'), out var address) ? address : null;

    private static string? HostComplaint(Uri url, bool allowPrivate)
    {
        var host = url.IdnHost.TrimEnd('.');
        if (host.Length == 0) return "The URL names no host.";
        if (AddressOf(host) is { } address)
        {
            return AddressRules.IsAllowed(address, allowPrivate) ? null : "The address is not a public one.";
        }

        if (!host.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_')) return "The host's name holds characters that no name in the DNS has.";

        // Some resolvers take a name that ends in a number for an address in a notation of their own.
        var last = host.AsSpan(host.LastIndexOf('.') + 1);
        var isNumber = !last.ContainsAnyExceptInRange('0', '9') || last.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        if (isNumber) return "The host's name must not end in a number.";

        if (allowPrivate) return null;
        return !host.Contains('.', StringComparison.Ordinal) || LocalSuffixes.Any(s => host.EndsWith(s, StringComparison.OrdinalIgnoreCase))
            ? "The name is a local one; a public one is expected."
            : null;
    }

    private static (Uri? Url, string? Complaint) Wrong(string complaint) => (null, complaint);
}
