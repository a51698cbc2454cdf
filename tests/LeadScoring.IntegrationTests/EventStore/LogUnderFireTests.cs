using System.Collections.Concurrent;
using LeadScoring.EventStore;
using LeadScoring.IntegrationTests.Setup;
using Npgsql;
using static LeadScoring.IntegrationTests.EventStore.Sample;

namespace LeadScoring.IntegrationTests.EventStore;

/// <summary>
/// A live reader follows sixteen writers that pause between drawing numbers and committing, roll back and lose their
/// connections. It must deliver what was stored: nothing skipped, nothing twice, in sequence order.
/// </summary>
public sealed class LogUnderFireTests : IAsyncLifetime
{
    private const int Writers = 16;
    private const int StepsEach = 60;
    private const int PauseMsMax = 15;

    private readonly MigratedDatabase _database = new();
    private readonly ConcurrentDictionary<Guid, bool> _acknowledged = new();
    private NpgsqlDataSource _writing = null!;
    private PostgresEventStore _store = null!;
    private int _rolledBack;
    private int _killed;

    public async Task InitializeAsync()
    {
        await _database.InitializeAsync();
        _writing = NpgsqlDataSource.Create(_database.ConnectionString + ";Application Name=writer;Maximum Pool Size=40");
        _store = new PostgresEventStore(_writing);
    }

    public async Task DisposeAsync()
    {
        await _writing.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public Task Nothing_is_skipped_or_repeated_among_writers_that_pause_roll_back_and_die() => FollowAsync(AppendAsync);

    [Fact]
    public Task Nothing_is_skipped_or_repeated_for_a_reader_of_few_types() => FollowAsync(
        (random, step) => step % 6 == 0 ? WriteForeignAsync(random) : AppendAsync(random, step), types: ["engagement_recorded", "foreign"]);

    [Fact]
    public Task Nothing_is_skipped_or_repeated_when_foreign_writers_mix_in() => FollowAsync((random, step) =>
        step % 6 == 0 ? WriteForeignAsync(random) : AppendAsync(random, step));

    private async Task FollowAsync(Func<Random, int, Task> writeAsync, string[]? types = null)
    {
        using var writersEnd = new CancellationTokenSource();
        var reading = Task.Run(() => ReadToTheEndAsync(types, writersEnd.Token));
        var killing = Task.Run(() => KillWritersAsync(writersEnd.Token));
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            var random = new Random(writer);
            for (var step = 0; step < StepsEach; step++)
            {
                await SurviveAsync(() => writeAsync(random, step));
            }
        })));
        await writersEnd.CancelAsync();
        await killing;
        var read = await reading;

        read.Zip(read.Skip(1)).ShouldAllBe(p => p.First.Sequence < p.Second.Sequence);
        read.Select(e => e.Id).ShouldBe(await StoredAsync());
        _acknowledged.Keys.Except(read.Select(e => e.Id)).ShouldBeEmpty();

        // Without these the run would have proved little.
        _rolledBack.ShouldBeGreaterThan(0);
        _killed.ShouldBeGreaterThan(0);
        (await _database.ScalarAsync<long>("select max(seq_id) - count(*) from mt_events")).ShouldBeGreaterThan(0);
    }

    private async Task AppendAsync(Random random, int step)
    {
        var appends = Enumerable.Range(0, random.Next(1, 4)).Select(_ => To(NewStream(), after: 0, random.Next(1, 5))).ToArray();
        var pause = new NpgsqlBatchCommand($"select pg_sleep({random.Next(PauseMsMax)} / 1000.0)");
        var failure = new NpgsqlBatchCommand("select 1 / 0");
        var results = await _store.AppendAsync(appends, step % 5 == 0 ? [pause, failure] : [pause], CancellationToken.None);
        results.ShouldAllBe(r => r.Outcome == AppendOutcome.Appended);
        foreach (var @event in appends.SelectMany(a => a.Events))
        {
            _acknowledged[@event.Id] = true;
        }
    }

    /// <summary>Draws, pauses, stores, pauses, and then commits or rolls back, all without the store's barrier.</summary>
    private async Task WriteForeignAsync(Random random)
    {
        await using var foreign = await ForeignWriter.OpenAsync(_database);
        var number = await foreign.DrawAsync();
        await Task.Delay(random.Next(PauseMsMax));
        var id = await foreign.StoreAsync(number);
        await Task.Delay(random.Next(PauseMsMax));
        if (random.Next(3) == 0)
        {
            await foreign.RollbackAsync();
        }
        else
        {
            await foreign.CommitAsync();
            _acknowledged[id] = true;
        }
    }

    /// <summary>A deliberate rollback or a killed connection ends the step: its events may be stored or not.</summary>
    private async Task SurviveAsync(Func<Task> step)
    {
        try
        {
            await step();
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.DivisionByZero)
        {
            Interlocked.Increment(ref _rolledBack);
        }
        catch (NpgsqlException e) when (e is not PostgresException { SqlState: not PostgresErrorCodes.AdminShutdown })
        {
            Interlocked.Increment(ref _killed);
        }
    }

    private async Task KillWritersAsync(CancellationToken writersEnd)
    {
        while (!writersEnd.IsCancellationRequested)
        {
            await _database.ExecuteAsync(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                + " where application_name = 'writer' and state = 'active' order by random() limit 1");
            await Task.Delay(PauseMsMax, CancellationToken.None);
        }
    }

    private async Task<List<RecordedEvent>> ReadToTheEndAsync(string[]? types, CancellationToken writersEnd)
    {
        var store = new PostgresEventStore(_database.DataSource, new EventStoreOptions { GapWaitMax = TimeSpan.FromHours(1) });
        var read = new List<RecordedEvent>();
        for (var after = 0L; ;)
        {
            var writersHadEnded = writersEnd.IsCancellationRequested;
            var page = types is null
                ? await store.ReadLogAsync(after, limit: 50, CancellationToken.None)
                : await store.ReadLogAsync(after, limit: 50, types, CancellationToken.None);
            page.NextAfter.ShouldBeGreaterThanOrEqualTo(page.Events.Count == 0 ? after : page.Events[^1].Sequence);
            read.AddRange(page.Events);
            after = page.NextAfter;
            if (writersHadEnded && page.AtEnd)
            {
                return read;
            }
        }
    }

    private async Task<List<Guid>> StoredAsync()
    {
        await using var command = _database.DataSource.CreateCommand("select id from mt_events order by seq_id");
        await using var reader = await command.ExecuteReaderAsync();
        var stored = new List<Guid>();
        while (await reader.ReadAsync())
        {
            stored.Add(reader.GetGuid(0));
        }

        return stored;
    }
}
