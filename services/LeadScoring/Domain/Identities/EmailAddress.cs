namespace LeadScoring.Domain.Identities;

/// <summary>E-mail addresses as identities: what is the same address must be the same text.</summary>
public static class EmailAddress
{
    public const int LengthMax = 254;
    private const int LocalPartLengthMax = 64;
    private const int LabelLengthMax = 63;

    /// <summary>Trims, lower-cases and checks an address (RFC 5321 lengths; dot-atom local part; dotted host name, no IP address).</summary>
    /// <returns>False when the text is not an address a mail server would take.</returns>
    public static bool TryNormalize(string text, out string address)
    {
        address = text.Trim().ToLowerInvariant();
        var at = address.LastIndexOf('@');
        return address.Length <= LengthMax
            && at is > 0 and <= LocalPartLengthMax
            && IsLocalPart(address.AsSpan(0, at))
            && IsHostName(address.AsSpan(at + 1));
    }

    private static bool IsLocalPart(ReadOnlySpan<char> part)
    {
        if (part[0] == '.' || part[^1] == '.' || part.IndexOf("..") >= 0) return false;
        foreach (var c in part)
        {
            if (!char.IsLetterOrDigit(c) && !"!#$%&'*+-/=?^_`{|}~.".Contains(c)) return false;
        }

        return true;
    }

    private static bool IsHostName(ReadOnlySpan<char> host)
    {
        var labels = 0;
        foreach (var range in host.Split('.'))
        {
            var label = host[range];
            if (label.Length is 0 or > LabelLengthMax || label[0] == '-' || label[^1] == '-') return false;
            foreach (var c in label)
            {
                if (!char.IsLetterOrDigit(c) && c != '-') return false;
            }

            labels++;
        }

        return labels >= 2 && host[(host.LastIndexOf('.') + 1)..].ContainsAnyExceptInRange('0', '9');
    }
}
