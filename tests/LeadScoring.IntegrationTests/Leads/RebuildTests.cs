using LeadScoring.Host.Events;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.Domain.Scoring;
using LeadScoring.Host.Leads.Rebuilding;
using LeadScoring.IntegrationTests.Faults;
using LeadScoring.IntegrationTests.Setup;
using LeadScoring.IntegrationTests.Writing;
using Npgsql;
using static LeadScoring.IntegrationTests.Writing.WriterHarness;

namespace LeadScoring.IntegrationTests.Leads;

/// <summary>Rows and keys made from the log again.</summary>
public sealed class RebuildTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    private const string RowsOf =
        """
        select coalesce(string_agg(
          concat_ws('|', id, mt_version, stage, grade, model_id, owner, data -> 'Lead' ->> 'Engagements', last_engaged_at, updated_at), E'\n' order by id), '')
        from mt_doc_lead where tenant_id = $1
        """;

    private const string KeysOf =
        "select coalesce(string_agg(concat_ws('|', id, lead_id), E'\n' order by id), '') from mt_doc_lead_identity where tenant_id = $1";

    [Fact]
    public async Task What_is_rebuilt_from_nothing_equals_what_was_there()
    {
        const string tenant = "scratch";
        await using var service = await StartAsync(database);
        await SeededLeads.EventfulAsync(service, tenant);
        for (var i = 0; i < 250; i++) await SeededLeads.SimpleAsync(service, tenant, $"p{i}");
        var rows = await database.ScalarAsync<string>(RowsOf, tenant);
        var keys = await database.ScalarAsync<string>(KeysOf, tenant);
        await database.ExecuteAsync("delete from mt_doc_lead where tenant_id = $1", tenant);
        await database.ExecuteAsync("delete from mt_doc_lead_identity where tenant_id = $1", tenant);

        var result = await RebuildAsync(service, new LeadScope(tenant, null));

        rows.Split('\n').Length.ShouldBe(251);
        (await database.ScalarAsync<string>(RowsOf, tenant)).ShouldBe(rows);
        (await database.ScalarAsync<string>(KeysOf, tenant)).ShouldBe(keys);
        (result.Leads, result.IdentitiesRestored).ShouldBe((251L, 253L));
        (await VerifyAsync(service, tenant)).ShouldBeEmpty();
        var again = await RebuildAsync(service, new LeadScope(tenant, null));
        (again.DocumentsRemoved, again.IdentitiesRemoved, again.IdentitiesRestored).ShouldBe((0, 0, 0));
    }

    [Fact]
    public async Task Martens_own_rebuild_gives_the_same_documents()
    {
        string[] tenants = ["north", "south"];
        var own = new MigratedDatabase();
        await own.InitializeAsync();
        await using (var service = await StartAsync(own))
        {
            foreach (var tenant in tenants)
            {
                await SeededLeads.EventfulAsync(service, tenant);
                for (var i = 0; i < 30; i++) await SeededLeads.SimpleAsync(service, tenant, $"p{i}");
            }
        }

        var before = await RowsAsync();
        var (exitCode, output, error) = await ServiceProcess.RunAsync(own.ConnectionString, "projections", "rebuild", "--projection", "Lead");
        exitCode.ShouldBe(0, output + error);
        (await RowsAsync()).ShouldBe(before);
        (await ServiceProcess.RunAsync(own.ConnectionString, "verify")).ExitCode.ShouldBe(0);
        await own.DisposeAsync();

        Task<string> RowsAsync() => own.ScalarAsync<string>(
            "select string_agg(concat_ws('|', tenant_id, id, mt_version, stage, grade, owner, (data -> 'Lead')::text), E'\n' order by tenant_id, id) from mt_doc_lead");
    }

    [Fact]
    public async Task One_lead_is_rebuilt_and_no_other()
    {
        const string tenant = "single";
        await using var service = await StartAsync(database);
        var one = await SeededLeads.SimpleAsync(service, tenant, "one");
        var other = await SeededLeads.SimpleAsync(service, tenant, "other");
        await database.ExecuteAsync("update mt_doc_lead set stage = 'Customer' where tenant_id = $1", tenant);

        await RebuildAsync(service, new LeadScope(tenant, one));

        (await VerifyAsync(service, tenant)).Select(d => d.Lead.StreamId).ShouldBe([other]);
    }

    [Fact]
    public async Task What_no_stream_stands_behind_is_removed()
    {
        const string tenant = "orphans";
        await using var service = await StartAsync(database);
        var kept = await SeededLeads.SimpleAsync(service, tenant);
        await database.ExecuteAsync(
            """
            insert into mt_doc_lead (tenant_id, id, data, mt_version, stage, grade, score, model_id, last_engaged_at, updated_at)
            select tenant_id, gen_random_uuid(), data, mt_version, stage, grade, score, model_id, last_engaged_at, updated_at
            from mt_doc_lead where tenant_id = $1
            """,
            tenant);
        await database.ExecuteAsync("insert into mt_doc_lead_identity (tenant_id, id, lead_id, data) values ($1, 'email:ghost@example.com', gen_random_uuid(), '{}')", tenant);
        await database.ExecuteAsync("insert into mt_doc_lead_identity (tenant_id, id, lead_id, data) values ($1, 'email:extra@example.com', $2, '{}')", tenant, kept);

        var result = await RebuildAsync(service, new LeadScope(tenant, null));

        (result.DocumentsRemoved, result.IdentitiesRemoved).ShouldBe((1, 2));
        (await database.ScalarAsync<Guid>("select id from mt_doc_lead where tenant_id = $1", tenant)).ShouldBe(kept);
        (await VerifyAsync(service, tenant)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_key_goes_back_to_the_lead_whose_event_speaks_of_it()
    {
        const string tenant = "rivals";
        await using var service = await StartAsync(database);
        var owner = await SeededLeads.SimpleAsync(service, tenant, "owner");
        var thief = await SeededLeads.SimpleAsync(service, tenant, "thief");
        await database.ExecuteAsync(
            "update mt_doc_lead_identity set lead_id = $2 where tenant_id = $1 and id = 'email:owner@example.com'", tenant, thief);

        await RebuildAsync(service, new LeadScope(tenant, owner));

        (await database.ScalarAsync<Guid>("select lead_id from mt_doc_lead_identity where tenant_id = $1 and id = 'email:owner@example.com'", tenant))
            .ShouldBe(owner);
        (await VerifyAsync(service, tenant)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_rebuild_beside_a_writing_service_leaves_no_difference()
    {
        const string tenant = "online";
        await using var service = await StartAsync(database);
        for (var i = 0; i < 20; i++) await SeededLeads.SimpleAsync(service, tenant, $"p{i}");
        using var enough = new CancellationTokenSource();
        var written = 0;
        var writers = Enumerable.Range(0, 4).Select(w => Task.Run(async () =>
        {
            for (var i = 0; !enough.IsCancellationRequested; i++)
            {
                var outcome = await service.RecordAsync(Engagement($"w{w}-{i}", email: $"p{i % 30}@example.com", type: "email_clicked"), tenant);
                outcome.Refusal.ShouldBeNull();
                Interlocked.Increment(ref written);
            }
        })).ToList();

        for (var i = 0; (i < 10 || Volatile.Read(ref written) < 500) && !writers.Exists(w => w.IsFaulted); i++) await RebuildAsync(service, new LeadScope(tenant, null));
        await enough.CancelAsync();
        await Task.WhenAll(writers);

        (await VerifyAsync(service, tenant)).ShouldBeEmpty();
        (await database.ScalarAsync<long>("select count(*) from mt_events where tenant_id = $1 and type = 'engagement_recorded'", tenant))
            .ShouldBe(written + 20L);
    }

    [Fact]
    public async Task A_rebuild_waits_for_a_writer_at_its_stream_and_tells_what_it_wrote()
    {
        const string tenant = "waits";
        await using var service = await StartAsync(database);
        var id = await SeededLeads.SimpleAsync(service, tenant);
        await using var writer = await database.DataSource.OpenConnectionAsync();
        await using var transaction = await writer.BeginTransactionAsync();
        await ExecuteAsync(writer, "select 1 from mt_streams where id = $1 for no key update", id);

        var rebuild = RebuildAsync(service, new LeadScope(tenant, null));
        await database.UntilWaitingForLockAsync(writer);
        await ExecuteAsync(writer, "update mt_streams set version = 4 where id = $1", id);
        await ExecuteAsync(
            writer,
            """
            insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, is_archived)
            select nextval('mt_events_sequence'), gen_random_uuid(), stream_id, 4, jsonb_set(data, '{Id}', '"another"'), type, timestamp, tenant_id, false
            from mt_events where stream_id = $1 and version = 3
            """,
            id);
        await transaction.CommitAsync();
        await rebuild;

        (await database.ScalarAsync<long>("select mt_version from mt_doc_lead where tenant_id = $1", tenant)).ShouldBe(4);
        (await VerifyAsync(service, tenant)).ShouldBeEmpty();

        static async Task ExecuteAsync(NpgsqlConnection connection, string sql, Guid id)
        {
            await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new NpgsqlParameter { Value = id } } };
            await command.ExecuteNonQueryAsync();
        }
    }

    [Fact]
    public async Task An_event_of_an_unknown_type_counts_as_a_version_and_changes_nothing()
    {
        const string tenant = "foreign";
        await using var service = await StartAsync(database);
        var id = await SeededLeads.SimpleAsync(service, tenant);
        await database.ExecuteAsync(
            """
            insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, is_archived)
            values (nextval('mt_events_sequence'), gen_random_uuid(), $1, 4, '{}', 'lead_painted', now(), $2, false)
            """,
            id,
            tenant);
        await database.ExecuteAsync("update mt_streams set version = 4 where tenant_id = $1 and id = $2", tenant, id);

        await RebuildAsync(service, new LeadScope(tenant, id));

        (await database.ScalarAsync<long>("select mt_version from mt_doc_lead where tenant_id = $1", tenant)).ShouldBe(4);
        (await VerifyAsync(service, tenant)).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_operator_reads_what_was_done()
    {
        const string tenant = "told";
        await using var service = await StartAsync(database);
        await SeededLeads.SimpleAsync(service, tenant);
        var output = new StringWriter();

        var exitCode = await RebuildRuns.RunAsync(RebuildOf(service), new LeadScope(tenant, null), output, default);

        exitCode.ShouldBe(RebuildRuns.ExitDone);
        output.ToString().ShouldContain("Rebuilding: 1 of 1 leads");
        output.ToString().ShouldContain("Rebuilt 1 leads from 3 events.");
    }

    [Fact]
    public async Task A_body_that_cannot_be_read_stops_the_rebuild_and_changes_nothing_of_its_lead()
    {
        const string tenant = "unreadable";
        await using var service = await StartAsync(database);
        var id = await SeededLeads.SimpleAsync(service, tenant);
        var before = await database.ScalarAsync<string>(RowsOf, tenant);
        var body = await database.ScalarAsync<string>("select data::text from mt_events where stream_id = $1 and version = 2", id);
        await database.ExecuteAsync("update mt_events set data = '{\"At\": 5}' where stream_id = $1 and version = 2", id);

        await Should.ThrowAsync<UnreadableEventException>(() => RebuildAsync(service, new LeadScope(tenant, null)));

        (await database.ScalarAsync<string>(RowsOf, tenant)).ShouldBe(before);
        (await VerifyAsync(service, tenant)).ShouldHaveSingleItem().Lead.StreamId.ShouldBe(id);
        await database.ExecuteAsync("update mt_events set data = $2::jsonb where stream_id = $1 and version = 2", id, body);
    }

    [Fact]
    public async Task A_lead_with_an_arrival_too_late_to_place_and_one_with_a_foreign_event_are_rebuilt_as_they_were()
    {
        const string tenant = "late";
        await using var service = await StartAsync(database);
        await TooLateToPlaceAsync(service, tenant);
        var rows = await database.ScalarAsync<string>(RowsOf, tenant);
        await database.ExecuteAsync("update mt_doc_lead set data = jsonb_set(data, '{Lead,Score,Rules}', '[]') where tenant_id = $1", tenant);

        await RebuildAsync(service, new LeadScope(tenant, null));

        (await database.ScalarAsync<string>(RowsOf, tenant)).ShouldBe(rows);
        (await VerifyAsync(service, tenant)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Two_writing_services_lose_nothing_while_leads_are_rebuilt_again_and_again()
    {
        const string tenant = "online-twice";
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

        for (var i = 0; (i < 5 || Volatile.Read(ref written) < 500) && !writers.Exists(w => w.IsFaulted); i++) await RebuildAsync(one, LeadScope.All);
        await enough.CancelAsync();
        await Task.WhenAll(writers);

        (await VerifyAsync(one, tenant)).ShouldBeEmpty();
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

    private static Rebuild RebuildOf(WriterHarness service) =>
        new(service.DataSource, service.Streams, TenantModels.Only(ScoringModelDocument.Default), TimeProvider.System);

    private static Task<RebuildResult> RebuildAsync(WriterHarness service, LeadScope scope) =>
        RebuildOf(service).RunAsync(scope, new WorkProgress(), default);

    private static async Task<IReadOnlyList<Difference>> VerifyAsync(WriterHarness service, string tenant) =>
        (await new Verify(service.DataSource, service.Streams, TenantModels.Only(ScoringModelDocument.Default))
            .RunAsync(new LeadScope(tenant, null), new WorkProgress(), default)).Shown;
}
