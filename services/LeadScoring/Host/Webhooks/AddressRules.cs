using System.Net;
using System.Net.Sockets;

namespace LeadScoring.Host.Webhooks;

/// <summary>How far away an address is.</summary>
public enum AddressReach
{
    /// <summary>Anybody's, on the internet.</summary>
    Public,

    /// <summary>This machine or its own network: loopback, private and shared ranges.</summary>
    Private,

    /// <summary>
    /// Nobody's endpoint: unspecified, link-local (where clouds keep their metadata), multicast, broadcast, reserved, documentation,
    /// benchmarks, and the tunnels that carry any of these in another form.
    /// </summary>
    Never,
}

/// <summary>Which addresses webhooks may be posted to: a URL is a stranger's wish for a request from inside our network.</summary>
public static class AddressRules
{
    private static readonly (IPNetwork Network, AddressReach Reach)[] Special4 =
    [
        Of("0.0.0.0/8", AddressReach.Never),
        Of("10.0.0.0/8", AddressReach.Private),
        Of("100.64.0.0/10", AddressReach.Private),
        Of("127.0.0.0/8", AddressReach.Private),
        Of("168.63.129.16/32", AddressReach.Never), // Azure's channel to the machine.
        Of("169.254.0.0/16", AddressReach.Never),
        Of("172.16.0.0/12", AddressReach.Private),
        Of("192.0.0.0/24", AddressReach.Never),
        Of("192.0.2.0/24", AddressReach.Never),
        Of("192.88.99.0/24", AddressReach.Never),
        Of("192.168.0.0/16", AddressReach.Private),
        Of("198.18.0.0/15", AddressReach.Never),
        Of("198.51.100.0/24", AddressReach.Never),
        Of("203.0.113.0/24", AddressReach.Never),
        Of("224.0.0.0/3", AddressReach.Never),
    ];

    private static readonly (IPNetwork Network, AddressReach Reach)[] Special6 =
    [
        Of("::1/128", AddressReach.Private),
        Of("fd00:ec2::254/128", AddressReach.Never), // Amazon's metadata.
        Of("fc00::/7", AddressReach.Private),
        Of("2001::/23", AddressReach.Never), // Teredo, benchmarks and other protocols' own.
        Of("2001:db8::/32", AddressReach.Never),
        Of("2002::/16", AddressReach.Never), // 6to4.
        Of("3fff::/20", AddressReach.Never),
    ];

    private const int Nat64PrefixBytes = 12;
    private static readonly IPNetwork Unicast6 = IPNetwork.Parse("2000::/3");
    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");

    public static AddressReach ReachOf(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) return ReachOf(address.MapToIPv4());
        if (address.AddressFamily == AddressFamily.InterNetwork) return ReachOf(address, Special4) ?? AddressReach.Public;
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return AddressReach.Never;

        // In networks without IPv4 every IPv4 address looks like this.
        if (Nat64.Contains(address))
        {
            var within = new IPAddress(address.GetAddressBytes().AsSpan(Nat64PrefixBytes));
            return ReachOf(within) == AddressReach.Public ? AddressReach.Public : AddressReach.Never;
        }

        if (address.ScopeId != 0) return AddressReach.Never;
        return ReachOf(address, Special6) ?? (Unicast6.Contains(address) ? AddressReach.Public : AddressReach.Never);
    }

    /// <param name="allowPrivate">Whether <see cref="AddressReach.Private"/> will do.</param>
    public static bool IsAllowed(IPAddress address, bool allowPrivate) =>
        ReachOf(address) is var reach && (reach == AddressReach.Public || (allowPrivate && reach == AddressReach.Private));

    private static AddressReach? ReachOf(IPAddress address, (IPNetwork Network, AddressReach Reach)[] special)
    {
        foreach (var (network, reach) in special)
        {
            if (network.Contains(address)) return reach;
        }

        return null;
    }

    private static (IPNetwork Network, AddressReach Reach) Of(string network, AddressReach reach) => (IPNetwork.Parse(network), reach);
}
