using LeadScoring.Host.Acceptance;
using LeadScoring.Host.Access;
using LeadScoring.Host.Backtests;
using LeadScoring.Host.Broker;
using LeadScoring.Host.Engagements;
using LeadScoring.Host.Engagements.Retractions;
using LeadScoring.Host.Events;
using LeadScoring.Host.Feed;
using LeadScoring.Host.Http;
using LeadScoring.Host.Http.OpenApi;
using LeadScoring.Host.Jobs;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Leads.Caching;
using LeadScoring.Host.Leads.Writing;
using LeadScoring.Host.Nurture;
using LeadScoring.Host.Operations;
using LeadScoring.Host.Scoring.Activation;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.Host.Scoring.Shadow;
using LeadScoring.Host.Scoring.Suggestions;
using LeadScoring.Host.Settings;
using LeadScoring.Host.Storage;
using LeadScoring.Host.Subscriptions;
using LeadScoring.Host.Timers;
using LeadScoring.Host.Webhooks;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;

namespace LeadScoring.Host;

/// <summary>What a running service consists of, and in which order a request meets it.</summary>
public static class Composition
{
    /// <summary>How long requests in flight and the writer's queue may take to finish when the service is stopped.</summary>
    private static readonly TimeSpan ShutdownMax = TimeSpan.FromSeconds(30);

    /// <summary>Reads appsettings.json beside the program, environment variables and these settings, the later winning.</summary>
    /// <exception cref="StartupRefusal">A setting is not what it must be.</exception>
    public static WebApplicationBuilder NewBuilder(IEnumerable<KeyValuePair<string, string?>> settings)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            ApplicationName = typeof(Composition).Assembly.GetName().Name, ContentRootPath = AppContext.BaseDirectory,
        });
        builder.Configuration.AddInMemoryCollection(settings);
        Logs.Configure(builder.Logging, builder.Configuration);
        return builder;
    }

    /// <summary>The service on a migrated database, not yet started.</summary>
    /// <param name="builder">A <see cref="TimeProvider"/> registered with it already is the service's clock.</param>
    /// <param name="database">Closed by whoever opened it, after the service has stopped.</param>
    /// <exception cref="StartupRefusal">A setting is not what it must be.</exception>
    public static WebApplication Build(WebApplicationBuilder builder, NpgsqlDataSource database)
    {
        AddServices(builder, database);
        var app = builder.Build();
        UsePipeline(app);
        return app;
    }

    /// <summary>As <see cref="Build"/>, for whoever builds and starts the host in a way of their own.</summary>
    public static void AddServices(WebApplicationBuilder builder, NpgsqlDataSource database)
    {
        var limits = LimitOptions.From(builder.Configuration);
        var services = builder.Services;
        services.AddSingleton(database);
        services.TryAddSingleton(TimeProvider.System);

        // What is registered first stops last: telemetry after the writer, the writer after the web server.
        AddOperations(services, builder.Configuration);
        AddAccess(services, limits);
        services.AddMartenStore(database, MartenSetup.DaemonFrom(builder.Configuration));
        AddLeads(services, builder.Configuration);
        services.AddLongWork(MartenSetup.DaemonFrom(builder.Configuration));
        services.AddJobs();
        services.AddSingleton<DueTimers>();
        services.AddHostedService(s => new TimerLoop(
            s.GetRequiredService<DueTimers>(),
            [s.GetRequiredService<WorkQueue>().WakeAsync, s.GetRequiredService<RescoringWork>().AskAsync],
            s.GetRequiredService<Leadership>(),
            s.GetRequiredService<TimeProvider>()));
        services.AddBacktests();
        services.AddSuggestions();
        services.AddFeed(builder.Configuration);
        services.AddBroker(builder.Configuration);
        services.AddWebhooks(builder.Configuration, builder.Environment.IsDevelopment());
        AddHttp(builder, limits);
    }

    /// <summary>What a request meets, in this order.</summary>
    public static void UsePipeline(WebApplication app)
    {
        app.UseSecurityHeaders();
        app.UseMiddleware<ProblemBoundary>();
        app.UseWhen(OpenApiDocuments.AreMeant, pages => pages.UseSwagger(OpenApiDocuments.Set).UseSwaggerUI(OpenApiDocuments.Set));
        app.UseRouting();
        app.UseMiddleware<Authentication>();
        app.UseRateLimiter();
        app.UseEndpoints(Map);
    }

    private static void AddOperations(IServiceCollection services, IConfiguration configuration)
    {
        services.AddTelemetry(configuration);
        services.AddSingleton<Readiness>();
        services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownMax);
    }

    private static void AddAccess(IServiceCollection services, LimitOptions limits)
    {
        services.AddSingleton(_ => new GuessLimit(limits));
        services.AddSingleton<KeyRing>();
        services.AddSingleton<Tenants>();
        services.AddSingleton<ApiKeys>();
    }

    private static void AddLeads(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<EventTypes>();
        services.AddScoringModels(configuration);
        services.AddLeadReading();
        services.AddTenantSettings();
        services.Configure<WriterOptions>(configuration.GetSection("Writer"));
        services.AddSingleton<LeadCache>();
        services.AddSingleton<LeadWriter>();
        services.AddHostedService(s => s.GetRequiredService<LeadWriter>());
        services.AddHostedService<ForeignAppends>();
        services.AddRetractions();
        services.AddActivation();
        services.AddShadow();
    }

    private static void AddHttp(WebApplicationBuilder builder, LimitOptions limits)
    {
        Listening.Set(builder);
        builder.Services.Configure<KestrelServerOptions>(ServerLimits.Set);
        builder.Services.AddRateLimiter(limiter => TenantRateLimit.Set(limiter, limits));
        builder.Services.ConfigureHttpJsonOptions(json => OpenApiDocuments.SetJson(json.SerializerOptions));
        builder.Services.AddEndpointsApiExplorer();
        builder.Services.AddSwaggerGen(OpenApiDocuments.Set);
    }

    private static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPostEngagement();
        routes.MapPostEngagementBatch();
        routes.MapRetractions();
        routes.MapLeads();
        routes.MapScoringModels();
        routes.MapActivation();
        routes.MapFeed();
        routes.MapBacktests();
        routes.MapSuggestions();
        routes.MapSubscriptions();
        routes.MapBusinessHours();
        routes.MapNurtureCadence();
        routes.MapTenants();
        routes.MapApiKeys();
        routes.MapHealth();
        routes.MapGet("/", () => Results.Redirect("/swagger")).ExcludeFromDescription();
    }
}
