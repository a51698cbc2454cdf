using System.Globalization;
using System.Runtime.Versioning;
using System.Text.RegularExpressions;

namespace LeadScoring.Host.Storage;

/// <summary>A folder that holds PostgreSQL's server programs.</summary>
/// <param name="Major">Their major version, e.g. 15.</param>
[SupportedOSPlatform("linux")]
internal sealed partial record PostgresBinaries(string Folder, int Major)
{
    private const string DistributionFolder = "/usr/lib/postgresql";
    private static readonly TimeSpan ToolLimit = TimeSpan.FromSeconds(10);

    public string InitDb => Path.Combine(Folder, "initdb");

    public string PgCtl => Path.Combine(Folder, "pg_ctl");

    private string Server => Path.Combine(Folder, "postgres");

    /// <summary>Looks in the configured folder alone, or else on the PATH, where pg_config points and where Debian puts them, newest first.</summary>
    /// <param name="majorOfData">The version that made the data folder and alone can read it; null when there is no data yet.</param>
    /// <exception cref="StartupRefusal">There are none, none is new enough, or none reads the data.</exception>
    public static async Task<PostgresBinaries> FindAsync(string? configuredFolder, int? majorOfData)
    {
        var found = new List<PostgresBinaries>();
        foreach (var folder in configuredFolder is not null ? [configuredFolder] : await PlacesAsync())
        {
            if (await TryReadAsync(folder) is { } binaries)
            {
                found.Add(binaries);
            }
        }

        return Choose(found, configuredFolder, majorOfData);
    }

    /// <param name="found">In the order of preference.</param>
    internal static PostgresBinaries Choose(IReadOnlyList<PostgresBinaries> found, string? configuredFolder, int? majorOfData)
    {
        if (found.Count == 0)
        {
            throw new StartupRefusal(configuredFolder is null
                ? "No connection string is set and PostgreSQL is not installed: run 'apt-get install postgresql', or set ConnectionStrings:LeadScoring."
                : $"Postgres:BinFolder is {configuredFolder}, which does not hold initdb, pg_ctl and postgres: correct it, or leave it out.");
        }

        if (majorOfData is { } major)
        {
            return found.FirstOrDefault(binaries => binaries.Major == major) ?? throw new StartupRefusal(
                $"The data folder was made by PostgreSQL {major}, but only {Versions(found)} is installed: run 'apt-get install postgresql-{major}', "
                + "or move the data with pg_upgrade.");
        }

        var newEnough = found.FirstOrDefault(binaries => binaries.Major >= ServerVersion.MajorMin);
        if (newEnough is null)
        {
            ServerVersion.Check(found.Max(binaries => binaries.Major), $"What is installed in {found[0].Folder}");
        }

        return newEnough!;
    }

    private static string Versions(IReadOnlyList<PostgresBinaries> found) =>
        string.Join(" and ", found.Select(binaries => binaries.Major).Distinct().Order());

    private static async Task<IReadOnlyList<string>> PlacesAsync()
    {
        var places = new List<string>();
        foreach (var folder in (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            // A link on the PATH may be to pg_ctl alone; its neighbours are where it points.
            var pgCtl = new FileInfo(Path.Combine(folder, "pg_ctl"));
            if (pgCtl.Exists)
            {
                places.Add((pgCtl.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? pgCtl).DirectoryName!);
            }

            if (File.Exists(Path.Combine(folder, "pg_config")))
            {
                var config = await Subprocess.RunAsync([Path.Combine(folder, "pg_config"), "--bindir"], ToolLimit);
                if (config.ExitCode == 0)
                {
                    places.Add(config.Output.Trim());
                }
            }
        }

        if (Directory.Exists(DistributionFolder))
        {
            places.AddRange(Directory.GetDirectories(DistributionFolder)
                .OrderByDescending(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var major) ? major : 0)
                .Select(folder => Path.Combine(folder, "bin")));
        }

        return [.. places.Distinct()];
    }

    private static async Task<PostgresBinaries?> TryReadAsync(string folder)
    {
        var binaries = new PostgresBinaries(folder, Major: 0);
        if (!File.Exists(binaries.InitDb) || !File.Exists(binaries.PgCtl) || !File.Exists(binaries.Server))
        {
            return null;
        }

        var version = await Subprocess.RunAsync([binaries.Server, "--version"], ToolLimit);
        var major = MajorVersion().Match(version.Output);
        return version.ExitCode == 0 && major.Success
            ? binaries with { Major = int.Parse(major.Groups["major"].ValueSpan, CultureInfo.InvariantCulture) }
            : null;
    }

    [GeneratedRegex(@"\(PostgreSQL\) (?<major>\d{1,3})", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex MajorVersion();
}
