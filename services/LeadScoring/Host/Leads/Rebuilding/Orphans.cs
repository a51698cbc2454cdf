using System.Runtime.CompilerServices;
using LeadScoring.EventStore;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Leads.Rebuilding;

/// <summary>Lead rows and claims that no stream stands behind.</summary>
internal static class Orphans
{
    private const int PageMax = 5_000;

    private static readonly string PageLeads = SqlText.Load(typeof(Orphans), "page_leads.sql");
    private static readonly string PageClaims = SqlText.Load(typeof(Orphans), "page_claims.sql");
    private static readonly string RemoveOrphanLeads = SqlText.Load(typeof(Orphans), "remove_orphan_leads.sql");
    private static readonly string RemoveOrphanClaims = SqlText.Load(typeof(Orphans), "remove_orphan_claims.sql");

    /// <summary>In pages, of which some may be empty.</summary>
    public static async IAsyncEnumerable<List<StreamKey>> LeadsAsync(
        NpgsqlDataSource dataSource, StreamScope scope, [EnumeratorCancellation] CancellationToken ct)
    {
        var after = new StreamKey("", Guid.Empty);
        int rows;
        do
        {
            rows = 0;
            var orphans = new List<StreamKey>();
            await using (var command = dataSource.CreateCommand(PageLeads))
            {
                command.Parameters.AddAll(
                    Sql.Of(LeadKeys.StreamType, NpgsqlDbType.Text),
                    Sql.Of(after.TenantId, NpgsqlDbType.Text),
                    Sql.Of(after.StreamId, NpgsqlDbType.Uuid),
                    scope.TenantParameter,
                    scope.LeadParameter,
                    Sql.Of(PageMax, NpgsqlDbType.Integer));
                await using var reader = await command.ExecuteReaderAsync(ct);
                while (await reader.ReadAsync(ct))
                {
                    rows++;
                    after = new(reader.GetString(0), reader.GetGuid(1));
                    if (reader.GetBoolean(2)) orphans.Add(after);
                }
            }

            yield return orphans;
        }
        while (rows == PageMax);
    }

    /// <inheritdoc cref="LeadsAsync"/>
    public static async IAsyncEnumerable<List<LeadClaim>> ClaimsAsync(
        NpgsqlDataSource dataSource, StreamScope scope, [EnumeratorCancellation] CancellationToken ct)
    {
        var after = new LeadClaim(new("", Guid.Empty), new("", ""));
        int rows;
        do
        {
            rows = 0;
            var orphans = new List<LeadClaim>();
            await using (var command = dataSource.CreateCommand(PageClaims))
            {
                command.Parameters.AddAll(
                    Sql.Of(after.Stream.TenantId, NpgsqlDbType.Text),
                    Sql.Of(after.Key.Kind, NpgsqlDbType.Text),
                    Sql.Of(after.Key.Value, NpgsqlDbType.Text),
                    scope.TenantParameter,
                    scope.LeadParameter,
                    Sql.Of(PageMax, NpgsqlDbType.Integer));
                await using var reader = await command.ExecuteReaderAsync(ct);
                while (await reader.ReadAsync(ct))
                {
                    rows++;
                    after = new(new(reader.GetString(0), reader.GetGuid(3)), new(reader.GetString(1), reader.GetString(2)));
                    if (reader.GetBoolean(4)) orphans.Add(after);
                }
            }

            yield return orphans;
        }
        while (rows == PageMax);
    }

    /// <summary>Removes those that are orphans still.</summary>
    public static async Task<int> RemoveAsync(NpgsqlDataSource dataSource, List<StreamKey> leads, CancellationToken ct)
    {
        if (leads.Count == 0) return 0;
        await using var command = dataSource.CreateCommand(RemoveOrphanLeads);
        command.Parameters.AddAll(
            Sql.Many(leads.Select(l => l.TenantId).ToArray(), NpgsqlDbType.Text),
            Sql.Many(leads.Select(l => l.StreamId).ToArray(), NpgsqlDbType.Uuid),
            Sql.Of(LeadKeys.StreamType, NpgsqlDbType.Text));
        return await command.ExecuteNonQueryAsync(ct);
    }

    /// <inheritdoc cref="RemoveAsync(NpgsqlDataSource, List{StreamKey}, CancellationToken)"/>
    public static async Task<int> RemoveAsync(NpgsqlDataSource dataSource, List<LeadClaim> claims, CancellationToken ct)
    {
        if (claims.Count == 0) return 0;
        await using var command = dataSource.CreateCommand(RemoveOrphanClaims);
        command.Parameters.AddAll(LeadClaim.Parameters(claims));
        return await command.ExecuteNonQueryAsync(ct);
    }
}
