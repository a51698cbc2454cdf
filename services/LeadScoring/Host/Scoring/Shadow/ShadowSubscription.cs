using JasperFx.Events;
using JasperFx.Events.Daemon;
using JasperFx.Events.Projections;
using LeadScoring.Domain.Scoring;
using LeadScoring.Domain.Scoring.Shadow;
using LeadScoring.Domain.Scoring.Versions;
using LeadScoring.EventStore;
using LeadScoring.EventStore.Events;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Scoring.Models;
using Marten;
using Marten.Subscriptions;

namespace LeadScoring.Host.Scoring.Shadow;

/// <summary>
/// Follows what happens to leads for the versions that run in shadow. Subscribed to is the switching alone, so that a log nobody
/// scores in shadow costs nothing; the events between are read for the tenants that do.
/// </summary>
public sealed class ShadowSubscription : SubscriptionBase
{
    public const string SubscriptionName = "Shadow";

    private readonly IServiceProvider _services;
    private readonly ILogger<ShadowSubscription> _logger;

    /// <param name="services">The store makes its subscriptions: what needs the store is asked for when there is something to do.</param>
    public ShadowSubscription(IServiceProvider services, ILogger<ShadowSubscription> logger)
    {
        (_services, _logger) = (services, logger);
        Name = SubscriptionName;
        IncludeType<ModelShadowSwitched>();
    }

    public override async Task<IChangeListener> ProcessEventsAsync(
        EventRange page, ISubscriptionController controller, IDocumentOperations operations, CancellationToken cancellationToken)
    {
        var runs = await RunsAsync(page, operations, cancellationToken);
        foreach (var tenant in runs.GroupBy(r => r.TenantId, StringComparer.Ordinal))
        {
            var models = await ModelsAsync(tenant.Key, [.. tenant], page.SequenceFloor, cancellationToken);
            if (models.Count == 0) continue;
            var fold = new ShadowFold(tenant.Key, operations, _services.GetRequiredService<LeadStreams>(), _logger);
            await foreach (var events in ShadowLog.ReadAsync(operations, tenant.Key, models.Min(m => m.After), page.SequenceCeiling, cancellationToken))
            {
                await fold.TakeAsync(events, models, cancellationToken);
            }

            fold.Store();
        }

        return NullChangeListener.Instance;
    }

    /// <summary>Those that are on at the page's end; what others have left is taken out.</summary>
    private static async Task<IReadOnlyCollection<ShadowRun>> RunsAsync(EventRange page, IDocumentOperations operations, CancellationToken ct)
    {
        // Not by the daemon's session: its identity map holds one document of an id, whosever.
        await using var session = operations.DocumentStore.QuerySession(Marten.Services.SessionOptions.ForDatabase(operations.Database));
        var known = await session.Query<ShadowRun>().Where(r => r.AnyTenant()).ToListAsync(ct);
        var runs = known.ToDictionary(r => (r.TenantId, r.ModelVersion));
        foreach (var e in page.Events)
        {
            var switched = (ModelShadowSwitched)e.Data;
            runs.Remove((e.TenantId, switched.Version));
            if (switched.IsOn) runs.Add((e.TenantId, switched.Version), new() { TenantId = e.TenantId, ModelVersion = switched.Version, SwitchedOnAt = e.Sequence });
        }

        foreach (var e in page.Events.DistinctBy(e => (e.TenantId, ((ModelShadowSwitched)e.Data).Version)))
        {
            var (tenant, version) = (operations.ForTenant(e.TenantId), ((ModelShadowSwitched)e.Data).Version);
            tenant.DeleteWhere<ShadowLeadDocument>(l => l.ModelVersion == version);
            tenant.DeleteWhere<ShadowCycleDocument>(c => c.ModelVersion == version);
            if (runs.TryGetValue((e.TenantId, version), out var run)) tenant.Store(run);
            else tenant.Delete<ShadowRun>(version);
        }

        return runs.Values;
    }

    /// <summary>One that cannot be found was switched off meanwhile: the log will say so.</summary>
    private async Task<List<FollowingModel>> ModelsAsync(string tenantId, IReadOnlyList<ShadowRun> runs, long floor, CancellationToken ct)
    {
        var models = _services.GetRequiredService<TenantModels>();
        if (!runs.All(r => Find(r) is not null)) await models.LookAsync(ct);
        return [.. from run in runs let model = Find(run) where model is not null select new FollowingModel(model, Math.Max(floor, run.SwitchedOnAt))];

        ScoringModel? Find(ShadowRun run) => models.ShadowsOf(tenantId).FirstOrDefault(v => v.Version == run.ModelVersion)?.Model;
    }
}

/// <param name="After">Events beyond this number of the log are for it.</param>
internal sealed record FollowingModel(ScoringModel Model, long After);

/// <summary>Takes events of one tenant's log into what versions in shadow know of leads; what it cannot place, it folds from the lead's stream.</summary>
internal sealed class ShadowFold(string tenantId, IDocumentOperations operations, LeadStreams streams, ILogger logger)
{
    private readonly Dictionary<string, (ShadowLead Lead, ScoringModel Model)> _changed = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ShadowCycleDocument> _cycles = new(StringComparer.Ordinal);

    /// <summary>What a version makes of a whole story.</summary>
    public static (ShadowLead Lead, IReadOnlyList<ShadowCycle> Cycles) Fold(LeadStory story, ScoringModel model) => ShadowLead.Of(
        story.Stream.StreamId, story.Events.Select(e => (e.Fact, e.Recorded.At, e.Recorded.Version)), model);

    public async Task TakeAsync(IReadOnlyList<ShadowEvent> events, IReadOnlyList<FollowingModel> models, CancellationToken ct)
    {
        var touched = events.GroupBy(e => e.LeadId).ToList();
        var known = await KnownAsync(touched.Select(l => l.Key), models, ct);
        foreach (var lead in touched)
        {
            LeadStory? story = null;
            foreach (var (model, after) in models)
            {
                var news = lead.Where(e => e.Sequence > after).ToList();
                if (news.Count == 0) continue;
                var id = ShadowLeadDocument.IdOf(model.Version, lead.Key);
                if (known.GetValueOrDefault(id) is { } before && Advance(before, news, model, out var noted) is { } next)
                {
                    if (next.Lead.Version > before.Lead.Version) Put(id, next, noted, model);
                    continue;
                }

                story ??= await StoryAsync(lead.Key, ct);
                if (story is null) continue;
                var (whole, all) = Fold(story, model);
                Put(id, whole, all, model);
            }
        }
    }

    public void Store()
    {
        var tenant = operations.ForTenant(tenantId);
        tenant.Store([.. _changed.Values.Select(c => ShadowLeadDocument.Of(c.Lead, c.Model))]);
        tenant.Store([.. _cycles.Values]);
    }

    private async Task<Dictionary<string, ShadowLead>> KnownAsync(IEnumerable<Guid> leads, IReadOnlyList<FollowingModel> models, CancellationToken ct)
    {
        var ids = leads.SelectMany(l => models.Select(m => ShadowLeadDocument.IdOf(m.Model.Version, l))).ToList();
        var stored = await operations.ForTenant(tenantId).LoadManyAsync<ShadowLeadDocument>(ct, [.. ids.Where(id => !_changed.ContainsKey(id))]);
        var known = stored.ToDictionary(l => l.Id, l => new ShadowLead(l.Lead, l.Cycle), StringComparer.Ordinal);
        foreach (var id in ids)
        {
            if (_changed.TryGetValue(id, out var changed)) known[id] = changed.Lead;
        }

        return known;
    }

    private void Put(string id, ShadowLead lead, IReadOnlyList<ShadowCycle> cycles, ScoringModel model)
    {
        _changed[id] = (lead, model);
        foreach (var cycle in cycles.Select(c => ShadowCycleDocument.Of(model.Version, lead.Lead.Id, c))) _cycles[cycle.Id] = cycle;
    }

    /// <returns>Null: an event between is missing, or only the history can tell.</returns>
    private static ShadowLead? Advance(ShadowLead lead, List<ShadowEvent> events, ScoringModel model, out IReadOnlyList<ShadowCycle> cycles)
    {
        var noted = new SortedDictionary<int, ShadowCycle>();
        cycles = [];
        foreach (var e in events)
        {
            if (e.Version <= lead.Lead.Version) continue;
            if (e.Fact is null || e.Version != lead.Lead.Version + 1) return null;
            if (lead.Take(e.Fact, e.StoredAt, e.Version, model, history: null) is not { } next) return null;
            lead = next;
            if (!lead.Cycle.IsEmpty) noted[lead.Cycle.Cycle] = lead.Cycle;
        }

        cycles = [.. noted.Values];
        return lead;
    }

    private async Task<LeadStory?> StoryAsync(Guid leadId, CancellationToken ct)
    {
        try
        {
            return await streams.ReadAsync(new StreamKey(tenantId, leadId), ct: ct);
        }
        catch (UnreadableEventException e)
        {
            logger.LogError("The lead {LeadId} has no score in shadow, its stream cannot be read: {Fault}", leadId, e.Message);
            return null;
        }
    }
}
