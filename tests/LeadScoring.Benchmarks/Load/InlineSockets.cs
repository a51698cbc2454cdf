namespace LeadScoring.Benchmarks.Load;

/// <summary>
/// The generator must not be the bottleneck: one thread waits for all sockets and runs what follows itself, without handing every
/// answer to the thread pool.
/// </summary>
internal static class InlineSockets
{
    /// <summary>Call before the first socket is made; .NET reads these once.</summary>
    public static void Use()
    {
        Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");
        Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT", "1");
    }

    /// <summary>What the service must not inherit: it is to run as it does in production.</summary>
    public static void Remove(IDictionary<string, string?> environment)
    {
        environment.Remove("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS");
        environment.Remove("DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT");
    }
}
