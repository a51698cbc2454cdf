using System.Text;
using LeadScoring.EventStore;
using LeadScoring.IntegrationTests.Setup;
using Npgsql;
using static LeadScoring.IntegrationTests.EventStore.Sample;

namespace LeadScoring.IntegrationTests.EventStore;

public sealed class AppendTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    private readonly PostgresEventStore _store = new(database.DataSource);

    [Fact]
    public async Task What_was_appended_is_read_back_whole()
    {
        var stream = NewStream();
        var metadata = new EventMetadata("4bf92f3577b34da6a3ce929d0e0e4736", "command-7", "ann", "00-4bf9-00f0-01");
        var append = To(stream, after: 0, events: 2).By(metadata);

        (await _store.AppendAsync(append)).ShouldBe([Appended(2)]);

        var read = await _store.StreamAsync(stream);
        read.Select(e => e.Id).ShouldBe(append.Events.Select(e => e.Id));
        read.Select(e => e.Version).ShouldBe([1, 2]);
        read[1].Sequence.ShouldBe(read[0].Sequence + 1);
        read.ShouldAllBe(e => e.Stream == stream && e.Type == "engagement_recorded" && e.At == At && e.Metadata == metadata);
        read.Select(e => Encoding.UTF8.GetString(e.Body.Span)).ShouldAllBe(body => body == """{"Points": 15}""");
    }

    [Fact]
    public async Task A_stream_is_read_from_after_a_version_and_only_in_its_tenant()
    {
        var stream = NewStream("acme");
        var sameIdElsewhere = stream with { TenantId = "globex" };
        await _store.AppendAsync(To(stream, after: 0, events: 5), To(sameIdElsewhere, after: 0));

        (await _store.StreamAsync(stream, afterVersion: 3)).Select(e => e.Version).ShouldBe([4, 5]);
        (await _store.StreamAsync(stream, afterVersion: 5)).ShouldBeEmpty();
        (await _store.StreamAsync(sameIdElsewhere)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Rows_are_what_Marten_expects()
    {
        var stream = NewStream();
        await _store.AppendAsync(To(stream, after: 0));
        await _store.AppendAsync(
            To(stream, after: 1).By(new EventMetadata(null, null, "ann", null)) with { At = At.AddHours(1) });

        (await database.ScalarAsync<string>(
            "select format('%s|%s|%s|%s|%s', type, version, timestamp at time zone 'utc', created at time zone 'utc', is_archived)"
            + " from mt_streams where id = $1",
            stream.StreamId)).ShouldBe("lead|2|2026-03-01 13:00:00|2026-03-01 12:00:00|f");
        (await database.ScalarAsync<string>(
            "select string_agg(format('%s|%s|%s|%s|%s|%s', version, data->>'Points', mt_dotnet_type, headers, is_archived,"
            + " tenant_id), E'\n' order by version) from mt_events where stream_id = $1",
            stream.StreamId)).ShouldBe(
            "1|15|Leads.EngagementRecorded, Leads||f|acme\n2|15|Leads.EngagementRecorded, Leads|{\"actor\": \"ann\"}|f|acme");
    }

    [Fact]
    public async Task Losers_are_told_the_version_found_and_winners_of_the_same_call_are_stored()
    {
        var (hot, stale, ahead, fresh) = (NewStream(), NewStream(), NewStream(), NewStream());
        await _store.AppendAsync(To(hot, after: 0, events: 3), To(stale, after: 0, events: 2));

        var results = await _store.AppendAsync(
            To(hot, after: 3), To(stale, after: 1), To(ahead, after: 4), To(fresh, after: 0), To(NewStream(), after: 0));

        results.ShouldBe([Appended(4), VersionConflict(2), VersionConflict(0), Appended(1), Appended(1)]);
        (await _store.StreamAsync(stale)).Count.ShouldBe(2);
        (await _store.StreamAsync(ahead)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Creating_a_stream_that_exists_loses()
    {
        var stream = NewStream();
        await _store.AppendAsync(To(stream, after: 0, events: 3));

        (await _store.AppendAsync(To(stream, after: 0))).ShouldBe([VersionConflict(3)]);

        (await _store.StreamAsync(stream)).Count.ShouldBe(3);
        (await VersionRowAsync(stream)).ShouldBe(3);
    }

    [Fact]
    public async Task A_unit_with_a_version_loser_is_stored_not_at_all()
    {
        var (existing, created, stale, alone) = (NewStream(), NewStream(), NewStream(), NewStream());
        await _store.AppendAsync(To(existing, after: 0), To(stale, after: 0, events: 2));

        var results = await _store.AppendAsync(
            To(existing, after: 1).InUnit(7).Claiming(new KeyClaim("email", "unit@acme.test")),
            To(created, after: 0).InUnit(7),
            To(alone, after: 0),
            To(stale, after: 1).InUnit(7));

        results.ShouldBe([VersionConflict(1), VersionConflict(0), Appended(1), VersionConflict(2)]);
        (await _store.StreamAsync(existing)).Count.ShouldBe(1);
        (await _store.StreamAsync(created)).ShouldBeEmpty();
        await ShouldHaveNoTraceAsync(created);
        (await KeyHolderAsync("unit@acme.test")).ShouldBeNull();
    }

    [Fact]
    public async Task A_unit_whose_appends_all_win_is_stored_whole()
    {
        var (first, second) = (NewStream(), NewStream());

        (await _store.AppendAsync(To(first, after: 0, events: 2).InUnit(1), To(second, after: 0).InUnit(1)))
            .ShouldBe([Appended(2), Appended(1)]);
    }

    [Fact]
    public async Task Losers_draw_no_sequence_number()
    {
        var stream = NewStream();
        await _store.AppendAsync(
            To(stream, after: 0, events: 2).Claiming(new KeyClaim("email", "sequence@acme.test")));
        var before = await LastNumberAsync();

        var results = await _store.AppendAsync(
            To(stream, after: 1, events: 10),
            To(NewStream(), after: 0, events: 10).Claiming(new KeyClaim("email", "sequence@acme.test")),
            To(NewStream(), after: 0, events: 10).InUnit(1),
            To(NewStream(), after: 9, events: 10).InUnit(1));

        results.ShouldAllBe(r => r.Outcome != AppendOutcome.Appended);
        (await LastNumberAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task Winners_are_numbered_in_the_order_given_without_a_gap()
    {
        var streams = Enumerable.Range(0, 20).Select(_ => NewStream()).ToArray();
        var before = await LastNumberAsync();
        var appends = streams.Select((s, i) => To(s, after: i % 3 == 2 ? 5 : 0, events: 1 + (i % 4))).ToArray();

        var results = await _store.AppendAsync(appends);

        var winners = appends.Zip(results).Where(p => p.Second.Outcome == AppendOutcome.Appended).Select(p => p.First).ToList();
        winners.Count.ShouldBe(14);
        var page = await _store.ReadLogAsync(before, limit: 1000, CancellationToken.None);
        page.Events.Select(e => e.Id).ShouldBe(winners.SelectMany(w => w.Events).Select(e => e.Id));
        page.Events.Select(e => e.Sequence).ShouldBe(Enumerable.Range(1, page.Events.Count).Select(i => before + i));
    }

    [Fact]
    public async Task An_append_without_events_checks_the_version_and_writes_nothing()
    {
        var (existing, missing) = (NewStream(), NewStream());
        await _store.AppendAsync(To(existing, after: 0, events: 2));
        var before = await LastNumberAsync();

        var results = await _store.AppendAsync(To(existing, after: 2, events: 0), To(missing, after: 0, events: 0));
        results.ShouldBe([Appended(2), Appended(0)]);
        (await _store.AppendAsync(To(existing, after: 1, events: 0), To(missing, after: 1, events: 0)))
            .ShouldBe([VersionConflict(2), VersionConflict(0)]);

        (await LastNumberAsync()).ShouldBe(before);
        await ShouldHaveNoTraceAsync(missing);
    }

    [Fact]
    public async Task An_append_without_events_guards_its_unit()
    {
        var (guard, written) = (NewStream(), NewStream());
        await _store.AppendAsync(To(guard, after: 0, events: 2));

        (await _store.AppendAsync(To(guard, after: 1, events: 0).InUnit(1), To(written, after: 0).InUnit(1)))
            .ShouldBe([VersionConflict(2), VersionConflict(0)]);
        (await _store.AppendAsync(To(guard, after: 2, events: 0).InUnit(1), To(written, after: 0).InUnit(1)))
            .ShouldBe([Appended(2), Appended(1)]);
    }

    [Fact]
    public async Task A_call_without_appends_is_answered_with_no_results() => (await _store.AppendAsync()).ShouldBeEmpty();

    [Fact]
    public async Task An_append_with_a_stored_event_id_loses_and_the_others_are_stored()
    {
        var (first, other, retry, fresh) = (NewStream(), NewStream(), NewStream(), NewStream());
        var stored = To(first, after: 0);
        await _store.AppendAsync(stored, To(retry, after: 0));
        var before = await LastNumberAsync();

        var results = await _store.AppendAsync(
            To(other, after: 0),
            To(retry, after: 1) with { Events = [Event(), stored.Events[0]] },
            To(fresh, after: 0) with { Events = [stored.Events[0]], Claims = [new KeyClaim("email", "duplicate@acme.test")] });

        results.ShouldBe([Appended(1), DuplicateEvent(1), DuplicateEvent(0)]);
        (await LastNumberAsync()).ShouldBe(before + 1);
        (await _store.StreamAsync(retry)).Count.ShouldBe(1);
        (await VersionRowAsync(retry)).ShouldBe(1);
        await ShouldHaveNoTraceAsync(fresh);
        (await KeyHolderAsync("duplicate@acme.test")).ShouldBeNull();
    }

    [Fact]
    public async Task A_unit_with_a_stored_event_id_is_stored_not_at_all()
    {
        var (first, existing, created) = (NewStream(), NewStream(), NewStream());
        var stored = To(first, after: 0);
        await _store.AppendAsync(stored, To(existing, after: 0));

        (await _store.AppendAsync(
            To(existing, after: 1).InUnit(1),
            To(created, after: 0).InUnit(1) with { Events = stored.Events }))
            .ShouldBe([DuplicateEvent(1), DuplicateEvent(0)]);

        (await _store.StreamAsync(existing)).Count.ShouldBe(1);
        await ShouldHaveNoTraceAsync(created);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_several_reasons_to_lose_the_gravest_is_told(bool inUnits)
    {
        var key = new KeyClaim("email", $"gravest-{inUnits}@acme.test");
        var (holder, archived, stale, claiming) = (NewStream(), NewStream(), NewStream(), NewStream());
        var stored = To(holder, after: 0).Claiming(key);
        await _store.AppendAsync(stored, To(archived, after: 0, events: 2), To(stale, after: 0, events: 2), To(claiming, after: 0));
        await database.ExecuteAsync("update mt_streams set is_archived = true where id = $1", archived.StreamId);
        StreamAppend Losing(StreamKey stream) => To(stream, after: 1).Claiming(key) with { Events = stored.Events };
        StreamAppend[] appends = [Losing(archived), Losing(stale), Losing(claiming)];

        // A guard makes the whole call be judged as units are.
        var results = await _store.AppendAsync(inUnits ? [.. appends, To(NewStream(), after: 0, events: 0)] : appends);

        results[..3].ShouldBe([Archived(2), VersionConflict(2), KeyConflict(1)]);
    }

    [Fact]
    public async Task One_event_id_twice_in_a_call_is_refused()
    {
        var @event = Event();

        await Should.ThrowAsync<DuplicateEventIdException>(() =>
            _store.AppendAsync(To(NewStream(), after: 0) with { Events = [@event, @event] }));
    }

    [Fact]
    public async Task A_call_repeated_after_an_unknown_outcome_loses_to_its_own_first_run()
    {
        var append = To(NewStream(), after: 0).Claiming(new KeyClaim("email", "twice@acme.test"));
        await _store.AppendAsync(append);
        await _store.AppendAsync(To(append.Stream, after: 1));

        (await _store.AppendAsync(append)).ShouldBe([VersionConflict(2)]);

        (await _store.StreamAsync(append.Stream)).Count.ShouldBe(2);
        (await KeyHolderAsync("twice@acme.test")).ShouldBe(append.Stream.StreamId);
    }

    [Fact]
    public async Task An_archived_stream_takes_no_more_events()
    {
        var (archived, unitMate) = (NewStream(), NewStream());
        await _store.AppendAsync(To(archived, after: 0, events: 2));
        await database.ExecuteAsync("update mt_streams set is_archived = true where id = $1", archived.StreamId);

        (await _store.AppendAsync(To(archived, after: 2).InUnit(1), To(unitMate, after: 0).InUnit(1)))
            .ShouldBe([Archived(2), Archived(0)]);
        (await _store.StreamAsync(archived)).Count.ShouldBe(2);
        await ShouldHaveNoTraceAsync(unitMate);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Companions_are_told_the_losers_and_commit_with_the_append(bool inUnits)
    {
        var seen = $"seen_{inUnits}";
        await database.ExecuteAsync($"create table {seen} (lost bigint[])");
        var stale = NewStream();
        await _store.AppendAsync(To(stale, after: 0, events: 2));

        await AppendAsync(To(NewStream(), after: 0), To(stale, after: 1), To(NewStream(), after: 0), To(NewStream(), after: 1));
        (await LostAsync()).ShouldBe([2, 4]);
        await AppendAsync(To(NewStream(), after: 0));
        (await LostAsync()).ShouldBeEmpty();

        Task AppendAsync(params StreamAppend[] appends) => _store.AppendAsync(
            inUnits ? [.. appends, To(NewStream(), after: 0, events: 0)] : appends,
            [new($"insert into {seen} values (current_setting('leadscoring.lost_appends')::bigint[])")],
            CancellationToken.None);

        Task<long[]> LostAsync() => database.ScalarAsync<long[]>($"with read as (delete from {seen} returning lost) select lost from read");
    }

    [Fact]
    public async Task A_companion_that_fails_takes_the_append_back()
    {
        var stream = NewStream();
        var claiming = To(stream, after: 0).Claiming(new KeyClaim("email", "rolled-back@acme.test"));

        var failure = await Should.ThrowAsync<PostgresException>(() =>
            _store.AppendAsync([claiming], [new NpgsqlBatchCommand("select 1 / 0")], CancellationToken.None));

        failure.SqlState.ShouldBe(PostgresErrorCodes.DivisionByZero);
        await ShouldHaveNoTraceAsync(stream);
        (await KeyHolderAsync("rolled-back@acme.test")).ShouldBeNull();
    }

    [Fact]
    public async Task A_cancelled_append_stores_nothing_and_leaves_the_store_usable()
    {
        var (blocked, created) = (NewStream(), NewStream());
        await _store.AppendAsync(To(blocked, after: 0));
        await using var rival = await database.DataSource.OpenConnectionAsync();
        await using var holding = await rival.BeginTransactionAsync();
        await using (var hold = new NpgsqlCommand($"select from mt_streams where id = '{blocked.StreamId}' for update", rival))
        {
            await hold.ExecuteNonQueryAsync();
        }

        using var cancel = new CancellationTokenSource();
        var append = _store.AppendAsync([To(blocked, after: 1), To(created, after: 0)], NoCompanions, cancel.Token);
        await database.UntilWaitingForLockAsync(rival);
        await cancel.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => append);
        await holding.RollbackAsync();
        await ShouldHaveNoTraceAsync(created);
        (await _store.AppendAsync(To(blocked, after: 1))).ShouldBe([Appended(2)]);
    }

    [Fact]
    public async Task Every_rule_of_a_call_is_checked_before_the_database_is_asked()
    {
        var stream = NewStream();
        var tooLarge = new NewEvent(Guid.NewGuid(), "large", "Large, Leads", new byte[(1 << 20) + 1], EventMetadata.None);

        await ShouldBeRefusedAsync("twice", To(stream, after: 0), To(stream, after: 1));
        await ShouldBeRefusedAsync("below 0", To(stream, after: -1));
        await ShouldBeRefusedAsync("without an event", To(stream, after: 0, events: 0).Claiming(new KeyClaim("email", "a@b.test")));
        await ShouldBeRefusedAsync("bytes", To(stream, after: 0) with { Events = [tooLarge] });
        await ShouldBeRefusedAsync("events in one call", To(stream, after: 0, events: 10_001));
        await ShouldBeRefusedAsync("streams", [.. Enumerable.Range(0, 1_001).Select(_ => To(NewStream(), after: 0, events: 0))]);

        async Task ShouldBeRefusedAsync(string reason, params StreamAppend[] appends) =>
            (await Should.ThrowAsync<ArgumentException>(() => _store.AppendAsync(appends))).Message.ShouldContain(reason);
    }

    private Task<long> LastNumberAsync() =>
        database.ScalarAsync<long>("select case when is_called then last_value else 0 end from mt_events_sequence");

    private Task<long> VersionRowAsync(StreamKey stream) =>
        database.ScalarAsync<long>("select version from mt_streams where id = $1", stream.StreamId);

    private async Task<Guid?> KeyHolderAsync(string value) =>
        await database.ScalarAsync<object?>("select (select stream_id from stream_key where value = $1)", value) as Guid?;

    private async Task ShouldHaveNoTraceAsync(StreamKey stream) => (await database.ScalarAsync<long>(
        "select (select count(*) from mt_streams where id = $1) + (select count(*) from mt_events where stream_id = $1)"
        + " + (select count(*) from stream_key where stream_id = $1)",
        stream.StreamId)).ShouldBe(0);
}
