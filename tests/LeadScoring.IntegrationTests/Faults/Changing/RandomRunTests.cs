using LeadScoring.Contracts;
using LeadScoring.Host.Backtests;
using Xunit.Abstractions;

namespace LeadScoring.IntegrationTests.Faults.Changing;

/// <summary>
/// Everything at once while definitions of a lead come and go: people, marketing, sales and an auditor act at random on two instances that
/// are killed now and then. Whatever happens, every lead ends where its story and the models of each instant lead it, and only there.
/// </summary>
[Collection(FaultCollection.Name)]
public sealed class RandomRunTests(FaultCluster cluster, ITestOutputHelper output)
{
    private const int PageMax = 200;
    private const int LookPauseMs = 100;

    /// <summary>More than for how long an instance goes by what it has looked up.</summary>
    private static readonly (string Name, string Value) Notice = ("Models__NoticeMs", "7000");

    private static readonly TimeSpan UndisturbedMin = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan UndisturbedMax = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan SettledWithin = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan BacktestedWithin = TimeSpan.FromMinutes(2);

    private readonly RunSettings _settings = RunSettings.Read();

    [Fact]
    public async Task Whatever_happens_while_models_change_every_lead_is_what_its_story_tells()
    {
        output.WriteLine($"LEADSCORING_RANDOM_RUN_SEED={_settings.Seed} LEADSCORING_RANDOM_RUN_SECONDS={_settings.Seconds}");
        var begun = DateTimeOffset.UtcNow;
        await using var service = await TwoInstances.StartAsync(cluster, output, Notice);
        var client = new PatientClient(service);
        var crowd = new Crowd(client, _settings);
        var office = new ModelOffice(client, _settings);
        var releases = new Releases(client, office, _settings);
        var auditor = new Auditor(client, crowd, _settings);
        using (var ending = new CancellationTokenSource(_settings.Duration))
        {
            await Task.WhenAll(
                crowd.PostAsync(ending.Token),
                office.WorkAsync(ending.Token),
                new Teams(client, _settings).WorkAsync(crowd.Leads, ending.Token),
                releases.WorkAsync(ending.Token),
                auditor.WorkAsync(ending.Token),
                KillAsync(service, ending.Token));
        }

        var random = _settings.Of("check");
        var released = await releases.EndAsync(random);
        var (versions, models) = await ModelsAsync(client, random);
        var snapshot = await SettledAsync(service, models);
        var active = models.At(DateTimeOffset.UtcNow);

        var check = new RunCheck(client, crowd, snapshot, models, versions);
        foreach (var complaint in client.Complaints) check.Differ(complaint);
        check.EachEngagementStandsOnce();
        check.EveryDecisionIsAsItHadToBe(DateTimeOffset.UtcNow);
        check.RowsAreTold(active);
        check.WhatWasSaidHolds(auditor.Said);
        check.ReleasesAddUp(released);
        check.ShadowsAreTold();
        await check.ListsAreThoseHeldAsync(random);
        await check.ThePastIsToldAsync(begun, random);
        check.TheBacktestIsFaithful(active, await FidelityAsync(client, active.Version, snapshot, random));
        Report(check, models, released, auditor, snapshot);
        check.Differences.ShouldBeEmpty($"seed {_settings.Seed}, {_settings.Seconds} s:\n{string.Join('\n', check.Differences)}");
        await service.VerifyAsync();
    }

    /// <summary>One at a time, so that somebody is there to answer.</summary>
    private async Task KillAsync(TwoInstances service, CancellationToken ending)
    {
        var random = _settings.Of("killer");
        while (true)
        {
            await Task.Delay(UndisturbedMin + ((UndisturbedMax - UndisturbedMin) * random.NextDouble()), ending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (ending.IsCancellationRequested) return;
            var victim = random.Next(2) == 0 ? service.First : service.Second;
            await victim.KillAsync();
            await victim.StartAgainAsync();
        }
    }

    private static async Task<(Dictionary<int, PlainModel> Versions, PlainTimeline Models)> ModelsAsync(PatientClient client, Random random)
    {
        var versions = new Dictionary<int, PlainModel>();
        var activations = new List<(DateTimeOffset From, PlainModel Model)>();
        ScoringModelPage page;
        for (string? cursor = null; ; cursor = page.NextCursor)
        {
            page = await client.GetAsync<ScoringModelPage>($"/v1/scoring-models?limit={PageMax}{(cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}")}", random);
            foreach (var summary in page.Models)
            {
                var detail = await client.GetAsync<ScoringModelDetail>($"/v1/scoring-models/{summary.Version}", random);
                var model = versions[summary.Version] = new(summary.Version, summary.ModelId, detail.Document);
                activations.AddRange(detail.Activations.Select(a => (a.From, model)));
            }

            if (page.NextCursor is null) return (versions, new(versions[1], [.. activations.Where(a => a.From > DateTimeOffset.MinValue).OrderBy(a => a.From)]));
        }
    }

    /// <summary>The last of the models has begun to hold, all leads were scored under it, and nothing else is left to do.</summary>
    private static async Task<RunSnapshot> SettledAsync(TwoInstances service, PlainTimeline models)
    {
        for (var until = DateTimeOffset.UtcNow + SettledWithin; ; await Task.Delay(LookPauseMs))
        {
            var snapshot = await RunSnapshot.ReadAsync(service.ConnectionString);
            var now = DateTimeOffset.UtcNow;
            var unfinished = models.Activations.Any(a => a.From > now) ? "a model is to begin" : snapshot.Unfinished(models.At(now).Id);
            if (unfinished is null) return snapshot;
            if (now > until) throw new TimeoutException($"Not settled within {SettledWithin}: {unfinished}.");
        }
    }

    private static async Task<BacktestFidelity> FidelityAsync(PatientClient client, int version, RunSnapshot snapshot, Random random)
    {
        var upTo = snapshot.Streams.Values.Max(s => s[^1].Sequence);
        var path = $"/v1/scoring-models/{version}/backtests";
        var asked = (await client.SendAsync<BacktestView>(HttpMethod.Post, path, new BacktestRequest(Against: version, UpTo: upTo), random)).Body!;
        for (var until = DateTimeOffset.UtcNow + BacktestedWithin; DateTimeOffset.UtcNow < until; await Task.Delay(LookPauseMs))
        {
            var view = await client.GetAsync<BacktestView>($"{path}/{asked.Id}", random);
            if (view.State is not (JobState.Queued or JobState.Running)) return view.Report?.Fidelity ?? throw new InvalidOperationException($"The backtest ended as {view.State}: {view.Failure}");
        }

        throw new TimeoutException($"Not backtested within {BacktestedWithin}.");
    }

    private void Report(RunCheck check, PlainTimeline models, List<ReleaseView> released, Auditor auditor, RunSnapshot snapshot)
    {
        var events = snapshot.Streams.Values.SelectMany(s => s).ToList();
        foreach (var kind in events.CountBy(e => e.Fact.GetType().Name).OrderByDescending(k => k.Value)) output.WriteLine($"{kind.Value,7} {kind.Key}");
        output.WriteLine(
            $"{snapshot.Streams.Count} leads, {models.Activations.Count} activations, {released.Count} releases of {released.Sum(r => r.Released)} leads, "
            + $"{auditor.Said.Count} retractions and restorations, {check.Findings.Values.Count(f => f.Lead.IsHeld)} held, {snapshot.InShadow.Count} in shadow with {snapshot.Cycles.Count} cycles");
    }
}
