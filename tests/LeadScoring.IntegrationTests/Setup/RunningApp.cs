using System.Net.Http.Headers;
using LeadScoring.Contracts;
using LeadScoring.Host;
using LeadScoring.Host.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace LeadScoring.IntegrationTests.Setup;

/// <summary>The service in this process, on a port of its own, talked to over a real socket.</summary>
public sealed class RunningApp : IAsyncDisposable
{
    private readonly NpgsqlDataSource _database;
    private readonly WebApplication _app;

    private RunningApp(NpgsqlDataSource database, WebApplication app)
    {
        _database = database;
        _app = app;
    }

    public Uri Url => new(_app.Urls.First());

    public IServiceProvider Services => _app.Services;

    /// <param name="settings">As <c>--set</c> takes them, e.g. <c>("Limits:Burst", "2")</c>.</param>
    public static Task<RunningApp> StartAsync(string connectionString, params (string Key, string Value)[] settings) =>
        StartAsync(connectionString, _ => { }, settings);

    /// <param name="configure">Registers what the service would otherwise bring itself: a clock, a resolver of names.</param>
    public static async Task<RunningApp> StartAsync(
        string connectionString, Action<IServiceCollection> configure, params (string Key, string Value)[] settings)
    {
        var all = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
        {
            ["urls"] = "http://127.0.0.1:0",
            ["Logging:LogLevel:Default"] = "Critical",
        };
        foreach (var (key, value) in settings) all[key] = value;
        var database = NpgsqlDataSource.Create(connectionString);
        var builder = Composition.NewBuilder(all);
        configure(builder.Services);
        var app = Composition.Build(builder, database);
        await app.StartAsync();
        return new RunningApp(database, app);
    }

    /// <summary>Makes the tenant when there is none of that id (the first one is the operator), and a key for it.</summary>
    /// <param name="scopes">None: all of them.</param>
    public async Task<CreatedApiKey> MakeKeyAsync(string tenant = "acme", params string[] scopes)
    {
        await Services.GetRequiredService<Tenants>().CreateAsync(tenant, tenant, default);
        var request = new CreateApiKeyRequest("test", scopes.Length == 0 ? Scopes.All : scopes);
        return (await Services.GetRequiredService<ApiKeys>().CreateAsync(tenant, request, default)).Created!;
    }

    /// <summary>A client that sends this key, or none.</summary>
    public HttpClient Client(string? key = null)
    {
        var client = new HttpClient { BaseAddress = Url };
        if (key is not null) client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    /// <summary>A client of the tenant with these scopes, or all.</summary>
    public async Task<HttpClient> ClientAsync(string tenant = "acme", params string[] scopes) =>
        Client((await MakeKeyAsync(tenant, scopes)).Key);

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        await _database.DisposeAsync();
    }
}
