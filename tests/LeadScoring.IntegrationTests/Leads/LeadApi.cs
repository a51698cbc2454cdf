using System.Net.Http.Headers;
using System.Net.Http.Json;
using LeadScoring.Contracts;
using LeadScoring.Host;
using LeadScoring.Host.Access;
using LeadScoring.IntegrationTests.Setup;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace LeadScoring.IntegrationTests.Leads;

/// <summary>The whole service on a database and a socket of its own, with a clock the tests set.</summary>
public sealed class LeadApi : IAsyncLifetime
{
    public static readonly DateTimeOffset Start = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    private readonly MigratedDatabase _database = new();
    private readonly SetClock _clock = new(Start);
    private WebApplication? _app;
    private ApiClient? _operator;
    private int _tenants;

    public MigratedDatabase Database => _database;

    public DateTimeOffset Now
    {
        get => _clock.Now;
        set => _clock.Now = value;
    }

    public async Task InitializeAsync()
    {
        await _database.InitializeAsync();
        var key = (await FirstStart.EnsureAsync(_database.Registry, _clock, default)).ShouldNotBeNull();
        var builder = Composition.NewBuilder([new("urls", "http://127.0.0.1:0"), new("Logging:LogLevel:Default", "Error")]);
        builder.Services.AddSingleton<TimeProvider>(_clock);
        _app = Composition.Build(builder, _database.DataSource);
        await _app.StartAsync();
        _operator = ClientWith(FirstStart.TenantId, key.Key);
    }

    public async Task DisposeAsync()
    {
        if (_app is not null) await _app.DisposeAsync();
        await _database.DisposeAsync();
    }

    /// <summary>A tenant of the test's own, so that tests of a class do not see each other's leads.</summary>
    public async Task<ApiClient> NewTenantAsync()
    {
        var id = $"tenant-{Interlocked.Increment(ref _tenants)}";
        using var made = await _operator!.Http.PostAsJsonAsync("/v1/tenants", new CreateTenantRequest(id, id));
        made.StatusCode.ShouldBe(System.Net.HttpStatusCode.Created, await made.Content.ReadAsStringAsync());
        return await ClientAsync(id, Scopes.All);
    }

    public async Task<ApiClient> ClientAsync(string tenantId, params IReadOnlyList<string> scopes)
    {
        using var made = await _operator!.Http.PostAsJsonAsync($"/v1/tenants/{tenantId}/api-keys", new CreateApiKeyRequest("test", scopes));
        var key = (await made.Content.ReadFromJsonAsync<CreatedApiKey>()).ShouldNotBeNull();
        return ClientWith(tenantId, key.Key);
    }

    private ApiClient ClientWith(string tenantId, string key)
    {
        var http = new HttpClient { BaseAddress = new Uri(_app!.Urls.First()) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return new(tenantId, http, this);
    }
}
