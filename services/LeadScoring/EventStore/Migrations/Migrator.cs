using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Npgsql;

namespace LeadScoring.EventStore.Migrations;

/// <summary>A forward-only change of the schema: a file <c>Migrations/NNN_name.sql</c> embedded in an assembly.</summary>
/// <param name="Number">1 to 999; migrations of all assemblies are numbered together.</param>
/// <param name="Checksum">SHA-256 of the text with LF line ends, as hex.</param>
public sealed record Migration(int Number, string Name, string Checksum, string Sql);

/// <summary>The database's migrations and this program's do not belong together; the message says how.</summary>
public sealed class MigrationRefusedException(string message) : Exception(message);

/// <summary>Brings a database's schema up to what this program's assemblies were written for.</summary>
public sealed partial class Migrator
{
    /// <summary>How long one migration waits for another migrator, and each of its statements for a table's lock.</summary>
    private static readonly TimeSpan LockWaitMax = TimeSpan.FromMinutes(2);

    private static readonly string SetTimeouts = SqlText.Load(typeof(Migrator), "set_timeouts.sql");
    private static readonly string TakeLock = SqlText.Load(typeof(Migrator), "take_lock.sql");
    private static readonly string CreateTable = SqlText.Load(typeof(Migrator), "create_schema_migration.sql");
    private static readonly string ReadApplied = SqlText.Load(typeof(Migrator), "read_schema_migration.sql");
    private static readonly string Record = SqlText.Load(typeof(Migrator), "record_schema_migration.sql");

    private readonly NpgsqlDataSource _dataSource;
    private readonly IReadOnlyList<Migration> _known;

    /// <param name="assemblies">Whose embedded migrations make the schema; their order does not matter.</param>
    /// <exception cref="InvalidOperationException">Two migrations have one number.</exception>
    public Migrator(NpgsqlDataSource dataSource, params IEnumerable<Assembly> assemblies)
        : this(dataSource, [.. assemblies.SelectMany(Embedded)])
    {
    }

    internal Migrator(NpgsqlDataSource dataSource, IReadOnlyList<Migration> known)
    {
        _dataSource = dataSource;
        _known = [.. known.OrderBy(m => m.Number)];
        if (_known.GroupBy(m => m.Number).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            throw new InvalidOperationException($"Two migrations are numbered {twice.Key}.");
        }
    }

    /// <summary>
    /// Applies what is missing, each migration in a transaction of its own. Safe to run on several machines at once.
    /// </summary>
    /// <returns>The migrations this call applied, in order.</returns>
    /// <exception cref="MigrationRefusedException">The database was migrated by a newer or a different program.</exception>
    public async Task<IReadOnlyList<Migration>> ApplyAsync(CancellationToken ct)
    {
        var applied = new List<Migration>();
        await using var connection = await _dataSource.OpenConnectionAsync(ct);

        // Each round applies one migration, or none when another migrator was quicker.
        for (var round = 0; round <= _known.Count; round++)
        {
            await using var transaction = await connection.BeginTransactionAsync(ct);
            await ExecuteAsync(connection, SetTimeouts, ct, SqlParameters.Text($"{LockWaitMax.TotalMilliseconds:0}ms"));
            await ExecuteAsync(connection, TakeLock, ct, SqlParameters.Bigint(AdvisoryLocks.Migration));
            await ExecuteAsync(connection, CreateTable, ct);
            var next = Missing(await ReadAppliedAsync(connection, ct)).FirstOrDefault();
            if (next is not null)
            {
                await ApplyAsync(connection, next, ct);
                applied.Add(next);
            }

            await transaction.CommitAsync(ct);
            if (next is null)
            {
                break;
            }
        }

        return applied;
    }

    /// <summary>The migrations the database lacks; one short query.</summary>
    /// <exception cref="MigrationRefusedException">The database was migrated by a newer or a different program.</exception>
    public async Task<IReadOnlyList<Migration>> PendingAsync(CancellationToken ct)
    {
        await using var connection = await _dataSource.OpenConnectionAsync(ct);
        try
        {
            return Missing(await ReadAppliedAsync(connection, ct));
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UndefinedTable)
        {
            return _known;
        }
    }

    private List<Migration> Missing(IReadOnlyDictionary<int, Applied> applied)
    {
        var knownNumbers = _known.Select(m => m.Number).ToHashSet();
        foreach (var (number, row) in applied.Where(a => !knownNumbers.Contains(a.Key)))
        {
            throw new MigrationRefusedException(
                $"The database has migration {number:000} ({row.Name}), which this program does not know: the database is newer "
                + "than the program. Run a program at least as new as the one that migrated it.");
        }

        foreach (var migration in _known.Where(m => applied.TryGetValue(m.Number, out var a) && a.Checksum != m.Checksum))
        {
            throw new MigrationRefusedException(
                $"Migration {migration.Number:000} ({migration.Name}) was changed after it was applied to this database. "
                + "Restore its text and put the change into a new migration.");
        }

        var missing = _known.Where(m => !applied.ContainsKey(m.Number)).ToList();
        if (missing.Count > 0 && applied.Count > 0 && missing[0].Number < applied.Keys.Max())
        {
            throw new MigrationRefusedException(
                $"Migration {missing[0].Number:000} ({missing[0].Name}) is missing from the database though later ones were "
                + "applied. Give it a number above theirs.");
        }

        return missing;
    }

    private static async Task ApplyAsync(NpgsqlConnection connection, Migration migration, CancellationToken ct)
    {
        try
        {
            await ExecuteAsync(connection, migration.Sql, ct);
        }
        catch (PostgresException e)
        {
            throw new InvalidOperationException(
                $"Migration {migration.Number:000} ({migration.Name}) failed and was rolled back: {e.MessageText}", e);
        }

        await ExecuteAsync(
            connection,
            Record,
            ct,
            SqlParameters.Integer(migration.Number),
            SqlParameters.Text(migration.Name),
            SqlParameters.Text(migration.Checksum));
    }

    private static async Task<Dictionary<int, Applied>> ReadAppliedAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(ReadApplied, connection);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var applied = new Dictionary<int, Applied>();
        while (await reader.ReadAsync(ct))
        {
            applied.Add(reader.GetInt32(0), new Applied(reader.GetString(1), reader.GetString(2)));
        }

        return applied;
    }

    private static async Task ExecuteAsync(
        NpgsqlConnection connection, string sql, CancellationToken ct, params NpgsqlParameter[] parameters)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        command.Parameters.AddRange(parameters);
        await command.ExecuteNonQueryAsync(ct);
    }

    private static IEnumerable<Migration> Embedded(Assembly assembly)
    {
        foreach (var resource in assembly.GetManifestResourceNames())
        {
            if (FileName().Match(resource) is { Success: true } match)
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
                var sql = reader.ReadToEnd().ReplaceLineEndings("\n");
                var number = int.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture);
                var checksum = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sql)));
                yield return new Migration(number, match.Groups["name"].Value, checksum, sql);
            }
        }
    }

    [GeneratedRegex(
        @"\.Migrations\.(?<number>\d{3})_(?<name>\w+)\.sql$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FileName();

    private sealed record Applied(string Name, string Checksum);
}
