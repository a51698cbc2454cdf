using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace LeadScoring.IntegrationTests.Setup;

/// <summary>A database behind a door: while it is shut, connections are cut and refused, as when the server is away.</summary>
public sealed class DatabaseGate : IDisposable
{
    private readonly NpgsqlConnectionStringBuilder _connection;
    private readonly int _target;
    private readonly List<TcpClient> _open = [];
    private readonly Lock _lock = new();
    private TcpListener? _listener;
    private int _port;

    /// <summary>Open at first.</summary>
    public DatabaseGate(string connectionString)
    {
        _connection = new NpgsqlConnectionStringBuilder(connectionString);
        _target = _connection.Port;
        _port = 0; // Any free one; the same from then on.
        Open();
        _connection.Port = _port;
    }

    public string ConnectionString => _connection.ConnectionString;

    public void Open()
    {
        _listener = new TcpListener(IPAddress.Loopback, _port);
        _listener.Start();
        _port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _ = AcceptAsync(_listener);
    }

    public void Shut()
    {
        lock (_lock)
        {
            _listener?.Dispose();
            _listener = null;
            _open.ForEach(client => client.Dispose());
            _open.Clear();
        }
    }

    public void Dispose() => Shut();

    private async Task AcceptAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync();
                var server = new TcpClient();
                lock (_lock) _open.AddRange([client, server]);
                await server.ConnectAsync(IPAddress.Loopback, _target);
                _ = PumpAsync(client, server);
                _ = PumpAsync(server, client);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Shut.
        }
    }

    private static async Task PumpAsync(TcpClient from, TcpClient to)
    {
        try
        {
            await from.GetStream().CopyToAsync(to.GetStream());
            to.Client.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Cut.
        }
    }
}
