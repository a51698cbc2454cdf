using System.Net;
using System.Net.Sockets;
using Microsoft.Security.AntiSSRF;

namespace LeadScoring.Host.Webhooks;

/// <summary>Which addresses webhooks may be posted to: a URL is a stranger's wish for a request from inside our network.</summary>
/// <remarks>
/// The ranges are AntiSSRF's, its handler is not used: it lets <c>::127.0.0.1</c>, <c>::ffff:0:127.0.0.1</c> and IPv6 that nobody was given
/// pass, refuses public addresses behind NAT64, looks names up by itself and sends the trace's headers along.
/// </remarks>
public static class AddressRules
{
    private const int Nat64PrefixBytes = 12;
    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");
    private static readonly IPNetwork PublicIPv6 = IPNetwork.Parse("2000::/3");
    private static readonly IPNetwork[] Special = Parse(IPAddressRanges.recommendedLatest);
    private static readonly IPNetwork[] Private = Parse(
        [.. IPAddressRanges.loopback, .. IPAddressRanges.privateUse, .. IPAddressRanges.sharedAddressSpace, .. IPAddressRanges.uniqueLocal]);

    /// <summary>Amazon's metadata, within a private range.</summary>
    private static readonly IPAddress PrivateMetadata = IPAddress.Parse("fd00:ec2::254");

    /// <param name="allowPrivate">Whether this machine and its own networks will do: loopback, private and shared ranges.</param>
    public static bool IsAllowed(IPAddress address, bool allowPrivate)
    {
        if (address.IsIPv4MappedToIPv6) return IsAllowed(address.MapToIPv4(), allowPrivate);

        // In networks without IPv4 every IPv4 address looks like this.
        if (Nat64.Contains(address)) return IsAllowed(new IPAddress(address.GetAddressBytes().AsSpan(Nat64PrefixBytes)), allowPrivate: false);
        if (address.AddressFamily == AddressFamily.InterNetworkV6 && address.ScopeId != 0) return false;
        return Special.Any(n => n.Contains(address))
            ? allowPrivate && Private.Any(n => n.Contains(address)) && !address.Equals(PrivateMetadata)
            : address.AddressFamily == AddressFamily.InterNetwork || PublicIPv6.Contains(address);
    }

    private static IPNetwork[] Parse(string[] networks) => [.. networks.Select(IPNetwork.Parse)];
}
