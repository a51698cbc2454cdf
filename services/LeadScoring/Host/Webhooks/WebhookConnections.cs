using System.Net;
using System.Net.Sockets;

namespace LeadScoring.Host.Webhooks;

/// <summary>Looks up the addresses of a name.</summary>
public delegate Task<IPAddress[]> ResolveAddresses(string host, CancellationToken ct);

/// <summary>An address is one webhooks may not be posted to.</summary>
public sealed class AddressRefusedException() : Exception("The host has an address that is not a public one.");

/// <summary>
/// Makes the connections webhooks travel on. A name is looked up here and nowhere else, and the connection goes to the very address
/// that was checked: a name that says something else a moment later gains nothing.
/// </summary>
internal sealed class WebhookConnections(WebhookOptions options, ResolveAddresses resolve)
{
    /// <summary>Names looked up at once, and so threads that may wait.</summary>
    private const int LookupsMax = 64;
    private const int AddressesMax = 8;
    private const int HeadersKilobytesMax = 16;
    private const int DrainedBytesMax = 16 * 1024;

    /// <summary>Before the next address of a name is tried.</summary>
    private static readonly TimeSpan ConnectMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan DrainMax = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan IdleMax = TimeSpan.FromSeconds(90);

    /// <summary>So that a name's new address is used some day.</summary>
    private static readonly TimeSpan LifetimeMax = TimeSpan.FromMinutes(10);

    private static readonly SemaphoreSlim Lookups = new(LookupsMax);

    /// <summary>
    /// The system's resolver keeps a thread for as long as a name server takes: so each has one of its own, a bounded number of them, and
    /// not of the pool that everything else runs on. It is free again when the resolver is done, however early its caller gave up.
    /// </summary>
    /// <exception cref="SocketException">There is no such name, or nobody says.</exception>
    public static async Task<IPAddress[]> LookUpAsync(string host, CancellationToken ct)
    {
        await Lookups.WaitAsync(ct);
        var lookup = Task.Factory.StartNew(() => Dns.GetHostAddresses(host), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        _ = lookup.ContinueWith(_ => Lookups.Release(), TaskScheduler.Default);
        return await lookup.WaitAsync(ct);
    }

    public SocketsHttpHandler MakeHandler() => new()
    {
        ConnectCallback = ConnectAsync,
        ConnectTimeout = options.AttemptTimeout,
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        ActivityHeadersPropagator = null,
        AutomaticDecompression = DecompressionMethods.None,
        MaxResponseHeadersLength = HeadersKilobytesMax,
        MaxResponseDrainSize = DrainedBytesMax,
        ResponseDrainTimeout = DrainMax,
        PooledConnectionIdleTimeout = IdleMax,
        PooledConnectionLifetime = LifetimeMax,
    };

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken ct)
    {
        var target = context.DnsEndPoint;
        var addresses = EndpointUrl.AddressOf(target.Host) is { } address ? [address] : await resolve(target.Host, ct);

        // One forbidden address condemns the name: otherwise whoever owns it has as many tries as it has addresses.
        if (!addresses.All(a => AddressRules.IsAllowed(a, options.AllowPrivateNetworks))) throw new AddressRefusedException();
        Exception? fault = null;
        foreach (var candidate in addresses.Take(AddressesMax))
        {
            var socket = new Socket(candidate.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
            if (addresses.Length > 1) patience.CancelAfter(ConnectMax);
            try
            {
                await socket.ConnectAsync(new IPEndPoint(candidate, target.Port), patience.Token);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (Exception e)
            {
                socket.Dispose();
                if (ct.IsCancellationRequested || e is not (SocketException or OperationCanceledException)) throw;
                fault = e;
            }
        }

        throw fault ?? new SocketException((int)SocketError.HostNotFound);
    }
}
