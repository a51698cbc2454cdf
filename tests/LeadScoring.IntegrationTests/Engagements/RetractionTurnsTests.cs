using System.Net;
using System.Net.Http.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Engagements.Verdicts;
using LeadScoring.IntegrationTests.Setup;

namespace LeadScoring.IntegrationTests.Engagements;

/// <summary>Tenants take turns with their retractions, and none fills the queue.</summary>
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
        await AddAsync("busy", VerdictStore.UnfinishedPerTenantMax - 1, leasedUntil: "1 hour");

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => PostAsync(busy, WithFilter())));

        answers.Count(a => a.StatusCode != HttpStatusCode.Conflict).ShouldBeGreaterThanOrEqualTo(1);
        (await _database.ScalarAsync<long>("select count(*) from engagement_verdict where tenant_id = 'busy' and state = 'finding'")).ShouldBeLessThanOrEqualTo(
            VerdictStore.UnfinishedPerTenantMax);
        await AddAsync("busy", 1, leasedUntil: "1 hour");
        var first = WithFilter();
        await (await PostAsync(busy, first)).ShouldBeProblemAsync(409, "too_many_retractions");
        (await PostAsync(other, WithFilter())).StatusCode.ShouldBe(HttpStatusCode.OK);
        await _database.ExecuteAsync("update engagement_verdict set state = 'done' where tenant_id = 'busy'");
        (await PostAsync(busy, first)).StatusCode.ShouldBe(HttpStatusCode.OK, "it was not kept");
    }

    [Fact]
    public async Task Whose_turn_was_longest_ago_is_next_however_many_another_has()
    {
        var store = new VerdictStore(_database.DataSource);
        await AddAsync("busy", 19, leasedUntil: "-1 hour");
        await AddAsync("busy", 1, leasedUntil: "-1 minute");
        await AddAsync("other", 1, leasedUntil: "-2 minutes");

        (await store.NextAsync(default))!.Value.TenantId.ShouldBe("other");
    }

    private static RetractionRequest WithFilter() =>
        new(Guid.NewGuid(), "mia", "a bot", Filter: new(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow, "web"), DryRun: true);

    private static Task<HttpResponseMessage> PostAsync(HttpClient http, RetractionRequest request) => http.PostAsJsonAsync("/v1/engagements/retractions", request);

    private Task AddAsync(string tenant, int count, string leasedUntil) => _database.ExecuteAsync(
        """
        insert into engagement_verdict (
          tenant_id, kind, id, request_hash, reason, actor, state, is_wanted, log_position, log_end, engagements, unknown_ids, created_at, leased_until)
        select $1, 'retraction', gen_random_uuid(), '\x00', 'a bot', 'mia', 'finding', true, 0, 9, 0, 0, now(), now() + $3::text::interval
        from generate_series(1, $2)
        """,
        tenant,
        count,
        leasedUntil);
}
