using LeadScoring.EventStore;
using LeadScoring.IntegrationTests.Setup;
using Npgsql;
using static LeadScoring.IntegrationTests.EventStore.Sample;

namespace LeadScoring.IntegrationTests.EventStore;

/// <summary>Each test has a database of its own: the log is one per database.</summary>
public sealed class ReadLogTests : IAsyncLifetime
{
    private readonly MigratedDatabase _database = new();
    private readonly RecordedLog<PostgresEventStore> _log = new();
    private PostgresEventStore _store = null!;

    public async Task InitializeAsync()
    {
        await _database.InitializeAsync();
        _store = StoreWaitingForGaps(TimeSpan.FromHours(1));
    }

    public Task DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task An_empty_log_is_at_its_end() =>
        ShouldBeEmptyAt(0, await ReadAsync(after: 0));

    [Fact]
    public async Task Pages_follow_each_other_to_the_end()
    {
        await AppendAsync(events: 25);

        var first = await ReadAsync(after: 0, limit: 10);
        var second = await ReadAsync(first.NextAfter, limit: 10);
        var third = await ReadAsync(second.NextAfter, limit: 10);

        Shape(first).ShouldBe((1, 10, 10, false));
        Shape(second).ShouldBe((11, 20, 20, false));
        Shape(third).ShouldBe((21, 25, 25, true));
        ShouldBeEmptyAt(25, await ReadAsync(third.NextAfter));
    }

    [Fact]
    public async Task A_reader_sees_what_was_appended_since_its_last_page()
    {
        await AppendAsync(events: 3);
        var page = await ReadAsync(after: 0);
        await AppendAsync(events: 2);

        Shape(await ReadAsync(page.NextAfter)).ShouldBe((4, 5, 5, true));
    }

    [Fact]
    public async Task A_position_beyond_the_log_stays_where_it_is() =>
        ShouldBeEmptyAt(7, await ReadAsync(after: 7));

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, 0)]
    [InlineData(0, 20_001)]
    public async Task A_page_out_of_bounds_is_refused(long after, int limit) =>
        await Should.ThrowAsync<ArgumentOutOfRangeException>(() => ReadAsync(after, limit));

    [Fact]
    public async Task Our_own_rollback_leaves_a_gap_that_is_passed_at_once()
    {
        await AppendAsync(events: 2);
        await Should.ThrowAsync<PostgresException>(() => _store.AppendAsync(
            [To(NewStream(), after: 0, events: 3)], [new NpgsqlBatchCommand("select 1 / 0")], CancellationToken.None));
        await AppendAsync(events: 2);

        var page = await ReadAsync(after: 0);

        page.Events.Select(e => e.Sequence).ShouldBe([1, 2, 6, 7]);
        page.NextAfter.ShouldBe(7);
        _log.Warnings.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_log_waits_for_an_append_that_has_drawn_numbers_and_not_committed()
    {
        await _database.ExecuteAsync("create table gate (id int primary key)");
        await using var gatekeeper = await _database.DataSource.OpenConnectionAsync();
        await using var gate = await gatekeeper.BeginTransactionAsync();
        await ExecuteAsync(gatekeeper, "insert into gate values (1)");
        var slow = _store.AppendAsync(
            [To(NewStream(), after: 0)], [new("insert into gate values (1) on conflict do nothing")], CancellationToken.None);
        await _database.UntilWaitingForLockAsync(gatekeeper);

        var reading = ReadAsync(after: 0);
        await _database.UntilAsync(
            "select exists (select from pg_locks where locktype = 'advisory' and mode = 'ExclusiveLock' and not granted)");
        await gate.RollbackAsync();
        await slow;

        (await reading).Events.Select(e => e.Sequence).ShouldBe([1]);
    }

    [Fact]
    public async Task A_writer_that_hangs_makes_the_reader_fail_not_wait_for_ever()
    {
        await using var writer = await _database.DataSource.OpenConnectionAsync();
        await using var hanging = await writer.BeginTransactionAsync();
        await ExecuteAsync(writer, $"select pg_advisory_xact_lock_shared({AdvisoryLocks.AppendBarrier})");
        var impatient = new PostgresEventStore(
            _database.DataSource, new EventStoreOptions { BarrierWaitMax = TimeSpan.FromMilliseconds(1) });

        await Should.ThrowAsync<TimeoutException>(() => impatient.ReadLogAsync(0, 10, CancellationToken.None));
    }

    [Fact]
    public async Task A_gap_of_a_foreign_writer_holds_the_log_until_it_commits()
    {
        await AppendAsync(events: 2);
        await using var foreign = await ForeignWriter.OpenAsync(_database);
        var number = await foreign.DrawAsync();
        await AppendAsync(events: 2);

        Shape(await ReadAsync(after: 0)).ShouldBe((1, 2, 2, true));
        ShouldBeEmptyAt(2, await ReadAsync(after: 2));
        await foreign.StoreAsync(number);
        ShouldBeEmptyAt(2, await ReadAsync(after: 2));
        await foreign.CommitAsync();

        Shape(await ReadAsync(after: 2)).ShouldBe((3, 5, 5, true));
        _log.Warnings.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_gap_of_a_foreign_writer_is_passed_at_once_when_it_rolls_back()
    {
        await using var foreign = await ForeignWriter.OpenAsync(_database);
        await foreign.DrawAsync();
        await AppendAsync(events: 2);
        (await ReadAsync(after: 0)).Events.ShouldBeEmpty();

        await foreign.RollbackAsync();

        Shape(await ReadAsync(after: 0)).ShouldBe((2, 3, 3, true));
        _log.Warnings.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_gap_of_a_killed_foreign_writer_is_passed()
    {
        await using var foreign = await ForeignWriter.OpenAsync(_database);
        await foreign.DrawAsync();
        await AppendAsync(events: 2);
        (await ReadAsync(after: 0)).Events.ShouldBeEmpty();

        await foreign.KillAsync();

        Shape(await ReadAsync(after: 0)).ShouldBe((2, 3, 3, true));
    }

    [Fact]
    public async Task A_foreign_writer_that_never_ends_delays_the_log_by_the_time_out_and_is_warned_of()
    {
        var impatient = StoreWaitingForGaps(TimeSpan.FromMilliseconds(300));
        await using var foreign = await ForeignWriter.OpenAsync(_database);
        await foreign.DrawAsync();
        await AppendAsync(events: 2);

        var started = TimeProvider.System.GetTimestamp();
        LogPage page;
        do
        {
            page = await impatient.ReadLogAsync(0, 100, CancellationToken.None);
        }
        while (page.Events.Count == 0 && TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(30));

        Shape(page).ShouldBe((2, 3, 3, true));
        TimeProvider.System.GetElapsedTime(started).ShouldBeGreaterThan(TimeSpan.FromMilliseconds(300));
        _log.Warnings.Single().ShouldContain("past 1: 1 foreign transactions");
    }

    [Fact]
    public async Task A_transaction_that_merely_runs_long_delays_nothing()
    {
        await using var report = await _database.DataSource.OpenConnectionAsync();
        await using var running = await report.BeginTransactionAsync();
        await ExecuteAsync(
            report,
            "select count(*) from mt_events; select last_value from mt_events_sequence; create table temporary_report ()");
        await AppendAsync(events: 1);
        await using (var foreign = await ForeignWriter.OpenAsync(_database))
        {
            await foreign.DrawAsync();
            await foreign.RollbackAsync();
        }

        await AppendAsync(events: 1);

        (await ReadAsync(after: 0)).Events.Select(e => e.Sequence).ShouldBe([1, 3]);
    }

    [Fact]
    public async Task A_gap_that_opens_while_an_older_one_is_waited_for_is_waited_for_too()
    {
        await using var first = await ForeignWriter.OpenAsync(_database);
        await using var second = await ForeignWriter.OpenAsync(_database);
        var firstNumber = await first.DrawAsync();
        await AppendAsync(events: 1);
        (await ReadAsync(after: 0)).Events.ShouldBeEmpty();
        var secondNumber = await second.DrawAsync();
        await AppendAsync(events: 1);
        (await ReadAsync(after: 0)).Events.ShouldBeEmpty();

        await first.StoreAsync(firstNumber);
        await first.CommitAsync();
        Shape(await ReadAsync(after: 0)).ShouldBe((1, 2, 2, true));
        await second.StoreAsync(secondNumber);
        await second.CommitAsync();

        Shape(await ReadAsync(after: 2)).ShouldBe((3, 4, 4, true));
    }

    [Fact]
    public async Task Old_gaps_cost_a_new_reader_nothing_but_one_look()
    {
        for (var i = 0; i < 20; i++)
        {
            await using var foreign = await ForeignWriter.OpenAsync(_database);
            await foreign.DrawAsync();
            await foreign.RollbackAsync();
            await AppendAsync(events: 1);
        }

        var page = await StoreWaitingForGaps(TimeSpan.FromHours(1)).ReadLogAsync(0, 15, CancellationToken.None);

        page.Events.Select(e => e.Sequence).ShouldBe(Enumerable.Range(1, 15).Select(i => i * 2L));
        page.AtEnd.ShouldBeFalse();
    }

    [Fact]
    public async Task A_page_of_few_types_passes_over_the_others_and_says_where_the_log_ends()
    {
        await AppendAsync(events: 30);
        await using (var foreign = await ForeignWriter.OpenAsync(_database))
        {
            await foreign.StoreAsync(await foreign.DrawAsync());
            await foreign.CommitAsync();
        }

        await AppendAsync(events: 4);

        var foreigners = await _store.ReadLogAsync(0, 100, ["foreign"], CancellationToken.None);
        var first = await _store.ReadLogAsync(0, 10, ["engagement_recorded"], CancellationToken.None);
        var nothing = await _store.ReadLogAsync(0, 10, ["never_stored"], CancellationToken.None);

        Shape(foreigners).ShouldBe((31, 31, 35, true));
        Shape(first).ShouldBe((1, 10, 10, false));
        ShouldBeEmptyAt(35, nothing);
        (await _store.LastNumberAsync(CancellationToken.None)).ShouldBe(35);
    }

    [Fact]
    public async Task A_page_of_few_types_goes_no_further_than_a_gap_that_may_be_filled()
    {
        await AppendAsync(events: 2);
        await using var foreign = await ForeignWriter.OpenAsync(_database);
        var number = await foreign.DrawAsync();
        await AppendAsync(events: 2);

        ShouldBeEmptyAt(2, await _store.ReadLogAsync(0, 10, ["foreign"], CancellationToken.None));
        await foreign.StoreAsync(number);
        await foreign.CommitAsync();

        Shape(await _store.ReadLogAsync(2, 10, ["foreign"], CancellationToken.None)).ShouldBe((3, 3, 5, true));
    }

    [Fact]
    public async Task No_number_is_drawn_before_the_first() =>
        (await _store.LastNumberAsync(CancellationToken.None)).ShouldBe(0);

    private static void ShouldBeEmptyAt(long position, LogPage page)
    {
        page.Events.ShouldBeEmpty();
        page.NextAfter.ShouldBe(position);
        page.AtEnd.ShouldBeTrue();
    }

    private static (long First, long Last, long NextAfter, bool AtEnd) Shape(LogPage page)
    {
        page.Events.Select(e => e.Sequence).ShouldBe(
            Enumerable.Range(0, page.Events.Count).Select(i => page.Events[0].Sequence + i), "the page is dense");
        return (page.Events[0].Sequence, page.Events[^1].Sequence, page.NextAfter, page.AtEnd);
    }

    private PostgresEventStore StoreWaitingForGaps(TimeSpan gapWait) =>
        new(_database.DataSource, new EventStoreOptions { GapWaitMax = gapWait }, _log);

    private Task<LogPage> ReadAsync(long after, int limit = 100) => _store.ReadLogAsync(after, limit, CancellationToken.None);

    private async Task AppendAsync(int events) => await _store.AppendAsync(To(NewStream(), after: 0, events));

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
