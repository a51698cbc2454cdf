using LeadScoring.Contracts;

namespace LeadScoring.IntegrationTests.Faults.Changing;

/// <summary>What somebody said of engagements, one retraction or restoration after the other.</summary>
/// <param name="Named">Null: by a filter, or all of a retraction.</param>
/// <param name="OfRetraction">A restoration of all that this one took away; null: it is none.</param>
internal sealed record SaidOf(
    Guid Id, bool IsRetraction, IReadOnlyList<EngagementKey>? Named, EngagementFilter? Filter, Guid? OfRetraction, RetractionView Done);

/// <summary>Takes engagements for none, and changes its mind.</summary>
internal sealed class Auditor(PatientClient client, Crowd crowd, RunSettings settings)
{
    private const int PauseMsMax = 500;
    private const int LookPauseMs = 50;
    private const int NamedMax = 25;

    private static readonly TimeSpan DoneWithin = TimeSpan.FromMinutes(3);

    private readonly List<SaidOf> _said = [];

    /// <summary>In order: each was done before the next was asked for.</summary>
    public IReadOnlyList<SaidOf> Said => _said;

    public async Task WorkAsync(CancellationToken ending)
    {
        var random = settings.Of("auditor");
        while (!ending.IsCancellationRequested)
        {
            var known = crowd.Acknowledged.Keys.ToList();
            if (known.Count > 0) await JudgeAsync(known, random);
            await Task.Delay(random.Next(PauseMsMax), CancellationToken.None);
        }
    }

    private async Task JudgeAsync(List<(string Source, string Id)> known, Random random)
    {
        var id = new Guid(random.Next(), (short)random.Next(short.MaxValue), (short)_said.Count, [1, 2, 3, 4, 5, 6, 7, 8]);
        var retractions = _said.Where(s => s.IsRetraction).ToList();
        switch (random.Next(5))
        {
            case 0:
                var to = DateTimeOffset.UtcNow.AddDays(-random.NextDouble() * 18);
                var filter = new EngagementFilter(to.AddHours(-random.Next(1, 30)), to, Type: random.Next(2) == 0 ? "email_clicked" : null, Campaign: random.Next(3) == 0 ? "c1" : null);
                await RetractAsync(new(id, "auditor", "a bad import", Filter: filter));
                break;
            case 1 when retractions.Count > 0:
                await RestoreAsync(new(id, "auditor", "checked", RetractionId: retractions[random.Next(retractions.Count)].Id));
                break;
            case 1 or 2:
                await RestoreAsync(new(id, "auditor", "checked", Ids: Some()));
                break;
            default:
                await RetractAsync(new(id, "auditor", "bots", Ids: Some()));
                break;
        }

        List<EngagementKey> Some() =>
            [.. Enumerable.Range(0, random.Next(1, NamedMax)).Select(_ => known[random.Next(known.Count)]).Distinct().Select(e => new EngagementKey(e.Source, e.Id))];

        async Task RetractAsync(RetractionRequest request)
        {
            if (random.Next(3) == 0) await client.SendAsync<RetractionView>(HttpMethod.Post, "/v1/engagements/retractions", request with { DryRun = true }, random);
            var done = await DoneAsync("retractions", id, request, random);
            _said.Add(new(id, IsRetraction: true, request.Ids, request.Filter, OfRetraction: null, done));
        }

        async Task RestoreAsync(RestorationRequest request)
        {
            var done = await DoneAsync("restorations", id, request, random);
            _said.Add(new(id, IsRetraction: false, request.Ids, Filter: null, request.RetractionId, done));
        }
    }

    private async Task<RetractionView> DoneAsync(string kind, Guid id, object request, Random random)
    {
        var answer = await client.SendAsync<RetractionView>(HttpMethod.Post, $"/v1/engagements/{kind}", request, random);
        for (var until = DateTimeOffset.UtcNow + DoneWithin; DateTimeOffset.UtcNow < until;)
        {
            var view = await client.GetAsync<RetractionView>($"/v1/engagements/{kind}/{id}", random);
            if (view.State is not (RetractionState.Finding or RetractionState.Applying)) return view;
            await Task.Delay(LookPauseMs);
        }

        throw new TimeoutException($"{kind} {id} was not done within {DoneWithin}: {answer.Text}");
    }
}
