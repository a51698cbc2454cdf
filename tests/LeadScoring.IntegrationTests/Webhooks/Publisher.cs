using System.Text;
using LeadScoring.Contracts;
using LeadScoring.Host.Feed;
using LeadScoring.IntegrationTests.Setup;
using Marten;

namespace LeadScoring.IntegrationTests.Webhooks;

/// <summary>Adds events to a tenant's feed as the subscription would.</summary>
internal static class Publisher
{
    /// <summary>No event of a test's own log comes near, and the subscription may publish those meanwhile.</summary>
    private const long BeyondTheLog = 1_000_000;

    /// <summary>One event for each subject, in this order.</summary>
    /// <returns>Their positions.</returns>
    public static async Task<IReadOnlyList<long>> PublishAsync(
        this MigratedDatabase database, string tenantId, IReadOnlyList<Guid> subjects, string type = IntegrationEventTypes.LeadMarketingQualified)
    {
        await using var session = database.Documents.LightweightSession(tenantId);
        var head = (await session.LoadAsync<FeedHead>(tenantId))?.Position ?? 0;
        var last = Math.Max(BeyondTheLog, await session.Query<FeedEntry>().Where(e => e.AnyTenant()).OrderByDescending(e => e.LogSequence).Select(e => e.LogSequence).FirstOrDefaultAsync());
        var positions = new List<long>();
        foreach (var subject in subjects)
        {
            (head, last) = (head + 1, last + 1);
            var id = Guid.NewGuid();
            var body = $$"""{"specversion":"1.0","id":"{{id}}","source":"/leadscoring/{{tenantId}}","type":"{{type}}","subject":"{{subject}}","tenantid":"{{tenantId}}","sequence":"{{head}}","data":["Zoë"]}""";
            session.Insert(new FeedEntry
            {
                Position = head, LogSequence = last, EventId = id, Type = type, Subject = subject, At = DateTimeOffset.UtcNow, Body = Encoding.UTF8.GetBytes(body),
            });
            positions.Add(head);
        }

        session.Store(new FeedHead { TenantId = tenantId, Position = head, LogSequence = last });
        await session.SaveChangesAsync();
        return positions;
    }

    /// <summary>So many events, each of another lead.</summary>
    public static Task<IReadOnlyList<long>> PublishAsync(this MigratedDatabase database, string tenantId, int count) =>
        database.PublishAsync(tenantId, [.. Enumerable.Range(0, count).Select(_ => Guid.NewGuid())]);
}
