using System.Security.Cryptography;
using System.Text;
using LeadScoring.Contracts;
using LeadScoring.Host.Feed;
using LeadScoring.IntegrationTests.Feed;
using LeadScoring.IntegrationTests.Setup;
using Marten;

namespace LeadScoring.IntegrationTests.Broker;

/// <summary>A feed with entries as the subscription would have written them, of several tenants with several leads each.</summary>
internal static class PublishedFeed
{
    private static readonly string[] Tenants = ["tenant-0", "tenant-1"];

    public static IReadOnlyList<string> Types { get; } =
        [IntegrationEventTypes.LeadAutomationQualified, IntegrationEventTypes.LeadMarketingQualified, IntegrationEventTypes.LeadSalesAccepted];

    /// <summary>Adds events at the end of the feed: tenants, leads and types take turns.</summary>
    /// <param name="type">Of all of them; null: they take turns.</param>
    public static async Task AddAsync(MigratedDatabase database, int events, int leads = 20, string? type = null)
    {
        await using var session = database.Documents.LightweightSession();
        var heads = (await session.Query<FeedHead>().ToListAsync()).ToDictionary(h => h.TenantId);
        var last = heads.Values.Select(h => h.LogSequence).DefaultIfEmpty().Max();
        var added = new List<FeedEntry>();
        for (var sequence = last + 1; sequence <= last + events; sequence++)
        {
            var tenant = Tenants[sequence % 2];
            var position = (heads.GetValueOrDefault(tenant)?.Position ?? 0) + 1;
            heads[tenant] = new() { TenantId = tenant, Position = position, LogSequence = sequence };
            added.Add(new()
            {
                TenantId = tenant,
                Position = position,
                LogSequence = sequence,
                EventId = Guid.NewGuid(),
                Type = type ?? Types[(int)(sequence % Types.Count)],
                Subject = new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"{tenant}{sequence % leads}")).AsSpan(0, 16)),
                At = DateTimeOffset.UtcNow,
                Body = Encoding.UTF8.GetBytes($$"""{"specversion":"1.0", "sequence":"{{sequence}}", "data":"{{new string('x', 500)}}"}"""),
            });
        }

        foreach (var tenant in added.GroupBy(e => e.TenantId)) session.ForTenant(tenant.Key).Insert<FeedEntry>([.. tenant]);
        session.Store<FeedHead>([.. heads.Values]);
        await session.SaveChangesAsync();

        // No event of the log, which there may be meanwhile, is to have one of these numbers.
        await database.ScalarAsync<long>("select setval('mt_events_sequence', greatest((select last_value from mt_events_sequence), $1))", last + events);
    }

    /// <summary>Everything in it, in the order of the log.</summary>
    public static async Task<IReadOnlyList<PublishedEvent>> ReadAsync(MigratedDatabase database) =>
        [.. (await database.FeedAsync()).Select(e => new PublishedEvent(e.EventId, (e.TenantId, e.Subject), e.Type, e.Body))];

    /// <returns>The log sequence up to which the relay has everything confirmed.</returns>
    public static async Task<long> RelayedUpToAsync(MigratedDatabase database)
    {
        await using var session = database.Documents.QuerySession();
        return (await session.LoadAsync<Host.Broker.RelayProgress>(Host.Broker.RelayProgress.OnlyId))?.UpTo ?? -1;
    }
}

internal sealed record PublishedEvent(Guid Id, (string TenantId, Guid Subject) Lead, string Type, byte[] Body);
