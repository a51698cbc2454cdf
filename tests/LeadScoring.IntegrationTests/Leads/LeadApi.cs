using System.Net.Http.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.IntegrationTests.Setup;
using Microsoft.Extensions.DependencyInjection;

namespace LeadScoring.IntegrationTests.Leads;

/// <summary>The whole service on a database of its own, with a clock the tests set.</summary>
public class LeadApi : IAsyncLifetime
{
    public static readonly DateTimeOffset Start = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    private readonly MigratedDatabase _database = new();
    private readonly SetClock _clock = new(Start);
    private RunningApp? _app;
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
        _app = await StartAsync(_database.PooledConnectionString, services => services.AddSingleton<TimeProvider>(_clock));
        _operator = new(FirstStart.TenantId, _app.Client(key.Key), this);
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
        return new(tenantId, _app!.Client(key.Key), this);
    }

    protected virtual Task<RunningApp> StartAsync(string connectionString, Action<IServiceCollection> configure) =>
        RunningApp.StartAsync(connectionString, configure, ("Logging:LogLevel:Default", "Error"));
}

/// <summary>The same on a socket, for what only a real connection shows.</summary>
public sealed class ListeningLeadApi : LeadApi
{
    protected override Task<RunningApp> StartAsync(string connectionString, Action<IServiceCollection> configure) =>
        RunningApp.ListenAsync(connectionString, configure, ("Logging:LogLevel:Default", "Error"));
}
