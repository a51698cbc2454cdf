using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Qualification;
using LeadScoring.Host.Leads;

namespace LeadScoring.IntegrationTests.Faults.Changing;

/// <summary>Holds what the service keeps and shows, when all has settled, against what was put in and what its log tells.</summary>
internal sealed class RunCheck(PatientClient client, Crowd crowd, RunSnapshot snapshot, PlainTimeline models, IReadOnlyDictionary<int, PlainModel> versions)
{
    private const int DifferencesShownMax = 20;
    private const int SamplesMax = 60;
    private const int PageMax = 200;

    /// <summary>What was stored so long before a filter was asked for is found by it, whatever was under way.</summary>
    private static readonly TimeSpan UnderWayMax = TimeSpan.FromSeconds(20);

    private readonly List<string> _differences = [];

    public Dictionary<Guid, Finding> Findings { get; } = snapshot.Streams.ToDictionary(s => s.Key, s => Referee.Of(s.Key, s.Value, models));

    /// <summary>All differences; the first few.</summary>
    public IReadOnlyList<string> Differences => _differences;

    /// <summary>Each acknowledged engagement stands in the log once, with the lead it was said to belong to, and no other does.</summary>
    public void EachEngagementStandsOnce()
    {
        var recorded = snapshot.Streams.Values.SelectMany(s => s).Where(t => t.Fact is EngagementRecorded)
            .ToLookup(t => (((EngagementRecorded)t.Fact).Source, ((EngagementRecorded)t.Fact).Id), t => t.Lead);
        foreach (var (name, (_, lead)) in crowd.Acknowledged) Expect(recorded[name].SequenceEqual([lead]), $"{name} of {lead} stands with [{string.Join(' ', recorded[name])}]");
        foreach (var name in recorded.Where(r => !crowd.Acknowledged.ContainsKey(r.Key))) Differ($"{name.Key} was never acknowledged");
    }

    /// <summary>Every command made of every lead what the models that held then say, no more and no less.</summary>
    public void EveryDecisionIsAsItHadToBe(DateTimeOffset now)
    {
        foreach (var (id, finding) in Findings)
        {
            foreach (var fault in finding.Faults) Differ(fault);
            if (finding.Lead.Stage == Domain.Leads.Stage.Disqualified) continue; // It is looked at when it comes back.
            foreach (var (former, next, at) in Referee.Crossings(finding.Lead, models, now)) Differ($"lead {id} crosses to {next.Id} from {former.Id} as of {at:O}, and nobody has said so");
        }
    }

    /// <summary>Rows say what the plain input comes to under the model that holds.</summary>
    public void RowsAreTold(PlainModel active)
    {
        Expect(snapshot.Leads.Count == snapshot.Streams.Count, $"{snapshot.Leads.Count} rows of {snapshot.Streams.Count} streams");
        foreach (var (id, row) in snapshot.Leads)
        {
            if (!Findings.TryGetValue(id, out var finding)) continue;
            var lead = finding.Lead;
            var score = active.Score(lead.Known, row.ScoreAsOf);
            Expect(row.Version == lead.Version, $"lead {id} is at version {row.Version}, its stream at {lead.Version}");
            Expect(row.ModelId == active.Id, $"lead {id} is scored under {row.ModelId}, {active.Id} holds");
            Expect(Referee.IsNear(row.Score, score), $"lead {id} has a score of {row.Score:R}, not {score:R}");
            Expect(row.Stage == lead.Stage.ToString(), $"lead {id} is {row.Stage}, not {lead.Stage}");
            Expect(row.Grade[0] == "ABCD"[active.Grade(lead.Attributes)], $"lead {id} has grade {row.Grade}");
            Expect(row.HeldFor == (lead.IsHeld ? lead.HeldFor : null), $"lead {id} is held for {row.HeldFor}, not {lead.HeldFor}");
            Expect(lead.LatestAt <= row.ScoreAsOf, $"lead {id} is scored as of {row.ScoreAsOf:O}, before its latest fact");
        }
    }

    /// <summary>What was said of engagements, one after the other, is what holds; each was said once.</summary>
    public void WhatWasSaidHolds(IReadOnlyList<SaidOf> said)
    {
        var expected = new Dictionary<EngagementKey, (bool IsRetracted, bool IsVouchedFor, Guid By)>();
        var about = new Dictionary<Guid, List<EngagementKey>>();
        foreach (var one in said)
        {
            Expect(one.Done is { State: RetractionState.Done, UnknownIds: 0 } && one.Done.LeadsDone == one.Done.Leads, $"{one.Id} ended as {one.Done}");
            var keys = about[one.Id] = one.Named?.ToList() ?? (one.OfRetraction is { } retraction ? about[retraction] : Filtered(one));
            var count = one.OfRetraction is { } undone ? said.First(s => s.Id == undone).Done.Engagements : keys.Count;
            Expect(one.Filter is null ? one.Done.Engagements == count : one.Done.Engagements >= count, $"{one.Id} was about {one.Done.Engagements} engagements, not {count}");
            foreach (var key in keys)
            {
                var (isRetracted, isVouchedFor, by) = expected.GetValueOrDefault(key);
                if (one.IsRetraction && !isRetracted) expected[key] = (true, false, one.Id);
                if (!one.IsRetraction && !isVouchedFor && (one.OfRetraction is null || (isRetracted && by == one.OfRetraction))) expected[key] = (false, true, one.Id);
            }
        }

        foreach (var done in Findings.Values.SelectMany(f => f.Lead.Known))
        {
            var (isRetracted, isVouchedFor, _) = expected.GetValueOrDefault(new(done.Fact.Source, done.Fact.Id));
            Expect(
                done.IsRetracted == isRetracted && done.IsVouchedFor == isVouchedFor,
                $"{done.Fact.Source}/{done.Fact.Id} is retracted: {done.IsRetracted}, vouched for: {done.IsVouchedFor}; that was to be {isRetracted} and {isVouchedFor}");
        }
    }

    /// <summary>By the log; what it has to hold at the least is checked.</summary>
    private List<EngagementKey> Filtered(SaidOf said)
    {
        var filter = said.Filter!;
        var retracted = snapshot.Streams.Values.SelectMany(s => s).Select(t => t.Fact).OfType<EngagementRetracted>().Where(e => e.RetractionId == said.Id)
            .Select(e => new EngagementKey(e.Source, e.Id)).ToHashSet();
        foreach (var stream in snapshot.Streams.Values)
        {
            var isRetracted = new HashSet<EngagementKey>();
            foreach (var told in stream)
            {
                if (told.Fact is EngagementRetracted r && r.RetractionId != said.Id && told.StoredAt < said.Done.FinishedAt) isRetracted.Add(new(r.Source, r.Id));
                if (told.Fact is EngagementRestored v && told.StoredAt < said.Done.FinishedAt) isRetracted.Remove(new(v.Source, v.Id));
            }

            foreach (var told in stream)
            {
                if (told.Fact is not EngagementRecorded e) continue;
                var key = new EngagementKey(e.Source, e.Id);
                var matches = e.OccurredAt >= filter.From && e.OccurredAt < filter.To && (filter.Type is null || filter.Type == e.Type) && (filter.Campaign is null || filter.Campaign == e.Campaign);
                Expect(matches || !retracted.Contains(key), $"{key} was retracted by a filter it does not match");
                if (matches && told.StoredAt < said.Done.CreatedAt - UnderWayMax) Expect(retracted.Contains(key) || isRetracted.Contains(key), $"{key} was not retracted by a filter it matches");
            }
        }

        return [.. retracted];
    }

    /// <summary>Each list of those newly qualified is exactly those that are held.</summary>
    public async Task ListsAreThoseHeldAsync(Random random)
    {
        foreach (var version in versions.Keys)
        {
            var listed = new List<Guid>();
            var path = $"/v1/scoring-models/{version}/newly-qualified?limit={PageMax}";
            for (var page = await client.GetAsync<HeldLeadPage>(path, random); ; page = await client.GetAsync<HeldLeadPage>($"{path}&cursor={Uri.EscapeDataString(page.NextCursor)}", random))
            {
                listed.AddRange(page.Leads.Select(l => l.LeadId));
                if (page.NextCursor is not null) continue;
                Expect(page.CountByGrade.Values.Sum() == listed.Count, $"version {version} counts {page.CountByGrade.Values.Sum()} held leads and lists {listed.Count}");
                break;
            }

            var held = Findings.Where(f => f.Value.Lead.IsHeld && f.Value.Lead.HeldFor == version).Select(f => f.Key).ToHashSet();
            Expect(listed.Count == held.Count && held.SetEquals(listed), $"version {version} lists {listed.Count} held leads, {held.Count} are held");
        }
    }

    /// <summary>What releases say they have handed off is what was handed off in their name.</summary>
    public void ReleasesAddUp(IReadOnlyList<ReleaseView> releases)
    {
        foreach (var release in releases)
        {
            var actor = Releases.ActorOf(release.ModelVersion, release.Id);
            var handed = Findings.Where(f => f.Value.ReleasedBy.Contains((release.ModelVersion, actor))).Select(f => f.Key).ToHashSet();
            var counted = snapshot.Handed.Where(h => h.Version == release.ModelVersion && h.Release == release.Id).Select(h => h.Lead).ToHashSet();
            Expect(handed.SetEquals(counted), $"{actor} counts {counted.Count} leads and has handed off {handed.Count}, {counted.Except(handed).Count()} of them not");
            Expect(release.Count is null || handed.Count <= release.Count, $"{actor} handed off {handed.Count} of {release.Count}");
            Expect(release.State != ReleaseState.Open, $"{actor} is open");
        }

        var actors = releases.Select(r => Releases.ActorOf(r.ModelVersion, r.Id)).ToHashSet();
        foreach (var (id, finding) in Findings)
        {
            foreach (var (version, actor) in finding.ReleasedBy) Expect(actors.Contains(actor), $"lead {id} was released from {version} by {actor}");
        }
    }

    /// <summary>Versions in shadow have noted what they would have qualified, and when, of every lead that anything happened to since.</summary>
    public void ShadowsAreTold()
    {
        foreach (var (version, switched) in snapshot.InShadow)
        {
            var touched = snapshot.TouchedSince(switched).ToHashSet();
            Expect(snapshot.ShadowsOf.Keys.Where(k => k.Version == version).Select(k => k.Lead).ToHashSet().SetEquals(touched), $"version {version} in shadow knows other leads than those something happened to");
            foreach (var lead in touched)
            {
                var expected = PlainShadow.Of(snapshot.Streams[lead], versions[version]);
                var found = snapshot.Cycles.Where(c => c.Key.Version == version && c.Key.Lead == lead).ToDictionary(c => c.Key.Cycle, c => c.Value);
                foreach (var cycle in expected.Keys.Union(found.Keys))
                {
                    var (told, noted) = (expected.GetValueOrDefault(cycle), found.GetValueOrDefault(cycle));
                    Expect(told == noted, $"version {version} in shadow says {noted} of cycle {cycle} of lead {lead}, not {told}");
                }
            }
        }
    }

    /// <summary>What is shown of past instants is what had occurred by then.</summary>
    public async Task ThePastIsToldAsync(DateTimeOffset begun, Random random)
    {
        var leads = Findings.Keys.Order().ToArray();
        for (var i = 0; i < SamplesMax; i++)
        {
            var id = leads[random.Next(leads.Length)];
            var at = begun + ((DateTimeOffset.UtcNow - begun) * random.NextDouble());
            at = at.AddTicks(-(at.UtcTicks % TimeSpan.TicksPerMillisecond));
            var known = Findings[id].Lead.Known;
            if (snapshot.Streams[id].Min(t => LeadEvents.HappenedAt(t.Fact)) > at) continue;
            var time = Uri.EscapeDataString(at.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'"));
            var version = random.Next(2) == 0 ? (int?)null : versions.Keys.ElementAt(random.Next(versions.Count));
            var model = version is { } asked ? versions[asked] : models.At(at);
            var expected = Shown(model.Score(known, at));
            var explained = await client.GetAsync<ScoreExplanation>($"/v1/leads/{id}/score?at={time}{(version is null ? "" : $"&model={version}")}", random);
            Expect(explained.ModelId == model.Id && Math.Abs(explained.Score - expected) < 0.11m, $"lead {id} at {at:O}: {explained.Score} under {explained.ModelId}, not {expected} under {model.Id}");
            Expect(explained.Lines.Sum(l => l.Points) == explained.Score, $"lead {id} at {at:O}: the lines do not add up");
            if (version is not null) continue;
            var view = await client.GetAsync<LeadView>($"/v1/leads/{id}?at={time}", random);
            var stage = PlainShadow.StageAt(snapshot.Streams[id], at);
            Expect(view.Score == explained.Score && (Domain.Leads.Stage)view.Stage == stage, $"lead {id} at {at:O} is shown as {view.Stage} {view.Score}, not {stage} {explained.Score}");
        }
    }

    /// <summary>The model that holds, tried against itself: decisions it took are counted, and those at instants at which it would have taken them had it always held.</summary>
    public void TheBacktestIsFaithful(PlainModel active, BacktestFidelity fidelity)
    {
        var (decided, reproduced) = (0, 0);
        foreach (var (id, finding) in Findings)
        {
            var lived = PlainShadow.Of(snapshot.Streams[id], active, isBacktest: true);
            foreach (var cycle in finding.Decisions.Where(d => JudgementOf(d).ModelId == active.Id).GroupBy(CycleOf))
            {
                decided++;
                if (lived.GetValueOrDefault(cycle.Key)?.At == cycle.Min(LeadEvents.HappenedAt)) reproduced++;
            }
        }

        Expect(fidelity.Decided == decided && fidelity.Reproduced == reproduced, $"the backtest counts {fidelity}, not {decided} and {reproduced}");
    }

    public void Differ(string difference)
    {
        if (_differences.Count < DifferencesShownMax) _differences.Add(difference);
    }

    private static int CycleOf(LeadEvent decided) => decided is AutomationQualified a ? a.Cycle : ((MarketingQualified)decided).Cycle;

    private static Judgement JudgementOf(LeadEvent decided) => decided is AutomationQualified a ? a.Judgement : ((MarketingQualified)decided).Judgement;

    private static decimal Shown(double score) => Math.Floor(((decimal)score * 10) + 0.5m) / 10;

    private void Expect(bool isSo, string otherwise)
    {
        if (!isSo) Differ(otherwise);
    }
}
