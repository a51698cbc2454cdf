using LeadScoring.Host.Scoring.Models;
using LeadScoring.Domain.Scoring;
using LeadScoring.EventStore.Events;
using LeadScoring.Host.Leads.Rebuilding;
using LeadScoring.IntegrationTests.Setup;
using LeadScoring.IntegrationTests.Writing;
using Npgsql;
using static LeadScoring.IntegrationTests.Writing.WriterHarness;

namespace LeadScoring.IntegrationTests.Leads;

/// <summary>All rows made anew beside the live table, which is then replaced.</summary>
public sealed class RebuildFromLogTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    private const string Rows =
        """
        select coalesce(string_agg(
          concat_ws('|', tenant_id, id, version, stage, grade, score, score_as_of, refresh_due_at, model_id, owner, sources, campaigns,
            last_engaged_at, updated_at, timer_due_at, state::text), E'\n' order by id), '')
        from lead where tenant_id = $1
        """;

    private const string Keys =
        "select coalesce(string_agg(concat_ws('|', tenant_id, kind, value, stream_id), E'\n' order by kind, value), '') from stream_key where tenant_id = $1";

    private static readonly RebuildBounds Tiny = new() { LeadsPerShardMax = 3 };

    [Theory]
    [InlineData(3)]
    [InlineData(200_000)]
    public async Task What_the_log_tells_is_what_the_streams_tell_one_by_one(int leadsPerShardMax)
    {
        var tenant = $"same-{leadsPerShardMax}";
        await using var service = await StartAsync(database);
        await SeededLeads.EventfulAsync(service, tenant);
        for (var i = 0; i < 40; i++) await SeededLeads.SimpleAsync(service, tenant, $"p{i}");
        await TooLateToPlaceAsync(service, tenant);
        await ForeignAsync(tenant, await SeededLeads.SimpleAsync(service, tenant, "painted"));
        await database.ExecuteAsync(
            "update mt_streams set is_archived = true where tenant_id = $1 and id = $2", tenant, await SeededLeads.SimpleAsync(service, tenant, "archived"));
        var clock = new SetClock(DateTimeOffset.UtcNow);
        await new Rebuild(service.DataSource, service.Streams, TenantModels.Only(ScoringModelDocument.Default), clock)
            .RunAsync(new StreamScope(tenant, null), new(), default);
        var (rows, keys) = (await database.ScalarAsync<string>(Rows, tenant), await database.ScalarAsync<string>(Keys, tenant));
        await database.ExecuteAsync("update lead set version = 1, stage = 'customer'");
        await database.ExecuteAsync("delete from lead where id in (select id from lead order by id limit 10)");
        await database.ExecuteAsync("delete from stream_key where kind = 'email'");

        var result = await new Rebuild(
            service.DataSource, service.Streams, TenantModels.Only(ScoringModelDocument.Default), clock, new() { LeadsPerShardMax = leadsPerShardMax })
            .RunAsync(StreamScope.All, new(), default);

        (await database.ScalarAsync<string>(Rows, tenant)).ShouldBe(rows);
        (await database.ScalarAsync<string>(Keys, tenant)).ShouldBe(keys);
        rows.Split('\n').Length.ShouldBe(44);
        result.ClaimsRestored.ShouldBeGreaterThanOrEqualTo(43);
        result.ClaimsRemoved.ShouldBe(0);
        (await VerifyAsync(service, new StreamScope(tenant, null))).ShouldBeEmpty();
    }

    [Fact]
    public async Task Rows_and_keys_no_event_speaks_of_are_gone_and_a_stolen_key_goes_back()
    {
        const string tenant = "strange";
        await using var service = await StartAsync(database);
        var owner = await SeededLeads.SimpleAsync(service, tenant, "owner");
        var thief = await SeededLeads.SimpleAsync(service, tenant, "thief");
        await database.ExecuteAsync("update stream_key set stream_id = $2 where tenant_id = $1 and value = 'owner@example.com'", tenant, thief);
        await database.ExecuteAsync("insert into stream_key values ($1, 'email', 'ghost@example.com', gen_random_uuid())", tenant);
        await database.ExecuteAsync("insert into stream_key values ($1, 'email', 'extra@example.com', $2)", tenant, owner);
        await database.ExecuteAsync(
            """
            insert into lead
            select tenant_id, gen_random_uuid(), version, stage, grade, score, score_as_of, refresh_due_at, model_id, owner, sources,
              campaigns, last_engaged_at, updated_at, state
            from lead where tenant_id = $1 and id = $2
            """,
            tenant,
            owner);

        var result = await RebuildAsync(service);

        (result.RowsRemoved, result.ClaimsRemoved).ShouldBe((1, 3));
        (await database.ScalarAsync<Guid>("select stream_id from stream_key where tenant_id = $1 and value = 'owner@example.com'", tenant))
            .ShouldBe(owner);
        (await VerifyAsync(service, new StreamScope(tenant, null))).ShouldBeEmpty();
        (await VerifyAsync(service, StreamScope.All)).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_written_while_the_table_cannot_be_replaced_is_in_the_table_that_replaces_it()
    {
        const string tenant = "meanwhile";
        await using var service = await StartAsync(database);
        var known = await SeededLeads.SimpleAsync(service, tenant, "known");
        await using var holder = await database.DataSource.OpenConnectionAsync();
        await using var use = await HoldLeadAsync(holder);

        var rebuild = RebuildAsync(service);
        await database.UntilWaitingForLockAsync(holder);
        await service.RecordAsync(Engagement("more", email: "known@example.com"), tenant);
        var captured = await SeededLeads.SimpleAsync(service, tenant, "captured");
        await TooLateToPlaceAsync(service, tenant);
        var before = await LeadTableAsync();
        await use.CommitAsync();
        await rebuild;

        (await LeadTableAsync()).ShouldNotBe(before);
        (await database.ScalarAsync<long>("select version from lead where id = $1", known)).ShouldBe(4);
        (await database.ScalarAsync<long>("select version from lead where id = $1", captured)).ShouldBe(3);
        (await VerifyAsync(service, StreamScope.All)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_killed_rebuild_leaves_the_live_table_as_it_was_and_the_next_one_succeeds()
    {
        const string tenant = "killed";
        await using var service = await StartAsync(database);
        await SeededLeads.SimpleAsync(service, tenant);
        await database.ExecuteAsync("update lead set stage = 'customer' where tenant_id = $1", tenant);
        var (table, rows) = (await LeadTableAsync(), await database.ScalarAsync<string>(Rows, tenant));

        await using (var holder = await database.DataSource.OpenConnectionAsync())
        {
            await using var use = await HoldLeadAsync(holder);
            var rebuild = RebuildAsync(service);
            await database.UntilWaitingForLockAsync(holder);
            await database.ExecuteAsync(
                "select pg_terminate_backend(pid) from pg_stat_activity where $1 = any(pg_blocking_pids(pid))", holder.ProcessID);
            await Should.ThrowAsync<NpgsqlException>(() => rebuild);
        }

        (await LeadTableAsync()).ShouldBe(table);
        (await database.ScalarAsync<string>(Rows, tenant)).ShouldBe(rows);
        (await database.ScalarAsync<bool>("select to_regclass('lead_rebuild') is not null")).ShouldBeTrue();

        await RebuildAsync(service);

        (await database.ScalarAsync<bool>("select to_regclass('lead_rebuild') is null")).ShouldBeTrue();
        (await VerifyAsync(service, new StreamScope(tenant, null))).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_body_that_cannot_be_read_stops_the_rebuild_before_anything_is_changed()
    {
        const string tenant = "unreadable";
        await using var service = await StartAsync(database);
        var id = await SeededLeads.SimpleAsync(service, tenant);
        var body = await database.ScalarAsync<string>("select data::text from mt_events where stream_id = $1 and version = 2", id);
        var table = await LeadTableAsync();
        await database.ExecuteAsync("update mt_events set data = '{\"At\": 5}' where stream_id = $1 and version = 2", id);

        await Should.ThrowAsync<UnreadableEventException>(() => RebuildAsync(service));

        (await LeadTableAsync()).ShouldBe(table);
        (await database.ScalarAsync<bool>("select to_regclass('lead_rebuild') is null")).ShouldBeTrue();
        (await VerifyAsync(service, StreamScope.All)).ShouldHaveSingleItem().Lead.StreamId.ShouldBe(id);
        await database.ExecuteAsync("update mt_events set data = $2::jsonb where stream_id = $1 and version = 2", id, body);
        await RebuildAsync(service);
    }

    [Fact]
    public async Task Two_rebuilds_of_all_leads_do_not_run_at_once()
    {
        await using var service = await StartAsync(database);
        await SeededLeads.SimpleAsync(service, "once");
        await using var holder = await database.DataSource.OpenConnectionAsync();
        await using var use = await HoldLeadAsync(holder);
        var first = RebuildAsync(service);
        await database.UntilWaitingForLockAsync(holder);

        await Should.ThrowAsync<RebuildRefused>(() => RebuildAsync(service));

        await use.CommitAsync();
        await first;
        await RebuildAsync(service);
    }

    [Fact]
    public async Task The_new_table_has_the_indexes_settings_and_privileges_of_the_old_one()
    {
        const string shape =
            """
            select concat_ws(
              E'\n',
              (select string_agg(indexdef, E'\n' order by indexname) from pg_indexes where tablename = 'lead'),
              (select concat_ws(' ', relname, reloptions, relacl, relowner) from pg_class where oid = 'lead'::regclass),
              (select string_agg(concat_ws(' ', conname, pg_get_constraintdef(oid)), E'\n' order by conname) from pg_constraint where conrelid = 'lead'::regclass),
              (select string_agg(concat_ws(' ', column_name, data_type, is_nullable, column_default), E'\n' order by ordinal_position)
               from information_schema.columns where table_name = 'lead'))
            """;
        await using var service = await StartAsync(database);
        await SeededLeads.SimpleAsync(service, "shape");
        await database.ExecuteAsync("grant select on lead to public");
        await database.ExecuteAsync("alter table lead set (autovacuum_vacuum_scale_factor = 0.05)");
        var (before, table) = (await database.ScalarAsync<string>(shape), await LeadTableAsync());

        await RebuildAsync(service);

        (await LeadTableAsync()).ShouldNotBe(table);
        (await database.ScalarAsync<string>(shape)).ShouldBe(before);
        before.ShouldContain("lead_pkey");
        before.ShouldContain("=r/");
    }

    [Fact]
    public async Task Statements_prepared_before_the_swap_read_and_write_the_table_that_is_live_after_it()
    {
        const string tenant = "prepared";
        await using var service = await StartAsync(database);
        var id = await SeededLeads.SimpleAsync(service, tenant);
        await using var connection = await database.DataSource.OpenConnectionAsync();
        await using var write = new NpgsqlCommand("update lead set owner = $2 where id = $1", connection)
        {
            Parameters = { new NpgsqlParameter<Guid> { TypedValue = id }, new NpgsqlParameter<string> { TypedValue = "before" } },
        };
        await using var read = new NpgsqlCommand("select owner from lead where id = $1", connection)
        {
            Parameters = { new NpgsqlParameter<Guid> { TypedValue = id } },
        };
        await write.PrepareAsync();
        await read.PrepareAsync();
        for (var i = 0; i < 10; i++) await write.ExecuteNonQueryAsync();
        for (var i = 0; i < 10; i++) (await read.ExecuteScalarAsync()).ShouldBe("before");

        await RebuildAsync(service);

        (await read.ExecuteScalarAsync()).ShouldBe(DBNull.Value);
        write.Parameters[1].Value = "after";
        (await write.ExecuteNonQueryAsync()).ShouldBe(1);
        (await database.ScalarAsync<string>("select owner from lead where id = $1", id)).ShouldBe("after");
        await database.ExecuteAsync("update lead set owner = null where id = $1", id);
    }

    [Fact]
    public async Task Two_writing_services_lose_nothing_while_the_table_is_replaced_again_and_again()
    {
        const string tenant = "online";
        await using var one = await StartAsync(database);
        await using var two = await StartAsync(database);
        using var enough = new CancellationTokenSource();
        var written = 0;
        var writers = Enumerable.Range(0, 4).Select(w => Task.Run(async () =>
        {
            for (var i = 0; !enough.IsCancellationRequested; i++)
            {
                var service = i % 2 == 0 ? one : two;
                var outcome = await service.RecordAsync(Engagement($"w{w}-{i}", email: $"p{i % 30}@example.com", type: "email_clicked"), tenant);
                outcome.Refusal.ShouldBeNull();
                Interlocked.Increment(ref written);
            }
        })).ToList();

        for (var i = 0; i < 5 || Volatile.Read(ref written) < 500; i++) await RebuildAsync(one);
        await enough.CancelAsync();
        await Task.WhenAll(writers);

        (await VerifyAsync(one, new StreamScope(tenant, null))).ShouldBeEmpty();
        (await VerifyAsync(one, StreamScope.All)).ShouldBeEmpty();
        (await database.ScalarAsync<long>("select count(*) from mt_events where tenant_id = $1 and type = 'engagement_recorded'", tenant))
            .ShouldBe(written);
    }

    /// <summary>More days of a frequency-capped rule than a row remembers, and then an arrival from before all of them.</summary>
    private static async Task TooLateToPlaceAsync(WriterHarness service, string tenant)
    {
        var today = new DateTimeOffset(DateTimeOffset.UtcNow.Date, TimeSpan.Zero);
        foreach (var daysAgo in Enumerable.Range(1, ScoreState.FrequencyDaysMax + 1).Reverse().Append(ScoreState.FrequencyDaysMax + 5))
        {
            await service.RecordAsync(
                Engagement($"opened-{daysAgo}", email: "late@example.com", type: "email_opened", occurredAt: today.AddDays(-daysAgo)), tenant);
        }
    }

    /// <summary>An event of a type the service does not know in a lead's stream, and a stream that is not a lead's.</summary>
    private async Task ForeignAsync(string tenant, Guid lead)
    {
        await database.ExecuteAsync(
            """
            insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, is_archived)
            values (nextval('mt_events_sequence'), gen_random_uuid(), $1, 4, '{}', 'lead_painted', now(), $2, false)
            """,
            lead,
            tenant);
        await database.ExecuteAsync("update mt_streams set version = 4 where tenant_id = $1 and id = $2", tenant, lead);
        var order = Guid.NewGuid();
        await database.ExecuteAsync("insert into mt_streams (tenant_id, id, type, version) values ($1, $2, 'order', 1)", tenant, order);
        await database.ExecuteAsync(
            """
            insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, is_archived)
            values (nextval('mt_events_sequence'), gen_random_uuid(), $1, 1, '{}', 'lead_captured', now(), $2, false)
            """,
            order,
            tenant);
    }

    private static async Task<NpgsqlTransaction> HoldLeadAsync(NpgsqlConnection connection)
    {
        var transaction = await connection.BeginTransactionAsync();
        await using var command = new NpgsqlCommand("lock table lead in access share mode", connection);
        await command.ExecuteNonQueryAsync();
        return transaction;
    }

    private Task<uint> LeadTableAsync() => database.ScalarAsync<uint>("select 'lead'::regclass::oid");

    private static Task<RebuildResult> RebuildAsync(WriterHarness service) =>
        new Rebuild(service.DataSource, service.Streams, TenantModels.Only(ScoringModelDocument.Default), TimeProvider.System, Tiny)
            .RunAsync(StreamScope.All, new(), default);

    private static async Task<IReadOnlyList<Difference>> VerifyAsync(WriterHarness service, StreamScope scope) =>
        (await new Verify(service.DataSource, service.Streams, TenantModels.Only(ScoringModelDocument.Default), Tiny).RunAsync(scope, new(), default)).Shown;
}
