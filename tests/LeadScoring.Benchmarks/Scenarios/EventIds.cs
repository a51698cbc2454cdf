using LeadScoring.EventStore;
using Npgsql;

namespace LeadScoring.Benchmarks.Scenarios;

/// <summary>Layouts differ in where event ids are unique: by an index of the events, or, where these are partitioned, by a table of ids.</summary>
internal static class EventIds
{
    private static readonly string HasEventIds = SqlText.Load(typeof(EventIds), "has_event_ids.sql");

    /// <returns>Whether ids stand in a table of their own, which whoever stores events has to fill.</returns>
    public static async Task<bool> HaveTableAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var ask = new NpgsqlCommand(HasEventIds, connection);
        return (bool)(await ask.ExecuteScalarAsync(ct))!;
    }
}
