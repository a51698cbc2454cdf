using LeadScoring.EventStore;
using LeadScoring.EventStore.Migrations;
using LeadScoring.EventStore.Partitions;
using LeadScoring.IntegrationTests.Setup;
using Npgsql;
using static LeadScoring.IntegrationTests.EventStore.Sample;

namespace LeadScoring.IntegrationTests.EventStore;

/// <summary>The log beyond its first partition, which ends at number 20,000,000.</summary>
public sealed class LogPartitionTests : IAsyncLifetime
{
    private const long LastOfFirst = 20_000_000;

    private readonly MigratedDatabase _database = new();
    private PostgresEventStore _store = null!;
    private LogPartitions _partitions = null!;

    public async Task InitializeAsync()
    {
        await _database.InitializeAsync();
        var options = new EventStoreOptions { PartitionEvents = 1_000 };
        _store = new PostgresEventStore(_database.DataSource, options);
        _partitions = new LogPartitions(_database.DataSource, options);
    }

    public Task DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task An_append_across_a_boundary_is_read_back_in_order_from_the_log_and_from_its_stream()
    {
        var stream = NewStream();
        await MoveToAsync(LastOfFirst - 2);

        (await _store.AppendAsync(To(stream, after: 0, events: 5))).ShouldBe([Appended(5)]);

        (await _store.StreamAsync(stream)).Select(e => e.Sequence).ShouldBe(Enumerable.Range(-1, 5).Select(n => LastOfFirst + n));
        var page = await _store.ReadLogAsync(LastOfFirst - 2, limit: 3, CancellationToken.None);
        page.Events.Select(e => e.Version).ShouldBe([1, 2, 3]);
        var rest = await _store.ReadLogAsync(page.NextAfter, limit: 3, CancellationToken.None);
        rest.Events.Select(e => e.Version).ShouldBe([4, 5]);
        rest.AtEnd.ShouldBeTrue();
        (await PartitionOfAsync(stream, version: 2)).ShouldBe("mt_events_1");
        (await PartitionOfAsync(stream, version: 3)).ShouldBe("mt_events_20000001");
    }

    [Fact]
    public async Task An_event_id_that_lies_in_an_older_partition_is_a_duplicate()
    {
        var stored = To(NewStream(), after: 0);
        await _store.AppendAsync(stored);
        await MoveToAsync(LastOfFirst + 7);

        (await _store.AppendAsync(To(NewStream(), after: 0) with { Events = stored.Events })).ShouldBe([DuplicateEvent(0)]);
    }

    [Fact]
    public async Task Two_appends_that_find_no_partition_at_the_same_moment_both_store()
    {
        var (first, second) = (NewStream(), NewStream());
        await MoveToAsync(2 * LastOfFirst);

        var results = await Task.WhenAll(
            Task.Run(() => _store.AppendAsync(To(first, after: 0))), Task.Run(() => _store.AppendAsync(To(second, after: 0))));

        results.ShouldAllBe(r => r[0] == Appended(1));
        (await _store.StreamAsync(first)).Count.ShouldBe(1);
        (await _store.StreamAsync(second)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Two_partitions_are_kept_ahead_of_the_last_number()
    {
        await MoveToAsync(2 * LastOfFirst);

        (await _partitions.MakeAheadAsync(CancellationToken.None)).ShouldBe(["mt_events_40000001", "mt_events_40001001"]);
        (await _partitions.MakeAheadAsync(CancellationToken.None)).ShouldBeEmpty();

        (await _partitions.ListAsync(CancellationToken.None)).Select(p => (p.First, p.Beyond)).ShouldBe(
            [(1, LastOfFirst + 1), (LastOfFirst + 1, 40_000_001), (40_000_001, 40_001_001), (40_001_001, 40_002_001)]);
    }

    [Fact]
    public async Task A_full_partition_is_frozen_once()
    {
        await _store.AppendAsync(To(NewStream(), after: 0, events: 3));
        (await _partitions.SealAsync(CancellationToken.None)).ShouldBeEmpty();
        await MoveToAsync(LastOfFirst + 1);

        (await _partitions.SealAsync(CancellationToken.None)).ShouldBe(["mt_events_1"]);
        (await _partitions.SealAsync(CancellationToken.None)).ShouldBeEmpty();

        var sealedOne = (await _partitions.ListAsync(CancellationToken.None))[0];
        (sealedOne.IsSealed, sealedOne.Events).ShouldBe((true, 3));
        (await _database.ScalarAsync<bool>(
            "select relallvisible = relpages and relpages > 0 from pg_class where oid = 'mt_events_1'::regclass")).ShouldBeTrue();
    }

    [Fact]
    public async Task A_version_is_stored_once_in_a_partition_whoever_writes_it()
    {
        var stream = NewStream();
        await MoveToAsync(2 * LastOfFirst);
        await _store.AppendAsync(To(stream, after: 0));

        var failure = await Should.ThrowAsync<PostgresException>(() => _database.ExecuteAsync(
            "insert into mt_events (seq_id, id, stream_id, version, data, type, tenant_id)"
            + " values (nextval('mt_events_sequence'), gen_random_uuid(), $1, 1, '{}', 'foreign', 'acme')",
            stream.StreamId));

        failure.ConstraintName.ShouldBe("stream_and_version_mt_events_40000001");
    }

    [Fact]
    public async Task A_log_from_before_partitions_becomes_the_first_one_with_all_it_holds()
    {
        await using var database = NpgsqlDataSource.Create(await PostgresRun.CreateEmptyAsync());
        await using (var before = database.CreateCommand(
            SqlText.Load(typeof(Migrator), "001_event_store.sql")
            + """
            insert into mt_streams (tenant_id, id, type, version)
            values ('acme', '00000000-0000-0000-0000-000000000001', 'lead', 3);
            insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, is_archived)
            select
              nextval('mt_events_sequence'), gen_random_uuid(), '00000000-0000-0000-0000-000000000001', n, '{}', 'captured', now(),
              'acme', false
            from generate_series(1, 3) n;
            """))
        {
            await before.ExecuteNonQueryAsync();
        }

        await using (var partition = database.CreateCommand(SqlText.Load(typeof(Migrator), "004_log_partitions.sql")))
        {
            await partition.ExecuteNonQueryAsync();
        }

        var store = new PostgresEventStore(database);
        var stream = new StreamKey("acme", new("00000000-0000-0000-0000-000000000001"));
        var kept = await store.StreamAsync(stream);
        kept.Select(e => (e.Sequence, e.Version)).ShouldBe([(1, 1), (2, 2), (3, 3)]);
        var repeated = To(stream, after: 3) with { Events = [Event() with { Id = kept[1].Id }] };
        (await store.AppendAsync(repeated)).ShouldBe([DuplicateEvent(3)]);
        (await store.AppendAsync(To(stream, after: 3))).ShouldBe([Appended(4)]);
        (await store.ReadLogAsync(0, limit: 10, CancellationToken.None)).Events.Select(e => e.Sequence).ShouldBe([1, 2, 3, 4]);
    }

    private Task MoveToAsync(long number) => _database.ExecuteAsync("select setval('mt_events_sequence', $1)", number);

    private Task<string> PartitionOfAsync(StreamKey stream, long version) => _database.ScalarAsync<string>(
        "select tableoid::regclass::text from mt_events where stream_id = $1 and version = $2", stream.StreamId, version);
}
