using System.Globalization;

namespace LeadScoring.Host.Storage;

/// <summary>Which database, and how it is used.</summary>
/// <param name="ConnectionString">Npgsql's format. What it sets wins over the other options here.</param>
public sealed record DatabaseOptions(string ConnectionString)
{
    private const int WaitSecondsMax = 3600;

    /// <summary>
    /// Held by an instance for as long as it leads: one each by relay, webhooks, timers, re-scoring and the look for foreign appends, and two
    /// by Marten's daemon, for its locks and to listen on.
    /// </summary>
    private const int PoolSizeOfLeaders = 7;

    /// <summary>Two loops of the writer, and what requests and the leaders' work take in turn.</summary>
    private const int PoolSizeOfWorkLeast = 5;
    private const int PoolSizeLeast = PoolSizeOfLeaders + PoolSizeOfWorkLeast;
    private const int PoolSizeLimit = 1000;

    /// <summary>How long to wait at start for a configured database that cannot be reached yet.</summary>
    public TimeSpan Wait { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Connections at most, idle ones included.</summary>
    public int PoolSizeMax { get; init; } = 32;

    /// <summary>The server ends a statement after this long; zero means never (for commands that rebuild or verify).</summary>
    public TimeSpan StatementTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The server ends a statement that has waited this long for a lock.</summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The server ends a connection that sits this long inside a transaction: its locks would hold up everybody.</summary>
    public TimeSpan IdleInTransactionTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Reads <c>ConnectionStrings:LeadScoring</c>, <c>Database:WaitSeconds</c> and <c>Database:PoolSizeMax</c>.</summary>
    /// <exception cref="StartupRefusal">There is no connection string, or a setting is not a number in its range.</exception>
    public static DatabaseOptions From(IConfiguration configuration)
    {
        var connectionString = configuration.GetConnectionString("LeadScoring");
        if (string.IsNullOrWhiteSpace(connectionString))
        {
            throw new StartupRefusal(
                "No database is given: set ConnectionStrings__LeadScoring=\"Host=...;Database=...;Username=...;Password=...\", "
                + "or start LeadScoring by deploy/run.sh, which makes a private PostgreSQL.");
        }

        var defaults = new DatabaseOptions(connectionString);
        return defaults with
        {
            Wait = TimeSpan.FromSeconds(Number(configuration, "Database:WaitSeconds", 0, WaitSecondsMax) ?? defaults.Wait.TotalSeconds),
            PoolSizeMax = Number(configuration, "Database:PoolSizeMax", PoolSizeLeast, PoolSizeLimit) ?? defaults.PoolSizeMax,
        };
    }

    private static int? Number(IConfiguration configuration, string key, int min, int max)
    {
        if (configuration[key] is not { Length: > 0 } text)
        {
            return null;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max
            ? number
            : throw new StartupRefusal($"{key} is '{text}': give a number from {min} to {max}, or leave it out.");
    }
}
