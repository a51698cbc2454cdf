using System.Net.Http.Headers;
using Alba;
using JasperFx.CommandLine;
using LeadScoring.Contracts;
using LeadScoring.Host;
using LeadScoring.Host.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace LeadScoring.IntegrationTests.Setup;

/// <summary>The service in this process. Alba serves it in memory; on a socket it listens only where sockets are what is tested.</summary>
public sealed class RunningApp : IAsyncDisposable
{
    private readonly NpgsqlDataSource _database;
    private readonly IHost _host;
    private readonly Func<HttpClient> _newClient;

    // Alba needs a started host, which a host made by JasperFx' commands is not until they are told so.
    static RunningApp() => JasperFxEnvironment.AutoStartHost = true;

    private RunningApp(NpgsqlDataSource database, IHost host, Func<HttpClient> newClient) =>
        (_database, _host, _newClient) = (database, host, newClient);

    public IServiceProvider Services => _host.Services;

    /// <summary>Where it listens, after <see cref="ListenAsync"/>.</summary>
    public Uri Url => _host is WebApplication app
        ? new(app.Urls.First())
        : throw new InvalidOperationException("Served in memory: use ListenAsync for a socket.");

    /// <param name="settings">As <c>--set</c> takes them, e.g. <c>("Limits:Burst", "2")</c>.</param>
    public static Task<RunningApp> StartAsync(string connectionString, params (string Key, string Value)[] settings) =>
        StartAsync(connectionString, _ => { }, settings);

    /// <param name="configure">Registers what the service would otherwise bring itself: a clock, a resolver of names.</param>
    public static async Task<RunningApp> StartAsync(
        string connectionString, Action<IServiceCollection> configure, params (string Key, string Value)[] settings)
    {
        var database = NpgsqlDataSource.Create(connectionString);
        var builder = BuilderOf(configure, settings);
        Composition.AddServices(builder, database);
        var alba = await AlbaHost.For(builder, Composition.UsePipeline);
        return new RunningApp(database, alba, alba.Server.CreateClient);
    }

    /// <summary>On a port of its own: for what only a real socket shows, and for clients that make their own connections.</summary>
    public static Task<RunningApp> ListenAsync(string connectionString, params (string Key, string Value)[] settings) =>
        ListenAsync(connectionString, _ => { }, settings);

    public static async Task<RunningApp> ListenAsync(
        string connectionString, Action<IServiceCollection> configure, params (string Key, string Value)[] settings)
    {
        var database = NpgsqlDataSource.Create(connectionString);
        var app = Composition.Build(BuilderOf(configure, settings), database);
        await app.StartAsync();
        return new RunningApp(database, app, () => new HttpClient { BaseAddress = new(app.Urls.First()) });
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
        var client = _newClient();
        if (key is not null) client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    /// <summary>A client of the tenant with these scopes, or all.</summary>
    public async Task<HttpClient> ClientAsync(string tenant = "acme", params string[] scopes) =>
        Client((await MakeKeyAsync(tenant, scopes)).Key);

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
        await _database.DisposeAsync();
    }

    private static WebApplicationBuilder BuilderOf(Action<IServiceCollection> configure, (string Key, string Value)[] settings)
    {
        var all = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
        {
            ["urls"] = "http://127.0.0.1:0",
            ["Logging:LogLevel:Default"] = "Critical",
        };
        foreach (var (key, value) in settings) all[key] = value;
        var builder = Composition.NewBuilder(all);
        configure(builder.Services);
        return builder;
    }
}
