using System.Net;
using System.Net.Http.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.IntegrationTests.Faults;
using LeadScoring.IntegrationTests.Setup;
using LeadScoring.IntegrationTests.Webhooks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace LeadScoring.IntegrationTests.Scoring;

/// <summary>What was done to one tenant's models cannot be read: that tenant waits, and only that one.</summary>
public sealed class UnreadableModelsTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    private const int LooksWatched = 3;
    private const string Code = "scoring_models_unreadable";
    private static int _engagements;

    [Fact]
    public async Task A_tenant_whose_models_no_instance_can_read_waits_until_they_can_be_and_the_others_do_not()
    {
        string tornKey, soundKey;
        Guid lead;
        await using (var before = await RunningApp.StartAsync(database.ConnectionString, ("Models:NoticeMs", "0")))
        {
            (tornKey, soundKey) = ((await before.MakeKeyAsync("torn")).Key, (await before.MakeKeyAsync("sound")).Key);
            using var torn = before.Client(tornKey);
            await torn.ActivateAsync(await torn.SignedAsync(ModelDrafts.WithThreshold(400)));
            lead = await EngageAsync(torn, "ann");
        }

        var (model, document) = (await RowModelAsync(lead), await DocumentAsync("torn"));
        await WriteDocumentAsync("torn", """{"Version": "two"}""");
        var log = new RecordedLog<ModelWatch>();
        await using var app = await RunningApp.StartAsync(database.ConnectionString, services => services.AddSingleton<ILogger<ModelWatch>>(log));
        using var waiting = app.Client(tornKey);
        using var going = app.Client(soundKey);

        await EngageAsync(going, "bob");
        await Refused(Post(waiting, "ann"));
        await Refused(waiting.PostAsJsonAsync("/v1/engagements/batch", new EngagementBatch([EngagementOf("ann")])));
        await Refused(waiting.PostAsJsonAsync($"/v1/leads/{lead}/disqualify", new DisqualifyRequest("mia", DisqualificationReason.NoNeed)));
        await Refused(waiting.PostAsJsonAsync("/v1/scoring-models", new DraftScoringModelRequest(ModelDrafts.WithThreshold(110), "mia", BasedOn: 2)));
        await Refused(waiting.PostAsJsonAsync("/v1/scoring-models/1/activate", new ActivateScoringModelRequest("mia", null, WithoutBacktest: true)));
        foreach (var path in new[] { $"/v1/leads/{lead}", $"/v1/leads/{lead}/score", $"/v1/leads/{lead}/score-history", "/v1/scoring-models", "/v1/scoring-model" })
        {
            await Refused(waiting.GetAsync(path));
        }

        await EngageAsync(going, "bob");

        // Nor is a row scored by another model than its own meanwhile.
        await database.ExecuteAsync("update mt_doc_lead set refresh_due_at = '2020-01-01Z' where tenant_id = 'torn'");
        await database.UntilAsync("select refresh_due_at > now() from mt_doc_lead where id = $1", lead);
        (await RowModelAsync(lead)).ShouldBe(model);
        var (exitCode, _, error) = await ServiceProcess.RunAsync(database.ConnectionString, "rebuild");
        (exitCode, error.Contains("torn", StringComparison.Ordinal)).ShouldBe((2, true), error);
        await WatchedAsync();
        log.Warnings.Count(w => w.Contains("of tenant torn cannot be read", StringComparison.Ordinal)).ShouldBe(1, "it is said once");

        await WriteDocumentAsync("torn", document);
        await ReadableAsync(waiting, "ann");
        using var answer = await waiting.GetAsync($"/v1/leads/{lead}");
        (await answer.ReadAsync<LeadView>()).ModelVersion.ShouldBe(2);
        (await waiting.DraftAsync(ModelDrafts.WithThreshold(120), basedOn: 2)).Model.Version.ShouldBe(3);
    }

    [Theory]
    [InlineData("jsonb_set(data, '{Versions,1,Document}', '\"{}\"')")]
    [InlineData("jsonb_set(data, '{Versions,1,Document}', '\"{\"')")]
    [InlineData("jsonb_set(data, '{Versions,1,Version}', '7')")]
    [InlineData("data - 'Versions'")]
    [InlineData("'[]'")]
    public async Task Whatever_is_wrong_with_them_the_others_do_not_wait(string torn)
    {
        var (tenant, sound) = ($"torn-{Interlocked.Increment(ref _engagements)}", $"sound-{Interlocked.Increment(ref _engagements)}");
        string tornKey, soundKey;
        await using (var before = await RunningApp.StartAsync(database.ConnectionString, ("Models:NoticeMs", "0")))
        {
            (tornKey, soundKey) = ((await before.MakeKeyAsync(tenant)).Key, (await before.MakeKeyAsync(sound)).Key);
            using var client = before.Client(tornKey);
            await client.ActivateAsync(await client.SignedAsync(ModelDrafts.WithThreshold(400)));
        }

        await database.ExecuteAsync($"update mt_doc_scoring_models set data = {torn} where tenant_id = $1", tenant);
        await using var app = await RunningApp.StartAsync(database.ConnectionString);
        using var waiting = app.Client(tornKey);
        using var going = app.Client(soundKey);

        await Refused(Post(waiting, "ann"));
        await EngageAsync(going, "bob");
    }

    [Fact]
    public async Task A_draft_of_a_later_program_that_holds_at_no_time_stops_nothing()
    {
        string key;
        await using (var before = await RunningApp.StartAsync(database.ConnectionString, ("Models:NoticeMs", "0")))
        {
            key = (await before.MakeKeyAsync("drafting")).Key;
            using var client = before.Client(key);
            await client.ActivateAsync(await client.SignedAsync(ModelDrafts.WithThreshold(400)));
            await client.DraftAsync(ModelDrafts.WithThreshold(300));
        }

        await database.ExecuteAsync(
            "update mt_doc_scoring_models set data = jsonb_set(data, '{Versions,2,Document}', '\"{}\"') where tenant_id = 'drafting'");
        await using var app = await RunningApp.StartAsync(database.ConnectionString);
        using var drafting = app.Client(key);

        var lead = await EngageAsync(drafting, "ann");

        using var answer = await drafting.GetAsync($"/v1/leads/{lead}");
        (await answer.ReadAsync<LeadView>()).ModelVersion.ShouldBe(2);
    }

    [Fact]
    public async Task What_a_running_instance_cannot_read_on_stops_the_tenant_until_it_can()
    {
        await using var app = await RunningApp.StartAsync(database.ConnectionString, ("Models:NoticeMs", "0"));
        using var waiting = await app.ClientAsync("later");
        using var going = await app.ClientAsync("usual");
        await waiting.ActivateAsync(await waiting.SignedAsync(ModelDrafts.WithThreshold(400)));
        await EngageAsync(waiting, "ann");

        await AppendAsync("later", "model_activated", """{"Version": {"of": "a later program"}}""");
        await Eventually.TrueAsync(async () => (await Post(waiting, "ann")).StatusCode == HttpStatusCode.ServiceUnavailable, "the tenant waits");
        await EngageAsync(going, "bob");

        // A type of its own would have been passed over.
        await database.ExecuteAsync("update mt_events set type = 'model_of_a_later_program' where tenant_id = 'later' and data -> 'Version' ? 'of'");
        await ReadableAsync(waiting, "ann");
        (await waiting.DraftAsync(ModelDrafts.WithThreshold(120), basedOn: 2)).Model.Version.ShouldBe(3);
    }

    private static Task ReadableAsync(HttpClient client, string person) =>
        Eventually.TrueAsync(async () => (await Post(client, person)).StatusCode == HttpStatusCode.Created, "the tenant goes on");

    private static async Task Refused(Task<HttpResponseMessage> posting)
    {
        using var answer = await posting;
        await answer.ShouldBeProblemAsync(503, Code);
        answer.Headers.RetryAfter.ShouldNotBeNull();
    }

    private static async Task<Guid> EngageAsync(HttpClient client, string person)
    {
        using var answer = await Post(client, person);
        return (await answer.ReadAsync<EngagementReceipt>(HttpStatusCode.Created)).Lead.LeadId;
    }

    private static Task<HttpResponseMessage> Post(HttpClient client, string person) => client.PostAsJsonAsync("/v1/engagements", EngagementOf(person));

    private static Engagement EngagementOf(string person) => new(
        $"e-{Interlocked.Increment(ref _engagements)}", "web", "page_viewed", DateTimeOffset.UtcNow, new LeadReference(Email: $"{person}@example.com"));

    /// <summary>Returns when the models have been looked up some times more: each look is stopped once, and let go on.</summary>
    private async Task WatchedAsync()
    {
        for (var look = 0; look < LooksWatched; look++)
        {
            await using var holder = new NpgsqlConnection(database.ConnectionString + ";Pooling=false");
            await holder.OpenAsync();
            await holder.BeginTransactionAsync();
            await using var command = new NpgsqlCommand("lock table mt_doc_scoring_models in access exclusive mode", holder);
            await command.ExecuteNonQueryAsync();
            await database.UntilWaitingForLockAsync(holder);
        }
    }

    private Task<string> RowModelAsync(Guid lead) => database.ScalarAsync<string>("select model_id from mt_doc_lead where id = $1", lead);

    private Task<string> DocumentAsync(string tenant) =>
        database.ScalarAsync<string>("select data::text from mt_doc_scoring_models where tenant_id = $1", tenant);

    private Task WriteDocumentAsync(string tenant, string body) =>
        database.ExecuteAsync("update mt_doc_scoring_models set data = $2::jsonb where tenant_id = $1", tenant, body);

    /// <summary>As another program appends to the tenant's models.</summary>
    private Task AppendAsync(string tenant, string type, string body) => database.ExecuteAsync(
        """
        with stream as (
          update mt_streams s set version = s.version + 1 from mt_events e
          where e.tenant_id = $1 and e.type = 'model_drafted' and s.tenant_id = $1 and s.id = e.stream_id
          returning s.id, s.version
        )
        insert into mt_events (seq_id, id, stream_id, version, data, type, tenant_id, timestamp, is_archived)
        select nextval('mt_events_sequence'), gen_random_uuid(), s.id, s.version, $3::jsonb, $2, $1, now(), false from stream s
        """,
        tenant,
        type,
        body);
}
