using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace LeadScoring.Host.Storage;

/// <summary>Where the private cluster lives and what runs it.</summary>
/// <param name="Folder">Absolute path; made when missing. One cluster per folder.</param>
/// <param name="BinFolder">Folder of <c>initdb</c>, <c>pg_ctl</c> and <c>postgres</c>; null looks for them.</param>
/// <param name="Port">TCP port on 127.0.0.1, 1024–65535; null takes a free one at each start.</param>
/// <param name="UserWhenRoot">Account that runs the server when this process is root, whom PostgreSQL refuses.</param>
public sealed record PrivateClusterOptions(string Folder, string? BinFolder = null, int? Port = null, string UserWhenRoot = "postgres")
{
    private const int PortMin = 1024;
    private const int PortMax = 65535;
    private const int FolderHashDigits = 12;

    /// <summary>Reads <c>Data:Folder</c> (or <c>LEADSCORING_DATA</c>), <c>Postgres:BinFolder</c>, <c>Postgres:Port</c>, <c>Postgres:User</c>.</summary>
    /// <exception cref="StartupRefusal">The port is no port, or no folder can be chosen.</exception>
    public static PrivateClusterOptions From(IConfiguration configuration)
    {
        var folder = NullIfEmpty(configuration["Data:Folder"]) ?? NullIfEmpty(configuration["LEADSCORING_DATA"]);
        return new PrivateClusterOptions(
            Path.GetFullPath(folder ?? DefaultFolder(AppContext.BaseDirectory)),
            NullIfEmpty(configuration["Postgres:BinFolder"]),
            ParsePort(NullIfEmpty(configuration["Postgres:Port"])),
            NullIfEmpty(configuration["Postgres:User"]) ?? "postgres");
    }

    /// <summary>A folder of this checkout alone, so that two checkouts on one machine never share or fight over a cluster.</summary>
    /// <param name="baseFolder">Where the program's files are.</param>
    public static string DefaultFolder(string baseFolder)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(CheckoutRoot(baseFolder))))[..FolderHashDigits];
        return Path.Combine(Environment.IsPrivilegedProcess ? "/var/lib" : UserDataFolder(), "leadscoring", hash);
    }

    private static string CheckoutRoot(string baseFolder)
    {
        var start = Path.TrimEndingDirectorySeparator(Path.GetFullPath(baseFolder));
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "LeadScoring.sln")))
            {
                return folder.FullName;
            }
        }

        return start;
    }

    private static string UserDataFolder()
    {
        if (NullIfEmpty(Environment.GetEnvironmentVariable("XDG_DATA_HOME")) is { } xdg)
        {
            return xdg;
        }

        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return home.Length > 0
            ? Path.Combine(home, ".local", "share")
            : throw new StartupRefusal("This user has no home folder for the database: set Data:Folder (or LEADSCORING_DATA) to a folder of its own.");
    }

    private static int? ParsePort(string? text)
    {
        if (text is null)
        {
            return null;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is >= PortMin and <= PortMax
            ? port
            : throw new StartupRefusal($"Postgres:Port is '{text}': give a number from {PortMin} to {PortMax}, or leave it out so that a free port is taken.");
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
