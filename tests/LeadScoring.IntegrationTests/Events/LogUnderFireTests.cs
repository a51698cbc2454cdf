using System.Collections.Concurrent;
using LeadScoring.Domain.Leads;
using LeadScoring.Host;
using LeadScoring.Host.Events;
using LeadScoring.Host.Storage;
using LeadScoring.IntegrationTests.Setup;
using Marten;
using Npgsql;

namespace LeadScoring.IntegrationTests.Events;

/// <summary>
/// A reader follows the log's end while sixteen writers pause between drawing numbers and committing, roll back and lose their
/// connections. It must find what was stored: nothing skipped, nothing twice, in sequence order.
/// </summary>
public sealed class LogUnderFireTests : IAsyncLifetime
{
    private const int Writers = 16;
    private const int StepsEach = 60;
    private const int PauseMsMax = 15;

    private readonly MigratedDatabase _database = new();
    private readonly ConcurrentDictionary<Guid, bool> _acknowledged = new();
    private NpgsqlDataSource _writing = null!;
    private DocumentStore _store = null!;
    private int _rolledBack;
    private int _killed;

    public async Task InitializeAsync()
    {
        await _database.InitializeAsync();
        _writing = NpgsqlDataSource.Create(_database.ConnectionString + ";Application Name=writer;Maximum Pool Size=40");
        _store = MartenSetup.StoreOf(_writing);
    }

    public async Task DisposeAsync()
    {
        _store.Dispose();
        await _writing.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public Task Nothing_is_skipped_or_repeated_among_writers_that_pause_roll_back_and_die() => FollowAsync(AppendAsync);

    [Fact]
    public Task Nothing_is_skipped_or_repeated_when_foreign_writers_mix_in() => FollowAsync((random, step) =>
        step % 6 == 0 ? WriteForeignAsync(random) : AppendAsync(random, step));

    private async Task FollowAsync(Func<Random, int, Task> writeAsync)
    {
        using var writersEnd = new CancellationTokenSource();
        var reading = Task.Run(() => ReadToTheEndAsync(writersEnd.Token));
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
        await using var session = _store.LightweightSession("acme");
        var ids = new List<Guid>();
        for (var streams = random.Next(1, 4); streams > 0; streams--)
        {
            var stream = session.Events.StartStream(
                Guid.NewGuid(), Enumerable.Range(0, random.Next(1, 5)).Select(_ => new LeadCaptured("web", DateTimeOffset.UnixEpoch)));
            ids.AddRange(stream.Events.Select(e => e.Id));
        }

        ((ITransactionParticipantRegistrar)session).AddTransactionParticipant(new Pausing(random.Next(PauseMsMax), Fails: step % 5 == 0));
        await session.SaveChangesAsync();
        foreach (var id in ids) _acknowledged[id] = true;
    }

    /// <summary>Draws, pauses, stores, pauses, and then commits or rolls back, by another program.</summary>
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
        catch (Exception e)
        {
            switch (StoreFailures.Cause(e))
            {
                case PostgresException { SqlState: PostgresErrorCodes.DivisionByZero }:
                    Interlocked.Increment(ref _rolledBack);
                    break;
                case NpgsqlException other when other is not PostgresException { SqlState: not PostgresErrorCodes.AdminShutdown }:
                case ObjectDisposedException:
                    Interlocked.Increment(ref _killed);
                    break;
                default:
                    throw;
            }
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

    private async Task<List<RecordedEvent>> ReadToTheEndAsync(CancellationToken writersEnd)
    {
        var log = new LogScan(_database.DataSource);
        await using var connection = await _database.DataSource.OpenConnectionAsync(CancellationToken.None);
        var read = new List<RecordedEvent>();
        for (var after = 0L; ;)
        {
            var writersHadEnded = writersEnd.IsCancellationRequested;
            var end = await log.FindEndAsync(CancellationToken.None);
            end.ShouldBeGreaterThanOrEqualTo(after);
            await LogScan.VisitAsync(connection, new(after, end), read.Add, _ => Task.CompletedTask, CancellationToken.None);
            after = end;
            if (writersHadEnded) return read;
        }
    }

    private async Task<List<Guid>> StoredAsync()
    {
        await using var command = _database.DataSource.CreateCommand("select id from mt_events where type <> 'tombstone' order by seq_id");
        await using var reader = await command.ExecuteReaderAsync();
        var stored = new List<Guid>();
        while (await reader.ReadAsync())
        {
            stored.Add(reader.GetGuid(0));
        }

        return stored;
    }

    private sealed record Pausing(int Milliseconds, bool Fails) : ITransactionParticipant
    {
        public async Task BeforeCommitAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken token)
        {
            await using var command = new NpgsqlCommand($"select pg_sleep({Milliseconds} / 1000.0){(Fails ? ", 1 / 0" : "")}", connection, transaction);
            await command.ExecuteNonQueryAsync(token);
        }
    }
}
