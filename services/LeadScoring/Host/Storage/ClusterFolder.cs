using System.Globalization;
using System.Runtime.Versioning;
using System.Security.Cryptography;

namespace LeadScoring.Host.Storage;

/// <summary>
/// The files of a private cluster: <c>password</c> and the locks are the service's, <c>server/</c> (data and log) belongs to the
/// account that runs the server.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class ClusterFolder
{
    private const int PasswordBytes = 24;
    private const long LogBytesMax = 16 * 1024 * 1024;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode PassThrough = OwnerOnly | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private readonly string root;

    private ClusterFolder(string root) => this.root = root;

    public string Root => root;

    /// <summary>Held while the cluster is being started or stopped.</summary>
    public string GateFile => Path.Combine(root, "gate.lock");

    /// <summary>Held together by all processes that use the cluster.</summary>
    public string UseFile => Path.Combine(root, "use.lock");

    public string PasswordFile => Path.Combine(root, "password");

    public string Server => Path.Combine(root, "server");

    public string Data => Path.Combine(Server, "data");

    public string LogFile => Path.Combine(Server, "server.log");

    /// <summary>The major version of PostgreSQL that made the data; null while there is none.</summary>
    public int? DataMajor
    {
        get
        {
            var file = Path.Combine(Data, "PG_VERSION");
            return File.Exists(file) ? int.Parse(File.ReadAllText(file), CultureInfo.InvariantCulture) : null;
        }
    }

    public string Password => File.Exists(PasswordFile)
        ? File.ReadAllText(PasswordFile)
        : throw new StartupRefusal($"The data folder holds a database but not its password: restore {PasswordFile} from a back-up, or set Data:Folder elsewhere.");

    /// <summary>Makes the folder, if it is missing, and finds its one true path, by which a running server is recognised.</summary>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be made or entered.</exception>
    /// <exception cref="IOException">Likewise.</exception>
    public static async Task<ClusterFolder> MakeAsync(string path)
    {
        Make(path, Environment.IsPrivilegedProcess ? PassThrough : OwnerOnly);
        var real = await Subprocess.RunAsync(["realpath", "--", path], TimeSpan.FromSeconds(10));
        return real.ExitCode == 0 ? new ClusterFolder(real.Output.TrimEnd('\n')) : throw new IOException(real.Complaint);
    }

    public async Task MakeServerFolderAsync(ServerUser user)
    {
        Make(Server, OwnerOnly);
        if (DataMajor is null)
        {
            await user.HandOverAsync(Server);
        }

        await user.CheckReachAsync(Server);
    }

    public void MakePassword()
    {
        // Made anew, never written over: a file that a crash left half way may belong to another account.
        File.Delete(PasswordFile);
        using var file = new FileStream(PasswordFile, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        file.Write(System.Text.Encoding.ASCII.GetBytes(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(PasswordBytes))));
        file.Flush(flushToDisk: true);
    }

    /// <summary>A place to build the data in: it becomes <see cref="Data"/> only when whole, so a crash half way costs nothing.</summary>
    public string NewDraft() => Path.Combine(Server, $"draft-{Guid.NewGuid():N}");

    /// <summary>Removes what crashes left half built.</summary>
    public void RemoveDrafts()
    {
        foreach (var abandoned in Directory.GetDirectories(Server, "draft-*"))
        {
            try
            {
                Directory.Delete(abandoned, recursive: true);
            }
            catch (IOException)
            {
                // The initdb of a killed process still writes there; a later start removes it.
            }
        }
    }

    public void Publish(string draft) => Directory.Move(draft, Data);

    /// <summary>Keeps one earlier log, so that the log never grows past every bound over many starts.</summary>
    public long RollLog()
    {
        var log = new FileInfo(LogFile);
        if (!log.Exists)
        {
            return 0;
        }

        if (log.Length < LogBytesMax)
        {
            return log.Length;
        }

        File.Move(LogFile, LogFile + ".1", overwrite: true);
        return 0;
    }

    /// <summary>What the server has logged since the log had the given length, at most its last 64 KiB.</summary>
    public string LogSince(long length)
    {
        const int tailBytesMax = 64 * 1024;
        if (!File.Exists(LogFile))
        {
            return string.Empty;
        }

        using var log = new FileStream(LogFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        log.Position = Math.Max(Math.Min(length, log.Length), log.Length - tailBytesMax);
        using var reader = new StreamReader(log);
        return reader.ReadToEnd();
    }

    private static void Make(string path, UnixFileMode mode)
    {
        if (Directory.Exists(path))
        {
            return;
        }

        if (Path.GetDirectoryName(path) is { } parent)
        {
            Make(parent, mode);
        }

        // Set, not only asked for: a strict umask would keep the server's account from passing through.
        Directory.CreateDirectory(path);
        File.SetUnixFileMode(path, mode);
    }
}
