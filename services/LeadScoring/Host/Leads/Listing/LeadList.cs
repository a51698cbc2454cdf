using LeadScoring.Contracts;
using LeadScoring.Host.Scoring.Models;
using Marten;
using Marten.Linq;
using Marten.Linq.MatchesSql;

namespace LeadScoring.Host.Leads.Listing;

/// <summary>Leads by filter, highest or latest first, a page at a time, with the score their documents store.</summary>
public sealed class LeadList(IDocumentStore store, TenantModels models, TimeProvider clock)
{
    public async Task<LeadPage> ReadAsync(string tenantId, LeadQuery query, CancellationToken ct)
    {
        await using var session = store.QuerySession(tenantId);

        var found = await Find(session, query).ToListAsync(ct);
        var leads = found.Take(query.Limit).Select(l => LeadViews.Summary(l, models.Of(l), l.Score, l.ScoreAsOf)).ToList();
        var next = found.Count > query.Limit ? CursorAt(found[query.Limit - 1], query).Write(query.Filter.NameOf(query.Sort), clock.GetUtcNow()) : null;
        return new(leads, next);
    }

    /// <summary>One lead more than the page holds: it tells that there is a next page.</summary>
    public static IQueryable<LeadDocument> Find(IQuerySession session, LeadQuery query)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(query);
        return Sorted(Filtered(session.Query<LeadDocument>(), query.Filter), query).Take(query.Limit + 1);
    }

    private static IQueryable<LeadDocument> Filtered(IQueryable<LeadDocument> leads, LeadFilter filter)
    {
        var stages = filter.Stages.Distinct().Select(s => (Domain.Leads.Stage)s).ToArray();

        // Only an equality lets the index on stages keep the order.
        if (stages is [var only]) leads = leads.Where(l => l.Stage == only);
        else if (stages.Length > 1) leads = leads.Where(l => l.Stage.IsOneOf(stages));
        if (filter.Grades.Count > 0)
        {
            var grades = filter.Grades.Distinct().Select(g => (Domain.Scoring.Grade)g).ToArray();
            leads = leads.Where(l => l.Grade.IsOneOf(grades));
        }

        if (filter.MinScore is { } minScore) leads = leads.Where(l => l.Score >= minScore);
        if (filter.Source is { } source) leads = leads.Where(l => l.Lead.Engagements.Sources.Contains(source));
        if (filter.Campaign is { } campaign) leads = leads.Where(l => l.Lead.Engagements.Campaigns.Contains(campaign));
        if (filter.Owner is { } owner) leads = leads.Where(l => l.Owner == owner);
        if (filter.EngagedSince is { } since) leads = leads.Where(l => l.LastEngagedAt >= since.ToUniversalTime());
        return leads;
    }

    /// <summary>Pages by the index on the sort column and the id, however deep.</summary>
    private static IQueryable<LeadDocument> Sorted(IQueryable<LeadDocument> leads, LeadQuery query) => (query.Sort, query.After) switch
    {
        (LeadSort.Score, { } after) => leads
            .Where(l => l.MatchesSql("(d.score, d.id) < (?, ?)", BitConverter.Int64BitsToDouble(after.SortKey), after.Id))
            .OrderByDescending(l => l.Score).ThenByDescending(l => l.Id),
        (LeadSort.Score, _) => leads.OrderByDescending(l => l.Score).ThenByDescending(l => l.Id),
        (LeadSort.LastEngagedAt, { } after) => leads
            .Where(l => l.MatchesSql("(d.last_engaged_at, d.id) < (?, ?)", after.SortInstant, after.Id))
            .OrderByDescending(l => l.LastEngagedAt).ThenByDescending(l => l.Id),
        (LeadSort.LastEngagedAt, _) => leads.OrderByDescending(l => l.LastEngagedAt).ThenByDescending(l => l.Id),
        (LeadSort.UpdatedAt, { } after) => leads
            .Where(l => l.MatchesSql("(d.updated_at, d.id) < (?, ?)", after.SortInstant, after.Id))
            .OrderByDescending(l => l.UpdatedAt).ThenByDescending(l => l.Id),
        _ => leads.OrderByDescending(l => l.UpdatedAt).ThenByDescending(l => l.Id),
    };

    private static PageCursor CursorAt(LeadDocument last, LeadQuery query) => new(
        query.Sort switch
        {
            LeadSort.Score => BitConverter.DoubleToInt64Bits(last.Score),
            LeadSort.LastEngagedAt => last.LastEngagedAt.UtcTicks,
            _ => last.UpdatedAt.UtcTicks,
        },
        last.Id);
}
