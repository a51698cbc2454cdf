using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Domain.Scoring;
using LeadScoring.Domain.Scoring.Versions;
using LeadScoring.Host.Events;
using LeadScoring.Host.Http;
using LeadScoring.Host.Http.OpenApi;
using LeadScoring.Host.Jobs;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.Host.Scoring.Suggestions;
using LeadScoring.Host.Storage;
using LeadScoring.IntegrationTests.Scoring;
using LeadScoring.IntegrationTests.Setup;
using LeadScoring.IntegrationTests.Webhooks;
using Microsoft.Extensions.DependencyInjection;

namespace LeadScoring.IntegrationTests.Jobs;

/// <summary>Suggestions are found again, followed, and kept while a version rests on them.</summary>
public sealed class SuggestionEndpointTests : IAsyncLifetime
{
    private const string Path = "/v1/scoring-models/suggestions";
    private static readonly string Result = JsonSerializer.Serialize(BacktestExamples.Suggestion.Result!, WireJson.Default.SuggestionResult);

    private readonly MigratedDatabase _database = new();
    private readonly HeldWork _work = new(SuggestionJob.Kind);
    private RunningApp _app = null!;
    private HttpClient _http = null!;

    public async Task InitializeAsync()
    {
        await _database.InitializeAsync();
        _app = await RunningApp.StartAsync(_database.ConnectionString, _work.Register, ("Feed:StreamsPerTenantMax", "1"));
        _http = await _app.ClientAsync();
    }

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task The_list_goes_on_where_its_page_ends_the_newest_first_without_results()
    {
        var asked = new List<Guid>();
        for (var i = 0; i < 5; i++) asked.Add((await SucceededAsync()).Id);

        var first = await ReadAsync<SuggestionPage>(_http, $"{Path}?limit=3");
        var second = await ReadAsync<SuggestionPage>(_http, $"{Path}?limit=3&cursor={first.NextCursor}");

        first.Suggestions.Concat(second.Suggestions).Select(s => s.Id).ShouldBe(asked.AsEnumerable().Reverse());
        first.Suggestions.ShouldAllBe(s => s.State == JobState.Succeeded && s.Result == null && s.Request.BasedOn == 1);
        second.NextCursor.ShouldBeNull();
        using var stranger = await _app.ClientAsync("other");
        (await ReadAsync<SuggestionPage>(stranger, Path)).Suggestions.ShouldBeEmpty();
        using var elsewhere = await _http.GetAsync(new Uri($"{BacktestApi.Path}?cursor={first.NextCursor}", UriKind.Relative));
        await elsewhere.ShouldBeProblemAsync(400, "cursor_invalid");
        using var tooMany = await _http.GetAsync(new Uri($"{Path}?limit=201", UriKind.Relative));
        (await tooMany.ShouldBeProblemAsync(400, "validation_failed")).Errors!.Keys.ShouldBe(["limit"]);
    }

    [Fact]
    public async Task A_stream_tells_its_end_has_a_seat_of_the_tenant_and_is_nobody_elses()
    {
        var asked = await AskAsync();
        var run = await _work.NextAsync();
        var events = new Uri($"{Path}/{asked.Id}/events", UriKind.Relative);
        using var stranger = await _app.ClientAsync("other");
        using var none = await stranger.GetAsync(events);
        await none.ShouldBeProblemAsync(404, "suggestion_not_found");

        using var stream = await _http.GetAsync(events, HttpCompletionOption.ResponseHeadersRead);
        stream.Content.Headers.ContentType!.ToString().ShouldBe("text/event-stream");
        using var full = await _http.GetAsync(events);
        await full.ShouldBeProblemAsync(429, "too_many_streams");
        full.Headers.RetryAfter.ShouldNotBeNull();
        run.Succeed(Result);

        var sent = (await stream.Content.ReadAsStringAsync().WaitAsync(TimeSpan.FromSeconds(30))).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        sent[^1].ShouldStartWith($"event: finished\nid: finished\ndata: {{\"id\":\"{asked.Id}\"");
        sent[^1].ShouldContain("\"state\":\"succeeded\"");
        sent[^1].ShouldNotContain("\"result\"");
    }

    [Fact]
    public async Task What_a_version_was_drafted_from_is_kept_however_many_jobs_end_after_it()
    {
        var kept = await SucceededAsync();
        var other = await SucceededAsync();
        await DraftedAsync(kept.Id);
        foreach (var early in new[] { kept.Id, other.Id })
        {
            (await _database.Documents.ChangeAsync<Job>("acme", early, j => j with { FinishedAt = j.FinishedAt!.Value.AddDays(-3) }, default)).ShouldNotBeNull();
        }

        await _database.AddJobsAsync("acme", Enumerable.Range(1, 250).Select(_ => StoredJobs.Finished(SuggestionJob.Kind)));

        // Its end drops what is beyond the bound; it is too early itself to stay.
        var last = await AskAsync();
        (await _work.NextAsync()).Succeed(Result);
        await Eventually.TrueAsync(async () => (await _database.JobsAsync()).Count == JobBounds.FinishedPerTenantMax + 1, "the oldest are gone");

        (await ReadAsync<SuggestionView>(_http, $"{Path}/{kept.Id}")).Result.ShouldNotBeNull();
        using var gone = await _http.GetAsync(new Uri($"{Path}/{other.Id}", UriKind.Relative));
        await gone.ShouldBeProblemAsync(404, "suggestion_not_found");
        last.Id.ShouldNotBe(other.Id);
    }

    [Fact]
    public async Task A_version_says_which_suggestion_its_numbers_come_from_and_one_that_somebody_wrote_says_none()
    {
        var suggestion = Guid.NewGuid();
        var suggested = await DraftedAsync(suggestion);
        var written = (await _http.DraftAsync(ModelDrafts.WithThreshold(130))).Model.Version;

        await Eventually.TrueAsync(async () => (await _http.GetAsync($"/v1/scoring-models/{suggested}")).IsSuccessStatusCode, "the draft");
        (await _http.ModelAsync(suggested)).Model.SuggestionId.ShouldBe(suggestion);
        (await _http.ModelAsync(written)).Model.SuggestionId.ShouldBeNull();
        (await _http.GetStringAsync(new Uri($"/v1/scoring-models/{written}", UriKind.Relative))).ShouldNotContain("suggestionId");
    }

    /// <summary>As a suggestion does it.</summary>
    private async Task<int> DraftedAsync(Guid suggestionId)
    {
        var (streams, now) = (_app.Services.GetRequiredService<ModelStreams>(), DateTimeOffset.UtcNow);
        var catalog = await streams.ReadAsync("acme", knownAt: null, default);
        var command = new DraftModel(Encoding.UTF8.GetString(ScoringModelDocument.DefaultJson.Span), BasedOn: 1, "leadscoring", "Suggested.", suggestionId);
        var facts = command.Decide(catalog, now);
        (await streams.AppendAsync("acme", catalog, facts, EventMetadata.None, latest: null, default)).ShouldBeTrue();
        return facts.OfType<ModelDrafted>().Single().Version;
    }

    private async Task<SuggestionView> AskAsync()
    {
        using var answer = await _http.PostAsJsonAsync(Path, new SuggestionRequest());
        return await answer.ReadAsync<SuggestionView>(HttpStatusCode.Accepted);
    }

    private async Task<SuggestionView> SucceededAsync()
    {
        var asked = await AskAsync();
        (await _work.NextAsync()).Succeed(Result);
        await Eventually.TrueAsync(async () => (await ReadAsync<SuggestionView>(_http, $"{Path}/{asked.Id}")).State == JobState.Succeeded, "its end");
        return asked;
    }

    private static async Task<T> ReadAsync<T>(HttpClient http, string path)
    {
        using var answer = await http.GetAsync(new Uri(path, UriKind.Relative));
        return await answer.ReadAsync<T>();
    }
}
