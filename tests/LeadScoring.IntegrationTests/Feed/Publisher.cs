using JasperFx.Events.Daemon;
using LeadScoring.Host;
using LeadScoring.Host.Feed;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Scoring.Shadow;
using LeadScoring.Host.Subscriptions;
using LeadScoring.IntegrationTests.Setup;
using Marten;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace LeadScoring.IntegrationTests.Feed;

/// <summary>What one instance publishes with.</summary>
internal sealed class Publisher : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly RecordedLogs _logs = new();

    /// <param name="name">Of its sessions, as <c>pg_stat_activity</c> shows it.</param>
    /// <param name="daemon">Solo: it publishes whoever else does.</param>
    /// <param name="configure">What it does otherwise than the service.</param>
    public Publisher(
        MigratedDatabase database, string name, FeedOptions? options = null, DaemonMode daemon = DaemonMode.HotCold, Action<StoreOptions>? configure = null)
    {
        DataSource = NpgsqlDataSource.Create(
            $"{database.ConnectionString};Application Name={name};Maximum Pool Size=12;Max Auto Prepare=50;Auto Prepare Min Usages=2;No Reset On Close=true");
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new());
        builder.Logging.AddProvider(_logs);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(DataSource);
        builder.Services.AddMetrics();
        builder.Services.AddMartenStore(DataSource, daemon);
        builder.Services.AddFeed(new ConfigurationBuilder().Build());
        builder.Services.AddShadow();
        builder.Services.AddSingleton(options ?? FeedOptions.Default);
        if (configure is not null) builder.Services.ConfigureMarten(configure);
        _host = builder.Build();
    }

    public NpgsqlDataSource DataSource { get; }

    /// <summary>What was logged at warning or above.</summary>
    public IReadOnlyCollection<string> Warnings => _logs.Warnings;

    public Task StartAsync() => _host.StartAsync();

    /// <summary>Returns when it is the one that publishes.</summary>
    public Task UntilLeadingAsync() => MigratedDatabase.UntilAsync(
        () => Task.FromResult(_host.Services.GetRequiredService<IProjectionCoordinator>().DaemonForMainDatabase().CurrentAgents()
            .Any(a => a.Name.Name == FeedSubscription.SubscriptionName)),
        "it leads");

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        if (_host is IAsyncDisposable disposable) await disposable.DisposeAsync();
        await DataSource.DisposeAsync();
        _logs.Dispose();
    }
}
