using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text;
using LeadScoring.EventStore;
using Npgsql;

namespace LeadScoring.Host.Storage;

/// <summary>
/// A PostgreSQL cluster of the service's own, on 127.0.0.1, from the machine's binaries. Processes that start it on the same folder
/// share it: the first one starts the server, the last one to leave stops it. One that a crash left running is taken over.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class PrivateCluster : IAsyncDisposable
{
    /// <summary>The role the service works as: owner of its database, no superuser.</summary>
    public const string Role = "leadscoring";

    public const string DatabaseName = "leadscoring";

    private const string Superuser = "postgres";
    private const long CacheMegabytesMin = 128;
    private const long CacheMegabytesMax = 8 * 1024;
    private const int StartAttemptsMax = 10;
    private const int StartSecondsMax = 300; // Recovery after a crash replays up to max_wal_size.
    private const int StopSecondsMax = 60;
    private static readonly TimeSpan InitLimit = TimeSpan.FromSeconds(300);
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(StartSecondsMax + 10);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(StopSecondsMax + 10);
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(5); // Of a server that has stopped already.
    private static readonly TimeSpan GateLimit = InitLimit + StartLimit;
    private static readonly TimeSpan PollPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);

    private readonly PrivateClusterOptions options;
    private readonly ClusterFolder folder;
    private readonly ServerUser user;
    private readonly PostgresBinaries binaries;
    private readonly ILogger logger;
    private readonly FolderLock use;
    private Postmaster? server;
    private bool left;

    private PrivateCluster(
        PrivateClusterOptions options, ClusterFolder folder, ServerUser user, PostgresBinaries binaries, ILogger logger, FolderLock use)
    {
        this.options = options;
        this.folder = folder;
        this.user = user;
        this.binaries = binaries;
        this.logger = logger;
        this.use = use;
    }

    /// <summary>The folder's true path, symbolic links resolved.</summary>
    public string Folder => folder.Root;

    public int Port => server!.Port;

    public int ServerProcessId => server!.ProcessId;

    /// <summary>With the password: never to be logged.</summary>
    public string ConnectionString => ConnectionStringOf(Role, DatabaseName);

    /// <summary>Returns when the database takes connections.</summary>
    /// <param name="ct">When cancelled, nothing is left running.</param>
    /// <exception cref="StartupRefusal">The cluster cannot be started as things are.</exception>
    public static async Task<PrivateCluster> StartAsync(PrivateClusterOptions options, ILogger logger, CancellationToken ct)
    {
        try
        {
            var user = await ServerUser.FindAsync(options.UserWhenRoot);
            var folder = await ClusterFolder.MakeAsync(options.Folder);
            using var gate = await FolderLock.WaitAloneAsync(folder.GateFile, GateLimit, ct) ?? throw new StartupRefusal(
                $"Another process has been starting or stopping the database in {folder.Root} for {GateLimit.TotalSeconds:0} s: end it and try again.");
            var binaries = await PostgresBinaries.FindAsync(options.BinFolder, folder.DataMajor);
            await folder.MakeServerFolderAsync(user);
            folder.RemoveDrafts();

            bool alone;
            using (var nobodyElse = FolderLock.TryAlone(folder.UseFile))
            {
                alone = nobodyElse is not null;
            }

            // Nobody takes this lock alone but behind the gate, where we stand.
            var cluster = new PrivateCluster(options, folder, user, binaries, logger, FolderLock.TryTogether(folder.UseFile)!);
            try
            {
                await cluster.BringUpAsync(alone, ct);
                return cluster;
            }
            catch
            {
                await cluster.LeaveAsync();
                throw;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupRefusal($"The data folder {options.Folder} cannot be used ({e.Message.TrimEnd('.')}): make it writable, or set Data:Folder (or LEADSCORING_DATA) elsewhere.", e);
        }
    }

    /// <summary>Stops the server, unless another process still uses it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (left)
        {
            return;
        }

        using var gate = await FolderLock.WaitAloneAsync(folder.GateFile, GateLimit, CancellationToken.None);
        if (gate is null)
        {
            left = true;
            use.Dispose();
            logger.LogWarning("Left the private PostgreSQL cluster in {Folder} running: another process keeps it busy.", Folder);
            return;
        }

        await LeaveAsync();
    }

    private async Task BringUpAsync(bool alone, CancellationToken ct)
    {
        if (folder.DataMajor is null)
        {
            await InitializeAsync(ct);
        }

        if (Postmaster.FindLive(folder.Data) is { } running && await ReadyOrGoneAsync(running, ct) is { } ready)
        {
            if (alone && options.Port is { } fixedPort && fixedPort != ready.Port)
            {
                await StopServerAsync();
            }
            else
            {
                server = ready;
                logger.LogInformation(
                    "{How} the private PostgreSQL cluster in {Folder}, process {ProcessId} on port {Port}.",
                    alone ? "Took over" : "Joined", Folder, ready.ProcessId, ready.Port);
            }
        }

        if (server is null)
        {
            server = await StartServerAsync(ct);
            logger.LogInformation(
                "Started the private PostgreSQL {Major} cluster in {Folder}, process {ProcessId} on port {Port}.",
                binaries.Major, Folder, server.ProcessId, server.Port);
        }

        await PrepareDatabaseAsync(ct);
    }

    private async Task InitializeAsync(CancellationToken ct)
    {
        logger.LogInformation("Making a private PostgreSQL {Major} cluster in {Folder}.", binaries.Major, Folder);
        var draft = folder.NewDraft();
        folder.MakePassword();
        await user.HandOverAsync(folder.PasswordFile);
        var init = await Subprocess.RunAsync(
            user.Command(
                binaries.InitDb, "-D", draft, "-U", Superuser, "--pwfile", folder.PasswordFile, "--auth", "scram-sha-256",
                "--encoding", "UTF8", "--locale", "C", "--data-checksums"),
            InitLimit);
        await user.TakeBackAsync(folder.PasswordFile);
        if (init.ExitCode != 0)
        {
            throw new StartupRefusal($"PostgreSQL cannot make its data folder in {Folder} ({init.Complaint}): mend that, or set Data:Folder elsewhere.");
        }

        ct.ThrowIfCancellationRequested();
        var settings = typeof(PrivateCluster).Assembly.GetManifestResourceStream(typeof(PrivateCluster), "private-cluster.conf")!;
        await using (settings)
        await using (var conf = new FileStream(Path.Combine(draft, "postgresql.conf"), FileMode.Append))
        {
            await settings.CopyToAsync(conf, ct);
            await conf.WriteAsync(Encoding.ASCII.GetBytes(MemorySettings()), ct);
            conf.Flush(flushToDisk: true);
        }

        folder.Publish(draft);
    }

    /// <summary>The machine is shared with the service and whatever else runs on it: an eighth for the server's own cache.</summary>
    private static string MemorySettings()
    {
        var machineMegabytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 20;
        var cache = Math.Clamp(machineMegabytes / 8, CacheMegabytesMin, CacheMegabytesMax);
        return $"""

            shared_buffers = '{cache}MB'
            effective_cache_size = '{Math.Max(cache, machineMegabytes / 2)}MB'

            """;
    }

    /// <returns>The server once it takes connections, or null when it has ended instead (it was on its way down).</returns>
    private async Task<Postmaster?> ReadyOrGoneAsync(Postmaster running, CancellationToken ct)
    {
        var giveUpAt = Environment.TickCount64 + (StartSecondsMax * 1000L);
        for (Postmaster? now = running; ; now = Postmaster.FindLive(folder.Data))
        {
            if (now is null || now.IsReady)
            {
                return now;
            }

            if (Environment.TickCount64 >= giveUpAt)
            {
                throw new StartupRefusal($"The PostgreSQL server in {Folder} (process {now.ProcessId}) has been '{now.Status}' for {StartSecondsMax} s: see {folder.LogFile}.");
            }

            await Task.Delay(PollPause, ct);
        }
    }

    private async Task<Postmaster> StartServerAsync(CancellationToken ct)
    {
        var port = options.Port ?? Postmaster.LastPort(folder.Data) ?? FreePort();
        var lastWord = string.Empty;
        for (var attempt = 1; attempt <= StartAttemptsMax; attempt++)
        {
            // A file left behind would keep PostgreSQL from starting if its process id now belongs to another process of that user.
            // PostgreSQL refuses by its shared memory, too, if the data is in use after all.
            if (Postmaster.FindLive(folder.Data) is null)
            {
                File.Delete(Postmaster.PidFile(folder.Data));
            }

            var logLength = folder.RollLog();
            var exitCode = await RunStartAsync(port, ct);
            if (Postmaster.FindLive(folder.Data) is { } running && await ReadyOrGoneAsync(running, ct) is { } ready)
            {
                return ready;
            }

            var log = folder.LogSince(logLength);
            lastWord = new Finished(exitCode, log).Complaint;
            if (log.Contains("Address already in use", StringComparison.Ordinal))
            {
                port = options.Port is null ? FreePort() : throw new StartupRefusal(
                    $"Postgres:Port is {port}, which another program on this machine uses: end that, choose another port, or leave it out so that a free one is taken.");
            }
            else if (log.Contains("pre-existing shared memory block", StringComparison.Ordinal))
            {
                // The last processes of a server that was killed are still on their way out.
                await Task.Delay(RetryPause, ct);
            }
            else
            {
                break;
            }
        }

        throw new StartupRefusal($"PostgreSQL does not start in {Folder} ({lastWord}): see {folder.LogFile}.");
    }

    private async Task<int> RunStartAsync(int port, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var start = PgCtlAsync(
            StartLimit,
            "start", "-w", "-t", StartSecondsMax.ToString(CultureInfo.InvariantCulture), "-D", folder.Data, "-l", folder.LogFile, "-o", $"-c port={port}");
        try
        {
            return (await start.WaitAsync(ct)).ExitCode;
        }
        catch (OperationCanceledException)
        {
            // pg_ctl may be anywhere between not yet having started the server and waiting for it: stop whatever appears until it ends.
            while (!start.IsCompleted)
            {
                await StopServerAsync();
                await Task.WhenAny(start, Task.Delay(PollPause, CancellationToken.None));
            }

            throw;
        }
    }

    private async Task PrepareDatabaseAsync(CancellationToken ct)
    {
        try
        {
            await using var connection = new NpgsqlConnection(ConnectionStringOf(Superuser, "postgres") + ";Pooling=false");
            await connection.OpenAsync(ct);
            await using (var role = new NpgsqlBatch(connection))
            {
                role.BatchCommands.Add(new NpgsqlBatchCommand(SqlText.Load(typeof(PrivateCluster), "offer_password.sql"))
                {
                    Parameters = { new NpgsqlParameter<string> { TypedValue = folder.Password } },
                });
                role.BatchCommands.Add(new NpgsqlBatchCommand(SqlText.Load(typeof(PrivateCluster), "make_role.sql")));
                await role.ExecuteNonQueryAsync(ct);
            }

            await using var find = new NpgsqlCommand(SqlText.Load(typeof(PrivateCluster), "find_database.sql"), connection);
            if (await find.ExecuteScalarAsync(ct) is null)
            {
                await using var make = new NpgsqlCommand(SqlText.Load(typeof(PrivateCluster), "make_database.sql"), connection);
                await make.ExecuteNonQueryAsync(ct);
            }
        }
        catch (NpgsqlException e) when (!ct.IsCancellationRequested)
        {
            throw new StartupRefusal($"The PostgreSQL server in {Folder} runs but does not serve ({e.Message}): see {folder.LogFile}.", e);
        }
    }

    /// <summary>Call behind the gate.</summary>
    private async Task LeaveAsync()
    {
        left = true;
        use.Dispose();
        using var last = FolderLock.TryAlone(folder.UseFile);
        if (last is null)
        {
            logger.LogInformation("Left the private PostgreSQL cluster in {Folder} running: another process uses it.", Folder);
            return;
        }

        await StopServerAsync();
    }

    private async Task StopServerAsync()
    {
        foreach (var mode in (string[])["fast", "immediate"])
        {
            if (Postmaster.FindLive(folder.Data) is not { } running)
            {
                return;
            }

            var stop = await PgCtlAsync(
                StopLimit, "stop", "-w", "-t", StopSecondsMax.ToString(CultureInfo.InvariantCulture), "-D", folder.Data, "-m", mode);
            if (stop.ExitCode == 0)
            {
                for (var since = Stopwatch.GetTimestamp(); running.IsAlive(folder.Data) && Stopwatch.GetElapsedTime(since) < EndLimit;) await Task.Delay(PollPause);
                logger.LogInformation("Stopped the private PostgreSQL cluster in {Folder}.", Folder);
                return;
            }

            logger.LogWarning(
                "The PostgreSQL server in {Folder}, process {ProcessId}, did not stop ({Mode}): {Reason}",
                Folder, running.ProcessId, mode, stop.Complaint);
        }
    }

    private Task<Finished> PgCtlAsync(TimeSpan limit, params string[] arguments) =>
        Subprocess.RunAsync(user.Command([binaries.PgCtl, .. arguments]), limit);

    private string ConnectionStringOf(string role, string database) => new NpgsqlConnectionStringBuilder
    {
        Host = IPAddress.Loopback.ToString(),
        Port = Port,
        Username = role,
        Password = folder.Password,
        Database = database,
        SslMode = SslMode.Disable,
        GssEncryptionMode = GssEncryptionMode.Disable,
    }.ConnectionString;

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, port: 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
