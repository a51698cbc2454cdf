using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Jobs;
using LeadScoring.Host.Scoring.Activation;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Leads.Rebuilding;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.Host.Storage;
using LeadScoring.IntegrationTests.Leads;
using LeadScoring.IntegrationTests.Setup;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace LeadScoring.IntegrationTests.Scoring.Activation;

/// <summary>One instance with a clock that is set, and a tenant of its own, whose models change.</summary>
internal sealed class ChangingTenant : IAsyncDisposable
{
    private static readonly TimeSpan FinishedWithin = TimeSpan.FromSeconds(60);
    private static int _tenants;

    private readonly MigratedDatabase _database;
    private int _engagements;

    private ChangingTenant(MigratedDatabase database, RunningApp app, string tenantId, HttpClient http, SetClock clock) =>
        (_database, App, TenantId, Http, Clock) = (database, app, tenantId, http, clock);

    public RunningApp App { get; }

    public string TenantId { get; }

    public HttpClient Http { get; }

    public SetClock Clock { get; }

    public static async Task<ChangingTenant> StartAsync(MigratedDatabase database, SetClock? clock = null, bool heldBack = false)
    {
        clock ??= new(new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero));
        var app = await RunningApp.StartAsync(
            database.ConnectionString,
            services => (heldBack ? HoldBack(services) : services).AddSingleton<TimeProvider>(clock),
            ("Models:NoticeMs", "0"), ("Logging:LogLevel:Default", "Error"));
        var tenantId = $"activated-{Interlocked.Increment(ref _tenants)}";
        return new(database, app, tenantId, await app.ClientAsync(tenantId), clock);
    }

    /// <summary>The instance neither scores leads in the background nor goes on with releases.</summary>
    public static IServiceCollection HoldBack(IServiceCollection services) => services
        .AddSingleton<ILongWork>(new HeldBackWork(RescoringWork.WorkKind))
        .AddSingleton<ILongWork>(new HeldBackWork(HeldReleases.WorkKind));

    public async Task<Guid> EngageAsync(string person, string type, double agoDays = 0)
    {
        var engagement = new Engagement(
            $"{TenantId}-{Interlocked.Increment(ref _engagements)}", "web", type, Clock.Now.AddDays(-agoDays), new LeadReference(Email: $"{person}@example.com"));
        using var answer = await Http.PostAsJsonAsync("/v1/engagements", engagement);
        return (await answer.ReadAsync<EngagementReceipt>(System.Net.HttpStatusCode.Created)).Lead.LeadId;
    }

    /// <summary>Signed and activated a second after what happened so far; holds a second later.</summary>
    public async Task<int> ActivateAsync(JsonElement document)
    {
        Clock.Now += TimeSpan.FromSeconds(1);
        var version = await Http.SignedAsync(document);
        await Http.ActivateAsync(version);
        Clock.Now += TimeSpan.FromSeconds(1);
        return version;
    }

    public Task<T> GetAsync<T>(string path) => ReadAsync<T>(Http.GetAsync(path));

    public Task<LeadView> LeadAsync(Guid lead) => GetAsync<LeadView>($"/v1/leads/{lead}");

    public Task<T> PostAsync<T>(string path, object body) => ReadAsync<T>(Http.PostAsJsonAsync(path, body));

    public Task<HeldLeadPage> HeldAsync(int version, string query = "") => GetAsync<HeldLeadPage>($"/v1/scoring-models/{version}/newly-qualified{query}");

    public Task<ReleaseView> ReleaseAsync(int version, ReleaseRequest request) =>
        PostAsync<ReleaseView>($"/v1/scoring-models/{version}/newly-qualified/release", request);

    public Task<DropReceipt> DropAsync(int version, DropRequest request) => PostAsync<DropReceipt>($"/v1/scoring-models/{version}/newly-qualified/drop", request);

    /// <summary>Returns when all leads have been looked at.</summary>
    public async Task<ActivationView> FinishedAsync(int version, int walk = 1)
    {
        for (var started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < FinishedWithin;)
        {
            var view = await GetAsync<ActivationView>($"/v1/scoring-models/{version}/activation");
            if (view.State == ActivationState.Finished && view.Walk >= walk) return view;
            await Task.Delay(20);
        }

        throw new TimeoutException($"Version {version} was not activated whole within {FinishedWithin}.");
    }

    public async Task<IReadOnlyList<string>> DifferencesAsync(bool ofAll = false)
    {
        var verify = new Verify(
            _database.DataSource, App.Services.GetRequiredService<LeadStreams>(), App.Services.GetRequiredService<TenantModels>(), Clock);
        var result = await verify.RunAsync(ofAll ? LeadScope.All : new(TenantId, null), new(), default);
        return [.. result.Shown.Select(d => d.ToString())];
    }

    public Task<long> CountAsync(string type) =>
        _database.ScalarAsync<long>("select count(*) from mt_events where type = $1 and tenant_id = $2", type, TenantId);

    /// <summary>No lead has gone to sales twice.</summary>
    public async Task ShouldHaveSentEachOnceAsync() => (await _database.ScalarAsync<long>(
        "select count(*) - count(distinct stream_id) from mt_events where type = 'marketing_qualified' and tenant_id = $1", TenantId)).ShouldBe(0);

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await App.DisposeAsync();
    }

    private static async Task<T> ReadAsync<T>(Task<HttpResponseMessage> sent)
    {
        using var answer = await sent;
        return await answer.ReadAsync<T>();
    }

    private sealed class HeldBackWork(string kind) : ILongWork
    {
        public string Kind => kind;

        public Task<TimeSpan?> GoOnAsync(string tenantId, string id, CancellationToken stopping) => Task.FromResult<TimeSpan?>(TimeSpan.FromSeconds(1));
    }
}
