using System.Net;
using System.Net.Sockets;

namespace LeadScoring.IntegrationTests.Setup;

/// <summary>Ports for servers that are stopped and started again in a test.</summary>
internal static class Ports
{
    // Below the range the system hands out to clients (32768 and up on Linux): a client that tries to reach a server that is
    // down could otherwise be given that server's own port, and keep it.
    private const int First = 15_000;
    private const int End = 32_000;
    private const int AttemptsMax = 100;

    public static int Free()
    {
        for (var attempt = 1; ; attempt++)
        {
            var port = Random.Shared.Next(First, End);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException) when (attempt < AttemptsMax)
            {
                // Taken: try another.
            }
        }
    }
}
