using System.Net;
using System.Net.Http.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Engagements.Retractions;
using LeadScoring.Host.Storage;
using LeadScoring.IntegrationTests.Setup;
using Marten;

namespace LeadScoring.IntegrationTests.Engagements;

/// <summary>No tenant fills the queue with retractions.</summary>
public sealed class RetractionTurnsTests : IAsyncLifetime
{
    private readonly MigratedDatabase _database = new();

    public Task InitializeAsync() => _database.InitializeAsync();

    public Task DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task A_tenant_has_so_many_unfinished_ones_and_no_more_also_when_many_are_posted_at_once()
    {
        await using var app = await RunningApp.StartAsync(_database.ConnectionString);
        using var busy = await app.ClientAsync("busy");
        using var other = await app.ClientAsync("other");
        await AddAsync("busy", RetractionStore.UnfinishedPerTenantMax - 1);

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => PostAsync(busy, WithFilter())));

        answers.Count(a => a.StatusCode != HttpStatusCode.Conflict).ShouldBeGreaterThanOrEqualTo(1);
        (await UnfinishedAsync("busy")).Count.ShouldBeLessThanOrEqualTo(RetractionStore.UnfinishedPerTenantMax);
        await AddAsync("busy", 1);
        var first = WithFilter();
        await (await PostAsync(busy, first)).ShouldBeProblemAsync(409, "too_many_retractions");
        (await PostAsync(other, WithFilter())).StatusCode.ShouldBe(HttpStatusCode.OK);
        foreach (var retraction in await UnfinishedAsync("busy"))
        {
            await _database.Documents.ChangeAsync<Retraction>("busy", retraction.Id, r => r with { State = RetractionState.Done }, default);
        }

        (await PostAsync(busy, first)).StatusCode.ShouldBe(HttpStatusCode.OK, "it was not kept");
    }

    private static RetractionRequest WithFilter() =>
        new(Guid.NewGuid(), "mia", "a bot", Filter: new(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow, "web"), DryRun: true);

    private static Task<HttpResponseMessage> PostAsync(HttpClient http, RetractionRequest request) => http.PostAsJsonAsync("/v1/engagements/retractions", request);

    private async Task<IReadOnlyList<Retraction>> UnfinishedAsync(string tenant)
    {
        await using var session = _database.Documents.QuerySession(tenant);
        return await session.Query<Retraction>().Where(r => r.State == RetractionState.Finding).ToListAsync();
    }

    private async Task AddAsync(string tenant, int count)
    {
        await using var session = _database.Documents.LightweightSession(tenant);
        for (var i = 0; i < count; i++)
        {
            session.Insert(Retracting.Stored(new(tenant, RetractionKind.Retraction, Guid.NewGuid()), DateTimeOffset.UtcNow) with { LogEnd = 9 });
        }

        await session.SaveChangesAsync();
    }
}
