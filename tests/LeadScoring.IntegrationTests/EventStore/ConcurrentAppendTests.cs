using System.Collections.Concurrent;
using LeadScoring.EventStore;
using LeadScoring.IntegrationTests.Setup;
using Npgsql;
using static LeadScoring.IntegrationTests.EventStore.Sample;

namespace LeadScoring.IntegrationTests.EventStore;

public sealed class ConcurrentAppendTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    private const int Writers = 16;

    private readonly PostgresEventStore _store = new(database.DataSource);

    [Fact]
    public async Task One_stream_hit_by_many_writers_stays_dense_and_keeps_every_acknowledged_event()
    {
        const int EventsEach = 20;
        var stream = NewStream();
        var acknowledged = new ConcurrentDictionary<Guid, long>();

        await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(async () =>
        {
            var version = 0L;
            for (var stored = 0; stored < EventsEach;)
            {
                var append = To(stream, version);
                var result = (await _store.AppendAsync(append))[0];
                if (result.Outcome == AppendOutcome.Appended)
                {
                    acknowledged[append.Events[0].Id] = result.Version;
                    stored++;
                }
                else
                {
                    // A loser is told a version that its next attempt can build on, never one it expected already.
                    result.Outcome.ShouldBe(AppendOutcome.VersionConflict);
                    result.Version.ShouldBeGreaterThan(version);
                }

                version = result.Version;
            }
        })));

        var events = await _store.StreamAsync(stream);
        events.Select(e => e.Version).ShouldBe(Enumerable.Range(1, Writers * EventsEach).Select(v => (long)v));
        events.ToDictionary(e => e.Id, e => e.Version).ShouldBe(acknowledged, ignoreOrder: true);
    }

    [Fact]
    public async Task Writers_with_overlapping_streams_in_every_order_lose_nothing_and_never_deadlock()
    {
        const int Rounds = 40;
        var streams = Enumerable.Range(0, 30).Select(_ => NewStream()).ToArray();
        var acknowledged = new ConcurrentBag<Guid>();
        var deadlocksBefore = await DeadlocksAsync();
        await using var dataSource = NpgsqlDataSource.Create(database.ConnectionString + ";Application Name=overlapping");

        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            var random = new Random(writer);
            var store = new PostgresEventStore(dataSource);
            var versions = streams.ToDictionary(s => s, _ => 0L);
            for (var round = 0; round < Rounds; round++)
            {
                var shuffled = streams.ToArray();
                random.Shuffle(shuffled);
                var appends = shuffled.Take(10).Select((s, i) => To(s, versions[s], random.Next(1, 4)) with { Unit = i / 2 }).ToArray();
                var results = await store.AppendAsync(appends);
                for (var i = 0; i < appends.Length; i++)
                {
                    results[i].Outcome.ShouldBe(results[i ^ 1].Outcome);
                    versions[appends[i].Stream] = results[i].Version;
                    if (results[i].Outcome == AppendOutcome.Appended)
                    {
                        appends[i].Events.ToList().ForEach(e => acknowledged.Add(e.Id));
                    }
                }
            }
        })));

        var stored = new List<Guid>();
        foreach (var stream in streams)
        {
            var events = await _store.StreamAsync(stream);
            events.Select(e => e.Version).ShouldBe(Enumerable.Range(1, events.Count).Select(v => (long)v));
            (await database.ScalarAsync<long>("select version from mt_streams where id = $1", stream.StreamId))
                .ShouldBe(events.Count);
            stored.AddRange(events.Select(e => e.Id));
        }

        stored.ShouldBe(acknowledged, ignoreOrder: true);

        // A backend reports its deadlocks at the latest when it ends.
        await dataSource.DisposeAsync();
        await database.UntilAsync("select not exists (select from pg_stat_activity where application_name = 'overlapping')");
        (await DeadlocksAsync()).ShouldBe(deadlocksBefore);
    }

    [Fact]
    public async Task Of_many_writers_that_create_one_stream_exactly_one_wins_and_the_others_learn_its_version()
    {
        for (var round = 0; round < 20; round++)
        {
            var stream = NewStream();

            var results = await Task.WhenAll(Enumerable.Range(1, Writers)
                .Select(n => Task.Run(() => _store.AppendAsync(To(stream, after: 0, events: n)))));

            var version = results.Single(r => r[0].Outcome == AppendOutcome.Appended)[0].Version;
            results.Count(r => r[0] == VersionConflict(version)).ShouldBe(Writers - 1);
            (await _store.StreamAsync(stream)).Count.ShouldBe((int)version);
        }
    }

    private Task<long> DeadlocksAsync() =>
        database.ScalarAsync<long>("select deadlocks from pg_stat_database where datname = current_database()");
}
