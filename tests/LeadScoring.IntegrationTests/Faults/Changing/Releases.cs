using LeadScoring.Contracts;

namespace LeadScoring.IntegrationTests.Faults.Changing;

/// <summary>Marketing works off the leads that are held: hands some to sales now, some a day, and drops others.</summary>
internal sealed class Releases(PatientClient client, ModelOffice office, RunSettings settings)
{
    private const int PauseMsMax = 300;

    private readonly List<(int Version, string Id)> _asked = [];

    /// <summary>What releases of a name hand off is said to be by an actor of that name.</summary>
    public static string ActorOf(int version, string id) => $"release {id} of {version}";

    public async Task WorkAsync(CancellationToken ending)
    {
        var random = settings.Of("releases");
        for (var made = 0; !ending.IsCancellationRequested; made++)
        {
            var version = office.Versions[random.Next(office.Versions.Count)];
            var held = await client.GetAsync<HeldLeadPage>($"{Path(version)}?limit=50", random);
            if (held.Leads.Count > 0) await AnswerAsync(version, held.Leads, $"r{made}", random);
            await Task.Delay(random.Next(PauseMsMax), CancellationToken.None);
        }
    }

    /// <summary>Ends those that give some every day.</summary>
    /// <returns>All that were asked for, as they ended.</returns>
    public async Task<List<ReleaseView>> EndAsync(Random random)
    {
        var ended = new List<ReleaseView>();
        foreach (var (version, id) in _asked)
        {
            ended.Add((await client.SendAsync<ReleaseView>(HttpMethod.Post, $"{Path(version)}/releases/{id}/cancel", new CancelReleaseRequest("mia"), random)).Body!);
        }

        return ended;
    }

    private async Task AnswerAsync(int version, IReadOnlyList<HeldLead> held, string id, Random random)
    {
        var actor = ActorOf(version, id);
        switch (random.Next(6))
        {
            case 0:
                await DropAsync(new(actor, LeadIds: [.. held.Take(random.Next(1, 4)).Select(l => l.LeadId)]));
                break;
            case 1 when random.Next(4) == 0:
                await DropAsync(new(actor, Grades: [held[0].Grade]));
                break;
            case 1 or 2:
                await ReleaseAsync(new(id, actor, PerDay: random.Next(1, 15)));
                break;
            default:
                await ReleaseAsync(new(id, actor, Grades: random.Next(3) == 0 ? [held[^1].Grade] : null, Count: random.Next(1, 6)));
                break;
        }

        Task DropAsync(DropRequest request) => client.SendAsync<DropReceipt>(HttpMethod.Post, $"{Path(version)}/drop", request, random);

        async Task ReleaseAsync(ReleaseRequest request)
        {
            // Often enough it is asked for twice, and both instances go about it.
            var asking = Enumerable.Range(0, random.Next(1, 3)).Select(_ => new Random(random.Next())).ToList();
            var answers = await Task.WhenAll(asking.Select(r => client.SendAsync<ReleaseView>(HttpMethod.Post, $"{Path(version)}/release", request, r, "too_many_releases")));
            if (answers.Any(a => a.Body is not null)) _asked.Add((version, id));
        }
    }

    private static string Path(int version) => $"/v1/scoring-models/{version}/newly-qualified";
}
