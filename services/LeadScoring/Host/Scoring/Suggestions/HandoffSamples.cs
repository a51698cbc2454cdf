using System.Diagnostics;
using LeadScoring.Contracts;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;
using LeadScoring.Domain.Scoring.Suggestions;
using LeadScoring.Host.Events;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Leads.Rebuilding;
using LeadScoring.Host.Operations;
using Npgsql;

namespace LeadScoring.Host.Scoring.Suggestions;

/// <summary>What a model's rules had counted at each handoff: folds the leads' streams up to the handoff, and no further.</summary>
internal sealed class HandoffSamples(LeadStreams streams, string tenantId, ScoringModel model, SuggestionTarget target)
{
    private readonly RuleColumns _columns = new(model);

    /// <param name="handoffs">Decided ones.</param>
    public async Task<List<OutcomeSample>> ReadAsync(
        NpgsqlConnection connection, IEnumerable<HandoffOutcome> handoffs, WorkProgress progress, Pace pace, CancellationToken ct)
    {
        var samples = new List<OutcomeSample>();
        var byLead = handoffs.GroupBy(h => h.LeadId).OrderBy(g => g.Key).ToList();
        progress.Expect(byLead.Count);
        foreach (var page in byLead.Chunk(LeadPages.LeadsMax))
        {
            var started = Stopwatch.GetTimestamp();
            var stories = await LeadPages.ReadAsync(connection, [.. page.Select(g => new StreamKey(tenantId, g.Key))], ct);
            foreach (var lead in page)
            {
                if (stories.TryGetValue(new(tenantId, lead.Key), out var story)) Add(samples, lead.ToDictionary(h => h.Version), story);
            }

            progress.Add(page.Length, events: 0);
            await pace.RestAsync(Stopwatch.GetElapsedTime(started), ct);
        }

        return samples;
    }

    private void Add(List<OutcomeSample> samples, Dictionary<long, HandoffOutcome> handoffs, List<RecordedEvent> story)
    {
        var lead = Lead.New(story[0].Stream.StreamId, model);
        var history = new EngagementHistory();
        var left = handoffs.Count;
        foreach (var recorded in story)
        {
            if (handoffs.TryGetValue(recorded.Version, out var handoff))
            {
                var known = lead.Score.Exact ? lead : lead.WithHistory(history, model);
                samples.Add(new(known.Id, handoff.Cycle, _columns.Of(known, known.ClockAt(handoff.At)), handoff.Has(target)!.Value));
                if (--left == 0) return;
            }

            if (streams.Read(recorded).Fact is not { } fact) continue;
            lead = lead.Evolve(fact, model);
            history.Add(fact);
        }
    }
}
