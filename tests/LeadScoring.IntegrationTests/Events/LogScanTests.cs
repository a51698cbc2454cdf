using LeadScoring.Domain.Leads;
using LeadScoring.Host.Events;
using LeadScoring.IntegrationTests.Setup;

namespace LeadScoring.IntegrationTests.Events;

/// <summary>The log's end is where nothing can appear any more, whoever writes. Each test has a database of its own: the log is one per database.</summary>
public sealed class LogScanTests : IAsyncLifetime
{
    private readonly MigratedDatabase _database = new();

    private LogScan Log => new(_database.DataSource);

    public Task InitializeAsync() => _database.InitializeAsync();

    public Task DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task An_empty_log_ends_at_0() => (await Log.FindEndAsync(default)).ShouldBe(0);

    [Fact]
    public async Task What_was_rolled_back_holds_nobody_up()
    {
        await AppendAsync(2);
        await using (var foreign = await ForeignWriter.OpenAsync(_database))
        {
            await foreign.DrawAsync();
            await foreign.RollbackAsync();
        }

        (await Log.FindEndAsync(default)).ShouldBe(2);
        await AppendAsync(1);
        (await ReadAsync(after: 0, await Log.FindEndAsync(default))).ShouldBe([1, 2, 4]);
    }

    [Fact]
    public async Task A_number_that_is_drawn_and_not_committed_is_waited_for()
    {
        await using var foreign = await ForeignWriter.OpenAsync(_database);
        var number = await foreign.DrawAsync();
        await AppendAsync(2);

        var end = Log.FindEndAsync(default);
        await Task.WhenAny(end, Task.Delay(200));
        end.IsCompleted.ShouldBeFalse();
        await foreign.StoreAsync(number);
        await foreign.CommitAsync();

        (await end).ShouldBe(3);
        (await ReadAsync(after: 0, await end)).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task A_transaction_that_appends_nothing_may_stay_open()
    {
        await using var reader = await _database.DataSource.OpenConnectionAsync();
        await using var open = await reader.BeginTransactionAsync();
        await using (var command = reader.CreateCommand())
        {
            command.CommandText = "create temporary table report as select count(*) from mt_events";
            await command.ExecuteNonQueryAsync();
        }

        await AppendAsync(2);

        (await Log.FindEndAsync(default)).ShouldBe(2);
    }

    [Fact]
    public async Task A_writer_that_hangs_makes_the_reader_fail_not_wait_for_ever()
    {
        await using var foreign = await ForeignWriter.OpenAsync(_database);
        await foreign.DrawAsync();

        await Should.ThrowAsync<TimeoutException>(() => new LogScan(_database.DataSource, TimeSpan.FromMilliseconds(50)).FindEndAsync(default));
    }

    private async Task AppendAsync(int events)
    {
        await using var session = _database.Documents.LightweightSession("acme");
        session.Events.StartStream(Guid.NewGuid(), Enumerable.Range(0, events).Select(_ => new LeadCaptured("web", DateTimeOffset.UnixEpoch)));
        await session.SaveChangesAsync();
    }

    private async Task<List<long>> ReadAsync(long after, long upTo)
    {
        var read = new List<long>();
        await using var connection = await _database.DataSource.OpenConnectionAsync();
        await LogScan.VisitAsync(connection, new(after, upTo), e => read.Add(e.Sequence), _ => Task.CompletedTask, default);
        return read;
    }
}
