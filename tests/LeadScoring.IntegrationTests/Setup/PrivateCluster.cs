using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using LeadScoring.ContractTests;
using LeadScoring.Host;
using Npgsql;

namespace LeadScoring.IntegrationTests.Setup;

/// <summary>A private PostgreSQL as <c>deploy/postgres.sh</c> makes it, started; stopped when disposed of, its data stay.</summary>
[SupportedOSPlatform("linux")]
internal sealed class PrivateCluster : IAsyncDisposable
{
    public static readonly string Script = Repository.PathOf("deploy", "postgres.sh");

    private PrivateCluster(string folder, string connectionString)
    {
        (Folder, ConnectionString) = (folder, connectionString);
        ServerProcessId = int.Parse(File.ReadLines(Path.Combine(folder, "server", "data", "postmaster.pid")).First(), CultureInfo.InvariantCulture);
    }

    public string Folder { get; }

    /// <summary>As the service's role, to its database.</summary>
    public string ConnectionString { get; }

    public int Port => new NpgsqlConnectionStringBuilder(ConnectionString).Port;

    public int ServerProcessId { get; }

    /// <param name="folder">Made when missing.</param>
    /// <param name="settings">Of the server, as NAME=VALUE, for this start.</param>
    /// <exception cref="StartupRefusal">It does not start; the script's own sentence.</exception>
    public static async Task<PrivateCluster> StartAsync(string folder, params IEnumerable<string> settings)
    {
        var start = await RunAsync(["start", folder, .. settings.SelectMany(setting => (string[])["-c", setting])]);
        return start.ExitCode == 0 ? new(folder, start.Output.Trim()) : throw new StartupRefusal(start.Error);
    }

    /// <summary>Runs the script to its end.</summary>
    public static async Task<Finished> RunAsync(IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        using var process = Process.Start(CommandOf([Script, .. arguments], environment))!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new(process.ExitCode, await output, await error);
    }

    /// <summary>A command with its input, output and errors on pipes, which knows of no database and no data folder.</summary>
    public static ProcessStartInfo CommandOf(IReadOnlyList<string> command, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove("ConnectionStrings__LeadScoring");
        start.Environment.Remove("LEADSCORING_DATA");
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return start;
    }

    /// <exception cref="StartupRefusal">The server does not stop.</exception>
    public async ValueTask DisposeAsync()
    {
        var stop = await RunAsync(["stop", Folder]);
        if (stop.ExitCode != 0) throw new StartupRefusal(stop.Error);
    }

    public sealed record Finished(int ExitCode, string Output, string Error);
}
