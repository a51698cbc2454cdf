using LeadScoring.EventStore.Checkpoints;
using LeadScoring.IntegrationTests.Setup;
using Npgsql;

namespace LeadScoring.IntegrationTests.EventStore;

public sealed class CheckpointTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    private readonly Checkpoint _checkpoint = new($"Funnel{Guid.NewGuid():n}:All");

    [Fact]
    public async Task A_checkpoint_starts_at_0_and_moves_by_compare_and_set()
    {
        (await ReadAsync()).ShouldBe(0);
        await AdvanceAsync(0, 10);
        await AdvanceAsync(10, 10);
        await AdvanceAsync(10, 25);

        (await ReadAsync()).ShouldBe(25);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(11)]
    public async Task A_reader_whose_checkpoint_was_moved_is_fenced_and_its_work_rolled_back(long from)
    {
        await database.ExecuteAsync("create table if not exists work (checkpoint varchar)");
        await AdvanceAsync(0, 10);

        await Should.ThrowAsync<FencedException>(() => AdvanceAsync(from, 20, "insert into work values ($1)"));

        (await ReadAsync()).ShouldBe(10);
        (await database.ScalarAsync<long>("select count(*) from work where checkpoint = $1", _checkpoint.Name)).ShouldBe(0);
    }

    [Fact]
    public async Task Work_and_checkpoint_commit_in_one_batch()
    {
        await using var connection = await database.DataSource.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        var advancing = _checkpoint.Advancing(0, 10);
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { new("create table batched ()"), advancing } };
        await batch.ExecuteNonQueryAsync();
        _checkpoint.EnsureAdvanced(advancing, 0);
        await transaction.CommitAsync();

        (await ReadAsync()).ShouldBe(10);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    public async Task Of_two_contenders_exactly_one_moves_the_checkpoint_each_time(long start)
    {
        await AdvanceAsync(0, start);
        for (var from = start; from < start + 50; from++)
        {
            var position = from;
            var moved = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() => TryAdvanceAsync(position))));
            moved.Count(m => m).ShouldBe(1);
        }

        (await ReadAsync()).ShouldBe(start + 50);
    }

    [Theory]
    [InlineData("HighWaterMark")]
    [InlineData("HighWaterAllocationFence")]
    [InlineData("HighWaterStuckGap")]
    [InlineData("")]
    public void Martens_own_rows_and_an_empty_name_are_refused(string name) =>
        Should.Throw<ArgumentException>(() => new Checkpoint(name));

    [Fact]
    public void A_checkpoint_never_moves_back() =>
        Should.Throw<ArgumentOutOfRangeException>(() => _checkpoint.Advancing(10, 9));

    private Task<long> ReadAsync() => _checkpoint.ReadAsync(database.DataSource, CancellationToken.None);

    private async Task<bool> TryAdvanceAsync(long from)
    {
        try
        {
            await AdvanceAsync(from, from + 1);
            return true;
        }
        catch (FencedException)
        {
            return false;
        }
    }

    private async Task AdvanceAsync(long from, long to, string? work = null)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        if (work is not null)
        {
            await using var command = new NpgsqlCommand(work, connection) { Parameters = { new() { Value = _checkpoint.Name } } };
            await command.ExecuteNonQueryAsync();
        }

        await _checkpoint.AdvanceAsync(connection, from, to, CancellationToken.None);
        await transaction.CommitAsync();
    }
}
