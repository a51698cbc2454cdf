using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Feed;
using LeadScoring.IntegrationTests.Setup;

namespace LeadScoring.IntegrationTests.Feed;

/// <summary>The feed as its table holds it.</summary>
internal static class FeedRows
{
    /// <summary>Returns when everything that the log holds for publication stands in the feed, or is set aside.</summary>
    public static Task UntilPublishedAsync(this MigratedDatabase database) => database.UntilAsync(
        "select (select count(*) from mt_events where type = any($1)) = (select count(*) from feed_event) + (select count(*) from feed_set_aside)",
        (object)PublishedTypes.Aliases.ToArray());

    /// <summary>All tenants', in the order of the log.</summary>
    public static async Task<IReadOnlyList<FeedEvent>> FeedAsync(this MigratedDatabase database) =>
        await new FeedReader(database.DataSource).ReadAllAsync(0, int.MaxValue, default);

    /// <summary>The log's published events, each once, in its order, at positions 1, 2, 3, ... of each tenant.</summary>
    public static async Task ShouldHoldTheLogOnceAsync(this IReadOnlyList<FeedEvent> feed, MigratedDatabase database)
    {
        feed.Select(e => e.Id).ShouldBe(await StoredAsync(database));
        foreach (var tenant in feed.GroupBy(e => e.TenantId))
        {
            tenant.Select(e => e.Position).ShouldBe(Enumerable.Range(1, tenant.Count()).Select(i => (long)i), tenant.Key);
            (await new FeedReader(database.DataSource).HeadAsync(tenant.Key, default)).ShouldBe(tenant.Count());
        }

        foreach (var e in feed)
        {
            var sent = e.CloudEvent();
            (sent.Id, sent.Type, sent.Tenantid, sent.Sequence, sent.Subject).ShouldBe(
                (e.Id, e.Type, e.TenantId, $"{e.Position}", $"{e.Subject}"));
        }
    }

    public static CloudEvent CloudEvent(this FeedEvent e) => JsonSerializer.Deserialize<CloudEvent>(e.Body, JsonSerializerOptions.Web)!;

    private static async Task<List<Guid>> StoredAsync(MigratedDatabase database)
    {
        await using var command = database.DataSource.CreateCommand("select id from mt_events where type = any($1) order by seq_id");
        command.Parameters.AddWithValue(PublishedTypes.Aliases.ToArray());
        await using var rows = await command.ExecuteReaderAsync();
        var ids = new List<Guid>();
        while (await rows.ReadAsync()) ids.Add(rows.GetGuid(0));
        return ids;
    }
}
