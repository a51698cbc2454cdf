using System.Globalization;
using LeadScoring.EventStore;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Scoring.Models;

/// <summary>Writes a person's name in one way, however its letters were composed and whatever width they have.</summary>
/// <remarks>By the database: the program runs without the system's tables of languages, where <see cref="string.Normalize()"/> knows ASCII only.</remarks>
public sealed class WrittenNames(NpgsqlDataSource dataSource)
{
    private static readonly string NormalizeName = SqlText.Load(typeof(WrittenNames), "normalize_name.sql");

    /// <returns>In Unicode's form NFKC, without letters that nobody sees.</returns>
    public async Task<string> NormalizedAsync(string name, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(NormalizeName);
        command.Parameters.Add(Sql.Of(string.Concat(name.Where(c => char.GetUnicodeCategory(c) != UnicodeCategory.Format)), NpgsqlDbType.Text));
        return (string)(await command.ExecuteScalarAsync(ct))!;
    }
}
