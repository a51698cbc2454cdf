using System.Text.Json;
using JasperFx.Events.Daemon;
using LeadScoring.Contracts;
using LeadScoring.Host.Feed;
using LeadScoring.IntegrationTests.Setup;
using Marten;

namespace LeadScoring.IntegrationTests.Feed;

/// <summary>The feed as its documents hold it, all tenants'.</summary>
internal static class FeedRows
{
    private static string[] Aliases { get; } = [.. PublishedTypes.Aliases];

    /// <summary>Returns when everything that the log holds for publication stands in the feed, or is a dead letter.</summary>
    public static Task UntilPublishedAsync(this MigratedDatabase database) => MigratedDatabase.UntilAsync(
        async () =>
        {
            await using var session = database.Documents.QuerySession();
            var published = await session.Query<FeedEntry>().CountAsync(e => e.AnyTenant());
            var letters = await session.Query<DeadLetterEvent>().Where(d => d.ProjectionName == FeedSubscription.SubscriptionName).Select(d => d.EventSequence).ToListAsync();
            return published + letters.Distinct().Count() == (int)await database.ScalarAsync<long>("select count(*) from mt_events where type = any($1)", (object)Aliases);
        },
        "everything is published");

    /// <summary>All tenants', in the order of the log.</summary>
    public static async Task<IReadOnlyList<FeedEntry>> FeedAsync(this MigratedDatabase database)
    {
        await using var session = database.Documents.QuerySession();
        return await session.Query<FeedEntry>().Where(e => e.AnyTenant()).OrderBy(e => e.LogSequence).ToListAsync();
    }

    /// <summary>The log's published events, each once, in its order, at positions 1, 2, 3, ... of each tenant.</summary>
    public static async Task ShouldHoldTheLogOnceAsync(this IReadOnlyList<FeedEntry> feed, MigratedDatabase database)
    {
        feed.Select(e => e.EventId).ShouldBe(await StoredAsync(database));
        await using var session = database.Documents.QuerySession();
        foreach (var tenant in feed.GroupBy(e => e.TenantId))
        {
            tenant.Select(e => e.Position).ShouldBe(Enumerable.Range(1, tenant.Count()).Select(i => (long)i), tenant.Key);
            (await session.LoadAsync<FeedHead>(tenant.Key)).ShouldNotBeNull().Position.ShouldBe(tenant.Count());
        }

        foreach (var e in feed)
        {
            var sent = e.CloudEvent();
            (sent.Id, sent.Type, sent.Tenantid, sent.Sequence, sent.Subject).ShouldBe(
                (e.EventId, e.Type, e.TenantId, $"{e.Position}", $"{e.Subject}"));
        }
    }

    public static CloudEvent CloudEvent(this FeedEntry e) => JsonSerializer.Deserialize<CloudEvent>(e.Body, JsonSerializerOptions.Web)!;

    private static async Task<List<Guid>> StoredAsync(MigratedDatabase database)
    {
        await using var command = database.DataSource.CreateCommand("select id from mt_events where type = any($1) order by seq_id");
        command.Parameters.AddWithValue(Aliases);
        await using var rows = await command.ExecuteReaderAsync();
        var ids = new List<Guid>();
        while (await rows.ReadAsync()) ids.Add(rows.GetGuid(0));
        return ids;
    }
}
