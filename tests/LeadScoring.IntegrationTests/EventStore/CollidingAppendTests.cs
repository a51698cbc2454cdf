using LeadScoring.EventStore;
using LeadScoring.IntegrationTests.Setup;
using Npgsql;
using static LeadScoring.IntegrationTests.EventStore.Sample;

namespace LeadScoring.IntegrationTests.EventStore;

/// <summary>Rivals that do not keep to the store's lock order; PostgreSQL breaks the deadlock against the append.</summary>
public sealed class CollidingAppendTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    private readonly PostgresEventStore _store = new(database.DataSource);

    [Fact]
    public async Task A_call_that_PostgreSQL_chose_to_break_a_deadlock_runs_again()
    {
        var stream = NewStream();
        await database.ExecuteAsync("create table contended (id int primary key, hits int)");
        await database.ExecuteAsync("insert into contended values (1, 0), (2, 0)");
        await using var rival = await database.DataSource.OpenConnectionAsync();
        await using var transaction = await rival.BeginTransactionAsync();
        await ExecuteAsync(rival, "set local deadlock_timeout = '1min'");
        await ExecuteAsync(rival, "update contended set hits = hits + 1 where id = 2");

        var append = _store.AppendAsync(
            [To(stream, after: 0)],
            [new("update contended set hits = hits + 1 where id = 1"), new("update contended set hits = hits + 1 where id = 2")],
            CancellationToken.None);
        await database.UntilWaitingForLockAsync(rival);
        await ExecuteAsync(rival, "update contended set hits = hits + 1 where id = 1");
        await transaction.CommitAsync();

        (await append).ShouldBe([Appended(1)]);
        (await database.ScalarAsync<long>("select sum(hits) from contended")).ShouldBe(4);
        (await _store.StreamAsync(stream)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_foreign_writer_that_stores_the_same_version_unlocked_makes_the_append_lose_not_fail()
    {
        var stream = NewStream();
        await _store.AppendAsync(To(stream, after: 0));
        await using var foreign = await database.DataSource.OpenConnectionAsync();
        await using var transaction = await foreign.BeginTransactionAsync();
        await ExecuteAsync(
            foreign,
            "insert into mt_events (seq_id, id, stream_id, version, data, type, tenant_id, is_archived)"
            + $" values (nextval('mt_events_sequence'), gen_random_uuid(), '{stream.StreamId}', 2, '{{}}', 'foreign', 'acme', false)");

        var append = _store.AppendAsync(To(stream, after: 1));
        await database.UntilWaitingForLockAsync(foreign);
        await ExecuteAsync(foreign, "set local deadlock_timeout = '1min'");
        await ExecuteAsync(foreign, $"update mt_streams set version = 2 where id = '{stream.StreamId}'");
        await transaction.CommitAsync();

        (await append).ShouldBe([VersionConflict(2)]);
        (await _store.StreamAsync(stream)).Select(e => e.Type).ShouldBe(["engagement_recorded", "foreign"]);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
