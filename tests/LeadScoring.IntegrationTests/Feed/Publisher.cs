using System.Diagnostics.Metrics;
using LeadScoring.Domain.Scoring;
using LeadScoring.EventStore;
using LeadScoring.EventStore.Checkpoints;
using LeadScoring.EventStore.Events;
using LeadScoring.Host;
using LeadScoring.Host.Feed;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Storage;
using LeadScoring.Host.Subscriptions;
using LeadScoring.IntegrationTests.Setup;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace LeadScoring.IntegrationTests.Feed;

/// <summary>What one instance publishes with.</summary>
internal sealed class Publisher : IAsyncDisposable
{
    private static readonly IMeterFactory Meters =
        new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();

    private readonly Signal _signal = new();
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    /// <param name="name">Of its sessions, as <c>pg_stat_activity</c> shows it.</param>
    /// <param name="types">What it can read; null: everything.</param>
    public Publisher(MigratedDatabase database, string name, FeedOptions? options = null, IReadOnlyList<EventType>? types = null)
    {
        options ??= FeedOptions.Default;
        DataSource = NpgsqlDataSource.Create(
            $"{database.ConnectionString};Application Name={name};Maximum Pool Size=8;Max Auto Prepare=50;Auto Prepare Min Usages=2;No Reset On Close=true");
        Types = new EventTypes(types ?? [.. LeadEvents.Types, .. SubscriptionEvents.Types]);
        Store = new PostgresEventStore(DataSource);
        Projector = new(
            Store,
            new(DataSource, Types, options, RenderingLog),
            new(DataSource),
            new(DataSource, TimeProvider.System, NullLogger<FeedWatch>.Instance),
            _signal,
            new(Meters, TimeProvider.System),
            options,
            TimeProvider.System,
            Log);
    }

    public NpgsqlDataSource DataSource { get; }

    public IEventStore Store { get; }

    public EventTypes Types { get; }

    public FeedProjector Projector { get; }

    public RecordedLog<FeedProjector> Log { get; } = new();

    public RecordedLog<FeedRendering> RenderingLog { get; } = new();

    /// <summary>How often another publisher was faster.</summary>
    public int TimesFenced { get; private set; }

    /// <summary>As in production: while it leads.</summary>
    public void StartLeading() => _running = new Leadership(DataSource, TimeProvider.System, NullLogger<Leadership>.Instance)
        .RunAsync(LeaderOf.FeedProjection, Projector.RunAsync, _stop.Token);

    /// <summary>Publishes whoever else does, again and again.</summary>
    public void StartWithoutLeading() => _running = Task.Run(async () =>
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await Projector.RunAsync(_stop.Token);
            }
            catch (FencedException)
            {
                TimesFenced++;
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
        }
    });

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        await DataSource.DisposeAsync();
        _signal.Dispose();
        _stop.Dispose();
    }
}
