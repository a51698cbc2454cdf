using System.Net.Sockets;
using System.Security.Authentication;
using Npgsql;

namespace LeadScoring.Host.Storage;

/// <summary>The one data source of the process.</summary>
public sealed class Database : IAsyncDisposable
{
    private const int ConnectSecondsMax = 5;
    private const int PoolWaitSecondsMax = 15;
    private const int AnswerSecondsMax = 5; // Beyond the statement timeout, so that the server's own word comes first.
    private const int KeepAliveSeconds = 30;

    /// <summary>
    /// The lock of whoever leads is held by its session: a machine that is gone without a word must not hold it for hours.
    /// </summary>
    private const string ServerNoticesLostClient =
        "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3 -c tcp_user_timeout=10000";
    private const int AutoPreparedStatementsMax = 100;
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ReportPause = TimeSpan.FromSeconds(5);

    private Database(NpgsqlDataSource source, string where)
    {
        Source = source;
        Where = where;
    }

    public NpgsqlDataSource Source { get; }

    /// <summary>Names the database for people, without user or password.</summary>
    public string Where { get; }

    /// <summary>Returns when the database has answered and is new enough and writable.</summary>
    /// <exception cref="StartupRefusal">There is no usable database; the sentence says what to do and holds no password.</exception>
    public static async Task<Database> OpenAsync(DatabaseOptions options, ILoggerFactory loggers, CancellationToken ct)
    {
        var complete = Complete(options);
        var where = $"the database '{complete.Database ?? complete.Username}' on {complete.Host}:{complete.Port}";
        await WaitUntilUsableAsync(complete, where, options.Wait, loggers.CreateLogger<Database>(), ct);
        var builder = new NpgsqlDataSourceBuilder(complete.ConnectionString) { Name = "leadscoring" };
        builder.UseLoggerFactory(loggers);
        return new Database(builder.Build(), where);
    }

    public ValueTask DisposeAsync() => Source.DisposeAsync();

    /// <summary>The connection string as the data source uses it: ours are defaults, what the operator wrote wins.</summary>
    /// <exception cref="StartupRefusal">It is not one.</exception>
    internal static NpgsqlConnectionStringBuilder Complete(DatabaseOptions options)
    {
        var connectionString = options.ConnectionString;
        if (connectionString.StartsWith("postgres://", StringComparison.Ordinal) || connectionString.StartsWith("postgresql://", StringComparison.Ordinal))
        {
            throw new StartupRefusal("ConnectionStrings:LeadScoring is a URI: write it as Host=...;Port=5432;Database=...;Username=...;Password=...");
        }

        var defaults = new NpgsqlConnectionStringBuilder
        {
            ApplicationName = "leadscoring",
            MaxPoolSize = options.PoolSizeMax,
            Timeout = PoolWaitSecondsMax,
            CommandTimeout = options.StatementTimeout == TimeSpan.Zero ? 0 : (int)options.StatementTimeout.TotalSeconds + AnswerSecondsMax,
            KeepAlive = KeepAliveSeconds,
            MaxAutoPrepare = AutoPreparedStatementsMax,
            AutoPrepareMinUsages = 2,
        };

        // The later of two equal keywords counts.
        var complete = TryParse($"{defaults.ConnectionString};{connectionString}") ?? throw new StartupRefusal(
            "ConnectionStrings:LeadScoring is not a connection string: write Host=...;Port=5432;Database=...;Username=...;Password=... "
            + "and put quotes around a value that holds ';' or '='.");
        if (string.IsNullOrWhiteSpace(complete.Host))
        {
            throw new StartupRefusal("ConnectionStrings:LeadScoring names no server: add Host=...");
        }

        // No code here leaves state in a session, so resetting it would cost a message per use and drop the prepared statements.
        complete.NoResetOnClose = true;
        complete.Multiplexing = false;
        complete.Options = string.Join(
            ' ',
            $"-c statement_timeout={Milliseconds(options.StatementTimeout)}",
            $"-c lock_timeout={Milliseconds(options.LockTimeout)}",
            $"-c idle_in_transaction_session_timeout={Milliseconds(options.IdleInTransactionTimeout)}",
            ServerNoticesLostClient,
            complete.Options).TrimEnd();
        return complete;
    }

    private static NpgsqlConnectionStringBuilder? TryParse(string connectionString)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(connectionString);
        }
        catch (ArgumentException)
        {
            // The reason is kept back: it may quote a piece of a password that holds a semicolon.
            return null;
        }
    }

    private static long Milliseconds(TimeSpan time) => (long)time.TotalMilliseconds;

    private static async Task WaitUntilUsableAsync(
        NpgsqlConnectionStringBuilder complete, string where, TimeSpan wait, ILogger logger, CancellationToken ct)
    {
        var probe = new NpgsqlConnectionStringBuilder(complete.ConnectionString) { Pooling = false, Timeout = ConnectSecondsMax, CommandTimeout = ConnectSecondsMax };
        var started = Environment.TickCount64;
        var reportAt = started;
        while (true)
        {
            var obstacle = await ProbeAsync(probe.ConnectionString, where, ct);
            if (obstacle is null)
            {
                return;
            }

            var now = Environment.TickCount64;
            if (now - started >= wait.TotalMilliseconds)
            {
                throw new StartupRefusal(
                    $"Cannot use {where} ({obstacle}; tried for {wait.TotalSeconds:0} s): start it, or correct ConnectionStrings:LeadScoring.");
            }

            if (now >= reportAt)
            {
                logger.LogWarning(
                    "Waiting for {Where}: {Obstacle} ({Waited} s of {Wait} s).", where, obstacle, (now - started) / 1000, (long)wait.TotalSeconds);
                reportAt = now + (long)ReportPause.TotalMilliseconds;
            }

            await Task.Delay(RetryPause, ct);
        }
    }

    /// <returns>What time may mend, or null when the database is usable.</returns>
    /// <exception cref="StartupRefusal">Waiting will not mend it.</exception>
    private static async Task<string?> ProbeAsync(string connectionString, string where, CancellationToken ct)
    {
        try
        {
            await using var connection = new NpgsqlConnection(connectionString);
            await connection.OpenAsync(ct);
            ServerVersion.Check(connection.PostgreSqlVersion.Major, $"The server of {where}");
            await using var state = new NpgsqlCommand(SqlText.Load(typeof(Database), "server_state.sql"), connection);
            return (bool)(await state.ExecuteScalarAsync(ct))! ? "it is a read-only standby" : null;
        }
        catch (PostgresException e)
        {
            return e.SqlState switch
            {
                PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification => throw new StartupRefusal(
                    $"The server of {where} refuses the user or the password: correct ConnectionStrings:LeadScoring.", e),
                PostgresErrorCodes.InvalidCatalogName => throw new StartupRefusal(
                    $"Not found: {where}. Make it (createdb), or correct ConnectionStrings:LeadScoring.", e),
                PostgresErrorCodes.InsufficientPrivilege => throw new StartupRefusal(
                    $"The user may not connect to {where}: grant it, or correct ConnectionStrings:LeadScoring.", e),
                _ => e.MessageText,
            };
        }
        catch (NpgsqlException e)
        {
            return e.InnerException switch
            {
                SocketException socket => socket.Message,
                AuthenticationException tls => throw new StartupRefusal(
                    $"No secure connection to {where} ({tls.Message}): correct the certificate or SslMode in ConnectionStrings:LeadScoring.", e),
                TimeoutException => "no answer",
                _ => e.IsTransient ? e.Message : throw new StartupRefusal(
                    $"Cannot connect to {where} ({e.Message}): correct ConnectionStrings:LeadScoring.", e),
            };
        }
        catch (Exception e) when (e is SocketException or TimeoutException)
        {
            // A name that does not resolve comes unwrapped.
            return e.Message;
        }
    }
}
