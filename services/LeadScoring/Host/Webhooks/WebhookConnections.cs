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
    private const int AddressesMax = 8;
    private const int HeadersKilobytesMax = 16;
    private const int DrainedBytesMax = 16 * 1024;

    /// <summary>Before the next address of a name is tried.</summary>
    private static readonly TimeSpan ConnectMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan DrainMax = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan IdleMax = TimeSpan.FromSeconds(90);

    /// <summary>So that a name's new address is used some day.</summary>
    private static readonly TimeSpan LifetimeMax = TimeSpan.FromMinutes(10);

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
        if (addresses.Length == 0) throw new SocketException((int)SocketError.HostNotFound);

        // One forbidden address condemns the name: otherwise whoever owns it has as many tries as it has addresses.
        if (!addresses.All(a => AddressRules.IsAllowed(a, options.AllowPrivateNetworks))) throw new AddressRefusedException();
        for (var i = 0; ; i++)
        {
            var isLast = i == Math.Min(addresses.Length, AddressesMax) - 1;
            try
            {
                return await ConnectAsync(new IPEndPoint(addresses[i], target.Port), isLast, ct);
            }
            catch (Exception e) when (!isLast && !ct.IsCancellationRequested && e is SocketException or OperationCanceledException)
            {
                // The next address may answer.
            }
        }
    }

    private static async Task<Stream> ConnectAsync(IPEndPoint endPoint, bool isLast, CancellationToken ct)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
            if (!isLast) patience.CancelAfter(ConnectMax);
            await socket.ConnectAsync(endPoint, patience.Token);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>
/// Looks names up with the system's resolver, which keeps a thread for as long as a name server takes: so on threads of their own, a
/// bounded number of them, and not of the pool that everything else runs on.
/// </summary>
public static class NameLookups
{
    /// <summary>Names looked up at once, and so threads that may wait.</summary>
    public const int AtOnceMax = 64;

    private static readonly SemaphoreSlim Free = new(AtOnceMax);

    /// <exception cref="SocketException">There is no such name, or nobody says.</exception>
    public static async Task<IPAddress[]> ResolveAsync(string host, CancellationToken ct)
    {
        await Free.WaitAsync(ct);
        var lookup = Task.Factory.StartNew(() => LookUp(host), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return await lookup.WaitAsync(ct);
    }

    /// <summary>The place is free again when the resolver is done, however early its caller gave up.</summary>
    private static IPAddress[] LookUp(string host)
    {
        try
        {
            return Dns.GetHostAddresses(host);
        }
        finally
        {
            Free.Release();
        }
    }
}
