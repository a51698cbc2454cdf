using System.Diagnostics;
using System.Globalization;
using System.Net;
using RabbitMQ.Client;

namespace LeadScoring.IntegrationTests.Setup;

/// <summary>
/// A RabbitMQ node of its own, with its own epmd, folder, cookie and free ports. It hangs on a pipe to this process: when the process
/// ends, however it ends, the shell that started the node kills it and removes its folder.
/// </summary>
internal sealed class RabbitNode : IAsyncDisposable
{
    public const string User = "relay";
    public const string Password = "relay's p@ss/word";

    private const string Programs = "/usr/lib/rabbitmq/bin";
    private const string Done = "done";
    private static readonly TimeSpan OrderWaitMax = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan StopWaitMax = TimeSpan.FromSeconds(30);

    // Obeys one order a line, answers "done" or "failed", and cleans up at the end of its input. The plain port opens when the node has
    // recovered everything.
    private const string Script =
        """
        folder=$(mktemp -d -t leadscoring-rabbit-XXXXXX) || exit 1
        chmod 700 "$folder"
        export HOME=$folder LANG=C.UTF-8
        export ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT=$EPMD_PORT
        export RABBITMQ_CONF_ENV_FILE=/dev/null RABBITMQ_NODENAME=leadscoring$PORT@localhost RABBITMQ_DIST_PORT=$DIST_PORT
        export RABBITMQ_MNESIA_BASE=$folder/data RABBITMQ_LOG_BASE=$folder/log RABBITMQ_PID_FILE=$folder/pid
        export RABBITMQ_CONFIG_FILE=$folder/rabbitmq.conf RABBITMQ_ENABLED_PLUGINS_FILE=$folder/plugins
        printf '%s' "$CONFIGURATION" | sed "s|FOLDER|$folder|g" >"$folder/rabbitmq.conf"
        printf '%s' "$CERTIFICATES" >"$folder/tls.pem"
        echo '[].' >"$folder/plugins"
        epmd -port "$EPMD_PORT" </dev/null >"$folder/epmd.log" 2>&1 &
        epmd=$!
        launch() {
          rm -f "$folder/pid"
          "$PROGRAMS/rabbitmq-server" </dev/null >>"$folder/out.log" 2>&1 &
          server=$!
          until (exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null; do
            kill -0 $server 2>/dev/null || { tail -n 40 "$folder/out.log" >&2; return 1; }
            sleep 0.1
          done
        }
        end() {
          [ -s "$folder/pid" ] && kill -"$1" "$(cat "$folder/pid")" 2>/dev/null
          wait "$server" 2>/dev/null
          server=
        }
        cleanup() {
          [ -n "$server" ] && end KILL
          kill "$epmd" 2>/dev/null
          rm -rf "$folder"
        }
        trap cleanup EXIT
        while read -r order rest; do
          case $order in
            start) launch </dev/null ;;
            crash) end KILL ;;
            stop) end TERM ;;
            control) eval "set -- $rest"; "$PROGRAMS/rabbitmqctl" --quiet "$@" </dev/null >"$folder/control.log" 2>&1 || { cat "$folder/control.log" >&2; false; } ;;
          esac && echo done || echo failed
        done
        """;

    private readonly Process _shell;

    private RabbitNode(Process shell, int port, int tlsPort) => (_shell, Port, TlsPort) = (shell, port, tlsPort);

    /// <summary>On 127.0.0.1, plain; the same after a restart.</summary>
    public int Port { get; }

    /// <summary>On 127.0.0.1, for TLS; answers only when certificates were given.</summary>
    public int TlsPort { get; }

    /// <param name="certificates">PEM of the server's certificate, of the authority that clients' certificates must be of, and of the server's key; null: no TLS.</param>
    public static async Task<RabbitNode> StartAsync(string? certificates = null)
    {
        if (!Directory.Exists(Programs))
        {
            throw new InvalidOperationException("RabbitMQ's programs are missing: install rabbitmq-server without its service, as deploy/test.sh does.");
        }

        int[] ports = [Ports.Free(), Ports.Free(), Ports.Free(), Ports.Free()];
        var node = new RabbitNode(Process.Start(Shell(ports, certificates))!, ports[0], ports[1]);
        try
        {
            await node.StartAgainAsync();
            return node;
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes an exchange as the service itself declares it, for queues that are bound before it runs.</summary>
    public static Task DeclareExchangeAsync(IChannel channel, string exchange) => Host.Broker.BrokerTopologies.DeclareAsync(channel, exchange);

    /// <summary>A connection that is not mended by itself when it is lost.</summary>
    public Task<IConnection> ConnectAsync(CancellationToken ct = default) => new ConnectionFactory
    {
        HostName = IPAddress.Loopback.ToString(), Port = Port, UserName = User, Password = Password, AutomaticRecoveryEnabled = false,
    }.CreateConnectionAsync(ct);

    /// <summary>Starts it after a crash or a stop; returns when it takes connections.</summary>
    public Task StartAgainAsync() => OrderAsync("start");

    /// <summary>Ends it with SIGKILL, in the middle of whatever it does.</summary>
    public Task CrashAsync() => OrderAsync("crash");

    /// <summary>Ends it in good order.</summary>
    public Task StopAsync() => OrderAsync("stop");

    /// <summary>As when the disk is full: whoever publishes is blocked.</summary>
    public Task RaiseDiskAlarmAsync() => ControlAsync("eval", "rabbit_alarm:set_alarm({{resource_limit, disk, node()}, []}).");

    public Task ClearDiskAlarmAsync() => ControlAsync("eval", "rabbit_alarm:clear_alarm({resource_limit, disk, node()}).");

    public Task CloseConnectionsAsync() => ControlAsync("close_all_connections", "maintenance");

    /// <summary>Runs <c>rabbitmqctl</c> with these arguments.</summary>
    public Task ControlAsync(params string[] arguments) =>
        OrderAsync("control " + string.Join(' ', arguments.Select(a => "'" + a.Replace("'", """'"'"'""", StringComparison.Ordinal) + "'")));

    public async ValueTask DisposeAsync()
    {
        _shell.StandardInput.Close();
        await _shell.WaitForExitAsync().WaitAsync(StopWaitMax);
        _shell.Dispose();
    }

    private async Task OrderAsync(string order)
    {
        await _shell.StandardInput.WriteLineAsync(order);
        await _shell.StandardInput.FlushAsync();
        if (await _shell.StandardOutput.ReadLineAsync().WaitAsync(OrderWaitMax) is var answer && answer != Done)
        {
            _shell.StandardInput.Close();
            throw new InvalidOperationException($"RabbitMQ did not obey '{order}': {await _shell.StandardError.ReadToEndAsync()}");
        }
    }

    private static ProcessStartInfo Shell(int[] ports, string? certificates)
    {
        var start = ServerShell.Of("rabbitmq", "bash", Script);
        start.Environment["PROGRAMS"] = Programs;
        start.Environment["PORT"] = Text(ports[0]);
        start.Environment["EPMD_PORT"] = Text(ports[2]);
        start.Environment["DIST_PORT"] = Text(ports[3]);
        start.Environment["CONFIGURATION"] = Configuration(ports[0], certificates is null ? null : ports[1]);
        start.Environment["CERTIFICATES"] = certificates ?? "";
        return start;
    }

    private static string Configuration(int port, int? tlsPort)
    {
        var plain = string.Create(CultureInfo.InvariantCulture, $"""
            listeners.tcp.1 = 127.0.0.1:{port}
            default_user = {User}
            default_pass = {Password}
            loopback_users = none
            log.console = false
            log.file.level = warning
            disk_free_limit.absolute = 10MB
            vm_memory_high_watermark.relative = 0.6

            """);
        return tlsPort is null ? plain : string.Create(CultureInfo.InvariantCulture, $"""
            {plain}
            listeners.ssl.1 = 127.0.0.1:{tlsPort}
            ssl_options.cacertfile = FOLDER/tls.pem
            ssl_options.certfile = FOLDER/tls.pem
            ssl_options.keyfile = FOLDER/tls.pem
            ssl_options.verify = verify_peer
            ssl_options.fail_if_no_peer_cert = false

            """);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
