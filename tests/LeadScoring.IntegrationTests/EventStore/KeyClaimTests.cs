using LeadScoring.EventStore;
using LeadScoring.IntegrationTests.Setup;
using Npgsql;
using static LeadScoring.IntegrationTests.EventStore.Sample;

namespace LeadScoring.IntegrationTests.EventStore;

public sealed class KeyClaimTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    private readonly PostgresEventStore _store = new(database.DataSource);

    [Fact]
    public async Task A_key_belongs_to_the_stream_that_claimed_it_first()
    {
        var key = NewKey();
        var (holder, rival) = (NewStream(), NewStream());
        await _store.AppendAsync(To(holder, after: 0).Claiming(key));
        await _store.AppendAsync(To(rival, after: 0, events: 2));

        (await _store.AppendAsync(To(rival, after: 2).Claiming(key))).ShouldBe([KeyConflict(2)]);

        (await HolderAsync(key)).ShouldBe(holder.StreamId);
        (await _store.StreamAsync(rival)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_stream_may_claim_its_key_again()
    {
        var key = NewKey();
        var stream = NewStream();
        await _store.AppendAsync(To(stream, after: 0).Claiming(key, key));

        (await _store.AppendAsync(To(stream, after: 1).Claiming(key))).ShouldBe([Appended(2)]);

        (await HolderAsync(key)).ShouldBe(stream.StreamId);
    }

    [Fact]
    public async Task A_key_is_one_per_tenant_and_kind()
    {
        var key = NewKey();

        (await _store.AppendAsync(
            To(NewStream("acme"), after: 0).Claiming(key),
            To(NewStream("globex"), after: 0).Claiming(key),
            To(NewStream("acme"), after: 0).Claiming(key with { Kind = "external_id" })))
            .ShouldBe([Appended(1), Appended(1), Appended(1)]);
    }

    [Fact]
    public async Task Of_two_claims_of_a_key_in_one_call_the_first_wins()
    {
        var key = NewKey();
        var (first, second) = (NewStream(), NewStream());

        (await _store.AppendAsync(To(first, after: 0).Claiming(key), To(second, after: 0).Claiming(key)))
            .ShouldBe([Appended(1), KeyConflict(0)]);

        (await HolderAsync(key)).ShouldBe(first.StreamId);
        await ShouldHaveNoTraceAsync(second);
    }

    [Fact]
    public async Task A_loser_of_one_key_keeps_none_of_the_others()
    {
        var (taken, free, unitMatesKey) = (NewKey(), NewKey(), NewKey());
        var (loser, unitMate, existing) = (NewStream(), NewStream(), NewStream());
        await _store.AppendAsync(To(NewStream(), after: 0).Claiming(taken), To(existing, after: 0));

        (await _store.AppendAsync(
            To(loser, after: 0).Claiming(free, taken).InUnit(1),
            To(unitMate, after: 0).Claiming(unitMatesKey).InUnit(1),
            To(existing, after: 1).InUnit(1)))
            .ShouldBe([KeyConflict(0), KeyConflict(0), KeyConflict(1)]);

        await ShouldHaveNoTraceAsync(loser);
        await ShouldHaveNoTraceAsync(unitMate);
        (await _store.StreamAsync(existing)).Count.ShouldBe(1);
        (await HolderAsync(free)).ShouldBeNull();
        (await _store.AppendAsync(To(NewStream(), after: 0).Claiming(free))).ShouldBe([Appended(1)]);
    }

    [Fact]
    public async Task A_losers_earlier_keys_stay_its_own()
    {
        var (earlier, taken) = (NewKey(), NewKey());
        var stream = NewStream();
        await _store.AppendAsync(To(stream, after: 0).Claiming(earlier), To(NewStream(), after: 0).Claiming(taken));

        (await _store.AppendAsync(To(stream, after: 1).Claiming(earlier, taken))).ShouldBe([KeyConflict(1)]);

        (await HolderAsync(earlier)).ShouldBe(stream.StreamId);
    }

    [Fact]
    public async Task A_claim_waits_for_an_uncommitted_rival_and_loses_when_it_commits()
    {
        var key = NewKey();
        var holder = NewStream();
        await using var rival = await database.DataSource.OpenConnectionAsync();
        await using var claiming = await rival.BeginTransactionAsync();
        await ClaimAsync(rival, key, holder);

        var append = _store.AppendAsync(To(NewStream(), after: 0).Claiming(key));
        await database.UntilWaitingForLockAsync(rival);
        await claiming.CommitAsync();

        (await append).ShouldBe([KeyConflict(0)]);
        (await HolderAsync(key)).ShouldBe(holder.StreamId);
    }

    [Fact]
    public async Task A_claim_waits_for_an_uncommitted_rival_and_wins_when_it_rolls_back()
    {
        var key = NewKey();
        var stream = NewStream();
        await using var rival = await database.DataSource.OpenConnectionAsync();
        await using var claiming = await rival.BeginTransactionAsync();
        await ClaimAsync(rival, key, NewStream());

        var append = _store.AppendAsync(To(stream, after: 0).Claiming(key));
        await database.UntilWaitingForLockAsync(rival);
        await claiming.RollbackAsync();

        (await append).ShouldBe([Appended(1)]);
        (await HolderAsync(key)).ShouldBe(stream.StreamId);
    }

    [Fact]
    public async Task Of_many_stores_that_race_for_keys_exactly_one_wins_each_and_nobody_deadlocks()
    {
        const int Rivals = 8;
        const int Rounds = 25;
        for (var round = 0; round < Rounds; round++)
        {
            var keys = Enumerable.Range(0, 12).Select(_ => NewKey()).ToArray();
            var streams = Enumerable.Range(0, Rivals).Select(_ => NewStream()).ToArray();

            // Each rival claims all keys, one stream for each half, in an order of its own.
            var results = await Task.WhenAll(streams.Select((stream, i) => Task.Run(() =>
            {
                var shuffled = keys.ToArray();
                new Random((round * Rivals) + i).Shuffle(shuffled);
                return new PostgresEventStore(database.DataSource).AppendAsync(To(stream, after: 0).Claiming(shuffled));
            })));

            var winner = results.ToList().FindIndex(r => r[0] == Appended(1));
            results.Where((_, i) => i != winner).ShouldAllBe(r => r[0] == KeyConflict(0));
            var holders = await Task.WhenAll(keys.Select(HolderAsync));
            holders.ShouldAllBe(h => h == streams[winner].StreamId);
        }

        (await database.ScalarAsync<long>(
            "select count(*) from mt_streams s where not exists (select from mt_events e where e.stream_id = s.id)")).ShouldBe(0);
    }

    private static KeyClaim NewKey() => new("email", $"{Guid.NewGuid():n}@acme.test");

    private static async Task ClaimAsync(NpgsqlConnection connection, KeyClaim key, StreamKey stream)
    {
        await using var claim = new NpgsqlCommand("insert into stream_key values ($1, $2, $3, $4)", connection)
        {
            Parameters =
            {
                new() { Value = stream.TenantId },
                new() { Value = key.Kind },
                new() { Value = key.Value },
                new() { Value = stream.StreamId },
            },
        };
        await claim.ExecuteNonQueryAsync();
    }

    private async Task<Guid?> HolderAsync(KeyClaim key) => await database.ScalarAsync<object?>(
        "select (select stream_id from stream_key where tenant_id = 'acme' and kind = $1 and value = $2)",
        key.Kind, key.Value) as Guid?;

    private async Task ShouldHaveNoTraceAsync(StreamKey stream) => (await database.ScalarAsync<long>(
        "select (select count(*) from mt_streams where id = $1) + (select count(*) from mt_events where stream_id = $1)"
        + " + (select count(*) from stream_key where stream_id = $1)",
        stream.StreamId)).ShouldBe(0);
}
