using System.Net.Http.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Engagements.Retractions;
using LeadScoring.IntegrationTests.Faults;
using LeadScoring.IntegrationTests.Setup;
using LeadScoring.IntegrationTests.Webhooks;
using Npgsql;

namespace LeadScoring.IntegrationTests.Engagements;

/// <summary>Retractions whose instance dies in the middle, and those that meet: every engagement is retracted once.</summary>
public sealed class RetractionsAtOnceTests : IAsyncLifetime
{
    private const string WritersWait = "lock table mt_streams in share mode";
    private const string RunnersWait = "lock table mt_doc_retraction in exclusive mode";

    private readonly MigratedDatabase _database = new();

    public Task InitializeAsync() => _database.InitializeAsync();

    public Task DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task Killed_between_two_steps_it_is_gone_on_with_by_another_instance()
    {
        const int Leads = 45;
        var key = await MakeKeyAsync();
        var store = new RetractionStore(_database.Documents, _database.DataSource, new(_database.Documents), TimeProvider.System);
        RetractionRequest request;
        RetractionView dry;
        await using (var killed = await ServiceProcess.StartAsync(_database.ConnectionString, new Dictionary<string, string>()))
        {
            using var http = ClientOf(killed.Address, key);
            await EngageAsync(http, Enumerable.Range(0, Leads).Select(i => ($"e-{i}", $"p{i}")));
            var now = DateTimeOffset.UtcNow;
            request = new(Guid.NewGuid(), "mia", "a bot", Filter: new(now.AddHours(-1), now.AddMinutes(1), "web"), DryRun: true);
            dry = await SendAsync(http, request);
            (dry.State, dry.Engagements, dry.Leads).ShouldBe((RetractionState.Found, Leads, Leads));

            // The first leads are retracted, and nobody notes that they are done.
            var writersHolder = await HoldAsync(WritersWait);
            var posting = http.PostAsJsonAsync("/v1/engagements/retractions", request with { DryRun = false });
            await _database.UntilWaitingForLockAsync(writersHolder);
            await using var holder = await HoldAsync(RunnersWait);
            await writersHolder.DisposeAsync();
            await _database.UntilWaitingForLockAsync(holder);
            await killed.KillAsync();
            await posting.ContinueWith(_ => { }, TaskScheduler.Default); // It was cut off, or answered before that it goes on.
            await _database.ExecuteAsync("select pg_terminate_backend(pid) from pg_stat_activity where $1 = any(pg_blocking_pids(pid))", holder.ProcessID);
            await _database.UntilAsync("select count(*) = 0 from pg_stat_activity where $1 = any(pg_blocking_pids(pid))", holder.ProcessID);
        }

        (await RetractedAsync()).ShouldBe((RetractionWork.LeadsAtOnceMax, RetractionWork.LeadsAtOnceMax));
        var left = new RetractionKey("acme", RetractionKind.Retraction, request.RetractionId);
        (await store.FindAsync(left, default))!.LeadsDone.ShouldBe(0);
        await using var second = await RunningApp.StartAsync(_database.ConnectionString);
        using var other = second.Client(key);

        var done = await OverAsync(other, request.RetractionId);
        (done.State, done.Engagements, done.LeadsDone).ShouldBe((RetractionState.Done, Leads, Leads));
        done.LeadsByStage.ShouldBe(dry.LeadsByStage);
        (await RetractedAsync()).ShouldBe((Leads, Leads));
        (await _database.ScalarAsync<bool>("select bool_and(score = 0) from mt_doc_lead")).ShouldBeTrue();
    }

    [Fact]
    public async Task Of_retractions_that_meet_over_the_same_engagements_one_takes_each_away_and_undoing_it_restores_its_own()
    {
        await using var one = await RunningApp.StartAsync(_database.ConnectionString);
        await using var two = await RunningApp.StartAsync(_database.ConnectionString);
        var key = (await one.MakeKeyAsync()).Key;
        using var first = one.Client(key);
        using var second = two.Client(key);
        await EngageAsync(first, Enumerable.Range(0, 30).Select(i => ($"e-{i}", $"p{i % 3}")));
        var before = await ScoresAsync();
        var (left, right) = (Named(Enumerable.Range(0, 20)), Named(Enumerable.Range(10, 20)));

        Task<RetractionView>[] sending;
        await using (var holder = await HoldAsync(WritersWait))
        {
            // Each sent to both: the same retraction is one, whoever was asked.
            sending = [SendAsync(first, left), SendAsync(second, right), SendAsync(second, left), SendAsync(first, right)];
            await _database.UntilWaitingForLockAsync(holder);
        }

        foreach (var view in await Task.WhenAll(sending)) view.ShouldSatisfyAllConditions(v => v.State.ShouldBe(RetractionState.Done), v => v.Engagements.ShouldBe(20));
        (await RetractedAsync()).ShouldBe((30, 30));
        (await ScoresAsync()).Values.ShouldAllBe(s => s == 0);

        var again = Named(Enumerable.Range(0, 30));
        (await SendAsync(first, again)).State.ShouldBe(RetractionState.Done);
        (await RetractedAsync()).ShouldBe((30, 30), "what is retracted is not retracted again");

        await RestoreAsync(second, left.RetractionId);
        (await CountAsync("engagement_restored")).ShouldBe(await JudgedAsync(left.RetractionId));
        await Task.WhenAll(RestoreAsync(first, right.RetractionId), RestoreAsync(second, right.RetractionId), RestoreAsync(second, again.RetractionId));
        (await CountAsync("engagement_restored")).ShouldBe(30);
        (await ScoresAsync()).ShouldBe(before, ignoreOrder: true);
    }

    [Fact]
    public async Task A_restored_engagement_can_be_retracted_once_more_by_another_retraction_only()
    {
        await using var app = await RunningApp.StartAsync(_database.ConnectionString);
        using var http = await app.ClientAsync();
        await EngageAsync(http, [("e-0", "ann"), ("e-1", "ann")]);
        var request = Named([0]);

        await SendAsync(http, request);
        await RestoreAsync(http, request.RetractionId);
        await SendAsync(http, request);
        (await RetractedAsync()).ShouldBe((1, 1));
        await SendAsync(http, Named([0, 1]));
        (await RetractedAsync()).ShouldBe((3, 2));
        (await ScoresAsync()).Values.ShouldAllBe(s => s == 0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_dry_run_counts_what_is_then_retracted(bool byFilter)
    {
        await using var app = await RunningApp.StartAsync(_database.ConnectionString);
        using var http = await app.ClientAsync();
        await EngageAsync(http, Enumerable.Range(0, 12).Select(i => ($"e-{i}", $"p{i % 5}")));
        await SendAsync(http, Named([3]));
        var now = DateTimeOffset.UtcNow;
        var request = byFilter
            ? new RetractionRequest(Guid.NewGuid(), "mia", "a bot", Filter: new(now.AddHours(-1), now.AddMinutes(1), "web", "page_viewed"), DryRun: true)
            : Named([0, 1, 1, 2, 3, 4, 99]) with { DryRun = true };

        var dry = await SendAsync(http, request);
        (await CountAsync("engagement_retracted")).ShouldBe(1, "a dry run retracts nothing");
        var done = await SendAsync(http, request with { DryRun = false });

        (dry.State, done.State).ShouldBe((RetractionState.Found, RetractionState.Done));
        (dry.Engagements, dry.UnknownIds, dry.Leads).ShouldBe(byFilter ? (12, 0, 5) : (5, 1, 5));
        (done.Engagements, done.UnknownIds, done.Leads, done.LeadsDone).ShouldBe((dry.Engagements, dry.UnknownIds, dry.Leads, dry.Leads));
        done.LeadsByStage.ShouldBe(dry.LeadsByStage);
        (await RetractedAsync()).ShouldBe((dry.Engagements, dry.Engagements), "the one that was retracted before is of both");
    }

    private static RetractionRequest Named(IEnumerable<int> engagements) =>
        new(Guid.NewGuid(), "mia", "a bot", [.. engagements.Select(i => new EngagementKey("web", $"e-{i}"))]);

    private static async Task EngageAsync(HttpClient http, IEnumerable<(string Id, string Person)> engagements)
    {
        var batch = engagements.Select(e => new Engagement(
            e.Id, "web", "page_viewed", DateTimeOffset.UtcNow.AddMinutes(-1), new LeadReference(Email: $"{e.Person}@example.com"))).ToList();
        using var posted = await http.PostAsJsonAsync("/v1/engagements/batch", new EngagementBatch(batch));
        (await posted.ReadAsync<EngagementBatchReceipt>()).Recorded.ShouldBe(batch.Count);
    }

    private static async Task<RetractionView> SendAsync(HttpClient http, RetractionRequest request)
    {
        using var answer = await http.PostAsJsonAsync("/v1/engagements/retractions", request);
        answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync());
        return await OverAsync(http, request.RetractionId);
    }

    private static async Task RestoreAsync(HttpClient http, Guid retraction)
    {
        var request = new RestorationRequest(Guid.NewGuid(), "mia", "no bot", RetractionId: retraction);
        using var answer = await http.PostAsJsonAsync("/v1/engagements/restorations", request);
        answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync());
        (await OverAsync(http, request.RestorationId, "restorations")).State.ShouldBe(RetractionState.Done);
    }

    private static async Task<RetractionView> OverAsync(HttpClient http, Guid id, string kind = "retractions")
    {
        RetractionView? view = null;
        await Eventually.TrueAsync(
            async () =>
            {
                using var answer = await http.GetAsync($"/v1/engagements/{kind}/{id}");
                view = await answer.ReadAsync<RetractionView>();
                return view.State is not (RetractionState.Finding or RetractionState.Applying);
            },
            "it is over");
        return view!;
    }

    /// <summary>How often engagements were retracted, and how many ever were.</summary>
    private async Task<(long Times, long Engagements)> RetractedAsync() => (
        await CountAsync("engagement_retracted"),
        await _database.ScalarAsync<long>("select count(distinct (data ->> 'Source', data ->> 'Id')) from mt_events where type = 'engagement_retracted'"));

    private Task<long> CountAsync(string type) => _database.ScalarAsync<long>("select count(*) from mt_events where type = $1", type);

    private Task<long> JudgedAsync(Guid retraction) => _database.ScalarAsync<long>(
        "select count(*) from mt_events where type = 'engagement_retracted' and data ->> 'RetractionId' = $1::text", retraction.ToString());

    private async Task<Dictionary<Guid, double>> ScoresAsync()
    {
        await using var command = _database.DataSource.CreateCommand("select id, round(score::numeric, 3)::double precision from mt_doc_lead");
        await using var rows = await command.ExecuteReaderAsync();
        var scores = new Dictionary<Guid, double>();
        while (await rows.ReadAsync()) scores.Add(rows.GetGuid(0), rows.GetDouble(1));
        return scores;
    }

    private async Task<NpgsqlConnection> HoldAsync(string locks)
    {
        var holder = new NpgsqlConnection(_database.ConnectionString + ";Pooling=false");
        await holder.OpenAsync();
        await holder.BeginTransactionAsync();
        await using var command = new NpgsqlCommand(locks, holder);
        await command.ExecuteNonQueryAsync();
        return holder;
    }

    private static HttpClient ClientOf(Uri address, string key)
    {
        var http = new HttpClient { BaseAddress = address };
        http.DefaultRequestHeaders.Authorization = new("Bearer", key);
        return http;
    }

    private async Task<string> MakeKeyAsync()
    {
        await new Tenants(_database.Registry, TimeProvider.System).CreateAsync("acme", "acme", default);
        return (await new ApiKeys(_database.Registry, TimeProvider.System).CreateAsync("acme", new("test", Scopes.All), default)).Created!.Key;
    }
}
