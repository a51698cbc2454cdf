using System.Diagnostics.Metrics;
using LeadScoring.Host.Feed;
using LeadScoring.IntegrationTests.Setup;
using Marten;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace LeadScoring.IntegrationTests.Feed;

/// <summary>Whoever waits is told, whichever instance published, and how far behind the feed is can be seen.</summary>
public sealed class FeedWatchTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task What_another_instance_published_is_seen_though_this_one_has_published_later()
    {
        using var watch = Watch();
        await watch.StartAsync(default);
        await StoreAsync(new() { TenantId = "theirs", Position = 1, LogSequence = 101 });
        watch.Note("ours", position: 1, logSequence: 102);

        await watch.WaitAsync("theirs", after: 0, default).WaitAsync(WaitMax);

        (watch.HeadOf("theirs"), watch.HeadOf("ours")).ShouldBe((1, 1));
        await watch.WaitAnyAsync(101, default).WaitAsync(WaitMax);
        await watch.StopAsync(default);
    }

    [Fact]
    public async Task Waiting_for_one_tenant_is_ended_by_that_tenant_alone()
    {
        using var watch = Watch();
        var waiting = watch.WaitAsync("mine", after: 4, default);

        watch.Note("other", position: 9, logSequence: 1_000);
        watch.Note("mine", position: 4, logSequence: 1_001);
        waiting.IsCompleted.ShouldBeFalse();
        watch.Note("mine", position: 5, logSequence: 1_002);

        await waiting.WaitAsync(WaitMax);
    }

    [Fact]
    public async Task A_page_of_large_events_ends_early_and_says_where_to_go_on()
    {
        var entries = Enumerable.Range(1, 5).Select(n => new FeedEntry { Position = n, LogSequence = 10_000 + n, Type = "t", Body = [.. Enumerable.Repeat((byte)' ', 3 << 20)] });
        await database.Documents.BulkInsertAsync("large", [.. entries]);
        await StoreAsync(new() { TenantId = "large", Position = 5, LogSequence = 10_005 });
        await using var app = await RunningApp.StartAsync(database.ConnectionString);
        var feed = app.Services.GetRequiredService<FeedReader>();

        var first = await feed.ReadAsync("large", after: 0, limit: 100, types: null, default);
        var second = await feed.ReadAsync("large", first.NextAfter, limit: 100, types: null, default);

        (first.Entries.Count, first.NextAfter, second.Entries.Count, second.NextAfter).ShouldBe((3, 3, 2, 5));
    }

    private FeedWatch Watch() => new(new(database.Documents), TimeProvider.System, NullLogger<FeedWatch>.Instance);

    private async Task StoreAsync(FeedHead head)
    {
        await using var session = database.Documents.LightweightSession();
        session.Store(head);
        await session.SaveChangesAsync();
    }

    [Fact]
    public void Only_who_publishes_says_how_far_behind_the_feed_is()
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var clock = new SetTimestamp();
        var metrics = new FeedMetrics(services.GetRequiredService<IMeterFactory>(), clock);
        Observed().ShouldBeEmpty();

        metrics.Note(behind: 0);
        Observed().ShouldBe([("leadscoring.feed.lag", 0), ("leadscoring.feed.behind", 0)], ignoreOrder: true);

        clock.Advance(TimeSpan.FromSeconds(7));
        metrics.Note(behind: 12);
        Observed().ShouldBe([("leadscoring.feed.lag", 7), ("leadscoring.feed.behind", 12)], ignoreOrder: true);

        metrics.NoteStopped();
        Observed().ShouldBeEmpty();

        List<(string, double)> Observed()
        {
            var seen = new List<(string, double)>();
            using var listener = new MeterListener
            {
                InstrumentPublished = (instrument, l) =>
                {
                    if (instrument.Meter.Scope == services.GetRequiredService<IMeterFactory>()) l.EnableMeasurementEvents(instrument);
                },
            };
            listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => seen.Add((instrument.Name, value)));
            listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => seen.Add((instrument.Name, value)));
            listener.Start();
            listener.RecordObservableInstruments();
            return seen;
        }
    }
}
