using LeadScoring.Domain.Scoring;
using LeadScoring.Domain.Scoring.Shadow;
using LeadScoring.EventStore;
using LeadScoring.EventStore.Events;
using LeadScoring.Host.Leads;

namespace LeadScoring.Host.Scoring.Shadow;

/// <summary>Takes events of the log into what versions in shadow know of leads; what it cannot place, it folds from the lead's stream.</summary>
internal sealed class ShadowFold(ShadowRows rows, LeadStreams streams, ILogger<ShadowFold> logger)
{
    /// <param name="models">By tenant, the versions that want to know.</param>
    public async Task<ShadowPage> TakeAsync(
        IReadOnlyList<RecordedEvent> events, IReadOnlyDictionary<string, ScoringModel[]> models, CancellationToken ct)
    {
        var touched = new Dictionary<StreamKey, List<RecordedLeadEvent>>();
        foreach (var recorded in events)
        {
            if (!models.ContainsKey(recorded.Stream.TenantId) || Read(recorded) is not { } known) continue;
            if (!touched.TryGetValue(recorded.Stream, out var list)) touched.Add(recorded.Stream, list = []);
            list.Add(known);
        }

        var keys = touched.Keys.SelectMany(s => models[s.TenantId].Select(m => new ShadowKey(s.TenantId, m.Version, s.StreamId))).ToList();
        var stored = await rows.ReadAsync(keys, ct);
        var page = new ShadowPage();
        foreach (var (stream, list) in touched)
        {
            LeadStory? story = null;
            foreach (var model in models[stream.TenantId])
            {
                var key = new ShadowKey(stream.TenantId, model.Version, stream.StreamId);
                var before = stored.GetValueOrDefault(key);
                if (before is not null && Advance(before, list, model, out var cycles) is { } after)
                {
                    if (after.Lead.Version > before.Lead.Version) page.Add(key, after, cycles, model);
                    continue;
                }

                story ??= await StoryAsync(stream, ct);
                if (story is null) continue;
                var (lead, all) = Fold(story, model);
                page.Add(key, lead, all, model);
            }
        }

        return page;
    }

    /// <summary>What a version makes of a whole story.</summary>
    public static (ShadowLead Lead, IReadOnlyList<ShadowCycle> Cycles) Fold(LeadStory story, ScoringModel model) => ShadowLead.Of(
        story.Stream.StreamId, story.Events.Select(e => (e.Fact, e.Recorded.At, e.Recorded.Version)), model);

    /// <returns>Null: an event between is missing, or only the history can tell.</returns>
    private static ShadowLead? Advance(ShadowLead lead, IReadOnlyList<RecordedLeadEvent> events, ScoringModel model, out IReadOnlyList<ShadowCycle> cycles)
    {
        var noted = new SortedDictionary<int, ShadowCycle>();
        cycles = [];
        foreach (var e in events)
        {
            if (e.Recorded.Version <= lead.Lead.Version) continue;
            if (e.Recorded.Version != lead.Lead.Version + 1) return null;
            if (lead.Take(e.Fact, e.Recorded.At, e.Recorded.Version, model, history: null) is not { } next) return null;
            lead = next;
            if (!lead.Cycle.IsEmpty) noted[lead.Cycle.Cycle] = lead.Cycle;
        }

        cycles = [.. noted.Values];
        return lead;
    }

    private RecordedLeadEvent? Read(RecordedEvent recorded)
    {
        try
        {
            return streams.Read(recorded) is { Fact: not null } known ? known : null;
        }
        catch (UnreadableEventException)
        {
            // Said where the lead itself is read; what comes after it finds a gap here, and asks the stream.
            return null;
        }
    }

    private async Task<LeadStory?> StoryAsync(StreamKey stream, CancellationToken ct)
    {
        try
        {
            return await streams.ReadAsync(stream, ct: ct);
        }
        catch (UnreadableEventException e)
        {
            logger.LogError("The lead {LeadId} has no score in shadow, its stream cannot be read: {Fault}", stream.StreamId, e.Message);
            return null;
        }
    }
}

/// <summary>What a page of the log has changed.</summary>
internal sealed class ShadowPage
{
    public List<(ShadowKey Key, Domain.Leads.Lead Lead)> Leads { get; } = [];

    public List<(ShadowKey Key, ShadowCycle Cycle)> Cycles { get; } = [];

    public bool IsEmpty => Leads.Count == 0;

    public void Add(ShadowKey key, ShadowLead lead, IReadOnlyList<ShadowCycle> cycles, ScoringModel model)
    {
        Leads.Add((key, Least(lead.Lead, model)));
        Cycles.AddRange(cycles.Select(c => (key, c)));
    }

    /// <summary>The names a person goes by, and what the version does not ask for, are kept in one place only: the lead's row.</summary>
    private static Domain.Leads.Lead Least(Domain.Leads.Lead lead, ScoringModel model)
    {
        var asked = model.FitRules.SelectMany(r => r.When).Select(p => p.Property).ToHashSet(StringComparer.Ordinal);
        return lead with
        {
            Identities = [],
            Conflicts = [],
            Attributes = lead.Attributes.Where(a => asked.Contains(a.Key)).ToDictionary(),
        };
    }
}
