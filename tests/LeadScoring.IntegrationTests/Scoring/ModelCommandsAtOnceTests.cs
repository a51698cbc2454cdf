using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.IntegrationTests.Setup;
using Npgsql;

namespace LeadScoring.IntegrationTests.Scoring;

/// <summary>Two commands of one tenant that meet in the middle of being stored, each at another instance.</summary>
public sealed class ModelCommandsAtOnceTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    private static int _tenants;

    private readonly string _tenantId = $"met-{Interlocked.Increment(ref _tenants)}";

    [Fact]
    public async Task Two_versions_activated_at_once_are_both_activated_one_after_the_other()
    {
        await using var pair = await StartAsync();
        var second = await pair.One.SignedAsync(ModelDrafts.WithThreshold(110));
        var third = await pair.One.SignedAsync(ModelDrafts.WithThreshold(120));

        var receipts = await MeetAsync(() => pair.One.ActivateAsync(second), () => pair.Two.ActivateAsync(third));

        receipts.ShouldAllBe(r => r.Changed);
        foreach (var client in new[] { pair.One, pair.Two })
        {
            (await client.ModelAsync(second)).Activations.Single().From.ShouldBe(receipts[0].Model.ActiveFrom!.Value);
            (await client.ModelAsync(third)).Activations.Single().From.ShouldBe(receipts[1].Model.ActiveFrom!.Value);
        }

        receipts[0].Model.ActiveFrom.ShouldNotBe(receipts[1].Model.ActiveFrom);
        await ShouldBeOneHistoryAsync("model_activated", count: 2);
    }

    [Fact]
    public async Task A_draft_that_is_edited_and_proposed_at_once_is_edited_before_it_is_proposed_or_not_at_all()
    {
        await using var pair = await StartAsync();
        var version = (await pair.One.DraftAsync(ModelDrafts.WithThreshold(110))).Model.Version;

        var answers = await MeetAsync(
            () => pair.One.PutAsJsonAsync($"/v1/scoring-models/{version}", new EditScoringModelRequest(ModelDrafts.WithThreshold(130), "max", "higher")),
            () => pair.Two.PostAsJsonAsync($"/v1/scoring-models/{version}/propose", new ProposeScoringModelRequest("mia")));

        (await answers[1].ReadAsync<ScoringModelReceipt>()).Changed.ShouldBeTrue();
        var isEdited = answers[0].StatusCode == HttpStatusCode.OK;
        if (!isEdited) await answers[0].ShouldBeProblemAsync(409, "model_not_a_draft");
        foreach (var client in new[] { pair.One, pair.Two })
        {
            var model = await client.ModelAsync(version);
            model.Model.Status.ShouldBe(ModelStatus.Proposed);
            ThresholdOf(model.Document).ShouldBe(isEdited ? 130 : 110);
        }

        (await database.ScalarAsync<string>(
            "select type from mt_events where tenant_id = $1 and type like 'model%' order by version desc limit 1", _tenantId)).ShouldBe("model_proposed");
        await ShouldBeOneHistoryAsync("model_draft_edited", isEdited ? 1 : 0);
    }

    [Fact]
    public async Task Both_teams_sign_at_once_and_both_signatures_stand()
    {
        await using var pair = await StartAsync();
        var version = (await pair.One.DraftAsync(ModelDrafts.WithThreshold(110))).Model.Version;
        await pair.One.DoAsync(version, "propose", new ProposeScoringModelRequest("mia"));

        var receipts = await MeetAsync(
            () => pair.One.DoAsync(version, "sign-offs", new SignOffRequest(SigningTeam.Marketing, "mia")),
            () => pair.Two.DoAsync(version, "sign-offs", new SignOffRequest(SigningTeam.Sales, "sam")));

        receipts.ShouldAllBe(r => r.Changed);
        receipts.ShouldContain(r => r.Model.Status == ModelStatus.SignedOff, "whoever comes second completes it; whoever came first may have heard of it");
        foreach (var client in new[] { pair.One, pair.Two }) (await client.ModelAsync(version)).Model.SignOffs.Count.ShouldBe(2);
        await ShouldBeOneHistoryAsync("model_signed_off", count: 2);
    }

    [Fact]
    public async Task Of_one_person_who_signs_for_both_teams_at_once_one_signature_stands()
    {
        await using var pair = await StartAsync();
        var version = (await pair.One.DraftAsync(ModelDrafts.WithThreshold(110))).Model.Version;
        await pair.One.DoAsync(version, "propose", new ProposeScoringModelRequest("mia"));

        var answers = await MeetAsync(
            () => pair.One.PostAsJsonAsync($"/v1/scoring-models/{version}/sign-offs", new SignOffRequest(SigningTeam.Marketing, "Pat Lee")),
            () => pair.Two.PostAsJsonAsync($"/v1/scoring-models/{version}/sign-offs", new SignOffRequest(SigningTeam.Sales, "pat  lee")));

        await answers.Single(a => a.StatusCode != HttpStatusCode.OK).ShouldBeProblemAsync(409, "same_person_signed");
        await ShouldBeOneHistoryAsync("model_signed_off", count: 1);
    }

    /// <summary>Both are decided before either is stored.</summary>
    private async Task<T[]> MeetAsync<T>(Func<Task<T>> one, Func<Task<T>> two)
    {
        await using var holder = new NpgsqlConnection(database.ConnectionString + ";Pooling=false");
        await holder.OpenAsync();
        await holder.BeginTransactionAsync();
        await using (var command = new NpgsqlCommand("lock table mt_streams in exclusive mode", holder)) await command.ExecuteNonQueryAsync();
        var both = Task.WhenAll(one(), two());
        await database.UntilWaitingForLockAsync(holder, waiters: 2);
        await holder.DisposeAsync();
        return await both;
    }

    /// <summary>Every version of the stream once, the document at the last.</summary>
    private async Task ShouldBeOneHistoryAsync(string type, long count)
    {
        (await database.ScalarAsync<long>("select count(*) from mt_events where tenant_id = $1 and type = $2", _tenantId, type)).ShouldBe(count);
        (await database.ScalarAsync<bool>(
            """
            select count(*) = max(e.version) and max(e.version) = min(d.mt_version)
            from mt_events e
            join mt_doc_scoring_models d on d.tenant_id = e.tenant_id and d.id = e.stream_id
            where e.tenant_id = $1
            """,
            _tenantId)).ShouldBeTrue();
    }

    private static double ThresholdOf(JsonElement document) => document.GetProperty("qualification").GetProperty("threshold").GetDouble();

    private async Task<Pair> StartAsync()
    {
        var one = await RunningApp.StartAsync(database.ConnectionString);
        var two = await RunningApp.StartAsync(database.ConnectionString);
        var key = (await one.MakeKeyAsync(_tenantId)).Key;
        return new(one, two, one.Client(key), two.Client(key));
    }

    private sealed record Pair(RunningApp First, RunningApp Second, HttpClient One, HttpClient Two) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            One.Dispose();
            Two.Dispose();
            await First.DisposeAsync();
            await Second.DisposeAsync();
        }
    }
}
