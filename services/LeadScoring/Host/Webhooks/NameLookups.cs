using System.Net;

namespace LeadScoring.Host.Webhooks;

/// <summary>
/// Looks names up with the system's resolver, which keeps a thread for as long as a name server takes: so on threads of their own, a
/// bounded number of them, and not of the pool that everything else runs on.
/// </summary>
public sealed class NameLookups : IDisposable
{
    /// <summary>Names looked up at once, and so threads that may wait.</summary>
    public const int AtOnceMax = 64;

    private readonly SemaphoreSlim _free = new(AtOnceMax);

    /// <exception cref="System.Net.Sockets.SocketException">There is no such name, or nobody says.</exception>
    public async Task<IPAddress[]> ResolveAsync(string host, CancellationToken ct)
    {
        await _free.WaitAsync(ct);
        var lookup = Task.Factory.StartNew(() => LookUp(host), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return await lookup.WaitAsync(ct);
    }

    public void Dispose() => _free.Dispose();

    /// <summary>The place is free again when the resolver is done, however early its caller gave up.</summary>
    private IPAddress[] LookUp(string host)
    {
        try
        {
            return Dns.GetHostAddresses(host);
        }
        finally
        {
            _free.Release();
        }
    }
}
