using LeadScoring.Domain;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Qualification;
using LeadScoring.Domain.Scoring;
using LeadScoring.Host.Events;
using LeadScoring.Host.Leads.Writing;
using LeadScoring.IntegrationTests.Setup;
using static LeadScoring.IntegrationTests.Writing.WriterHarness;

namespace LeadScoring.IntegrationTests.Writing;

/// <summary>Requests share commits; none may suffer for another.</summary>
public class SharedCommitTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    /// <summary>So many connections are lost while the writer writes, however fast it is done with what it is given.</summary>
    private const int KillsLeast = 5;

    private const int PostsMax = 100_000;

    [Fact]
    public async Task Many_requests_share_a_commit()
    {
        await using var service = await StartAsync(database);
        var before = await database.ScalarAsync<long>("select xact_commit from pg_stat_database where datname = current_database()");

        await Task.WhenAll(Enumerable.Range(0, 400).Select(i => service.RecordAsync(Engagement($"m{i}", email: $"m{i % 50}@example.com"))));

        await database.ExecuteAsync("select pg_stat_force_next_flush()");
        var rounds = await database.ScalarAsync<long>("select xact_commit from pg_stat_database where datname = current_database()") - before;
        rounds.ShouldBeLessThan(200, "each of 400 requests would have taken two round trips alone");
        (await database.ScalarAsync<long>("select count(*) from mt_events where type = 'engagement_recorded' and data->>'Id' like 'm%'")).ShouldBe(400);
    }

    [Fact]
    public async Task One_command_the_database_refuses_fails_alone()
    {
        await using var service = await StartAsync(database);
        await database.ExecuteAsync(
            "create function refuse_poison() returns trigger language plpgsql as $$ begin "
            + "if new.data->>'Id' = 'poison' then raise exception 'poisoned' using errcode = 'P0001'; end if; return new; end $$");
        await database.ExecuteAsync("create trigger refuse_poison before insert on mt_events for each row execute function refuse_poison()");
        try
        {
            var outcomes = await service.Writer.RecordAsync(
                Tenant,
                [.. Enumerable.Range(0, 40).Select(i => Engagement(i == 17 ? "poison" : $"p{i}", email: $"p{i % 7}@example.com"))],
                EventMetadata.None,
                default);

            outcomes[17].Refusal!.Code.ShouldBe("internal_error");
            outcomes.Where((_, i) => i != 17).ShouldAllBe(o => o.Refusal == null && o.Changed);
        }
        finally
        {
            await database.ExecuteAsync("drop trigger refuse_poison on mt_events");
        }

        (await service.RecordAsync(Engagement("poison", email: "p3@example.com"))).Changed.ShouldBeTrue();
    }

    [Fact]
    public async Task One_command_that_throws_fails_alone()
    {
        await using var service = await StartAsync(database);
        var lead = (await service.RecordAsync(Engagement("t0", email: "throw@example.com"))).Lead!.Lead.Id;

        var broken = service.SubmitAsync(lead, new Broken());
        var sound = service.RecordAsync(Engagement("t1", email: "throw@example.com"));

        (await broken).Refusal!.Code.ShouldBe("internal_error");
        (await sound).Changed.ShouldBeTrue();
    }

    [Fact]
    public async Task A_client_that_goes_away_does_not_stop_the_write()
    {
        await using var service = await StartAsync(database);
        using var gone = new CancellationTokenSource();
        await using var holder = await database.DataSource.OpenConnectionAsync();
        await using var blocking = await holder.BeginTransactionAsync();
        await new Npgsql.NpgsqlCommand("lock table mt_events in access exclusive mode", holder, blocking).ExecuteNonQueryAsync();

        var posted = Engagement("g1", email: "gone@example.com");
        var leaving = service.Writer.RecordAsync(Tenant, posted, EventMetadata.None, gone.Token);
        await database.UntilWaitingForLockAsync(holder);
        await gone.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(leaving);
        await blocking.RollbackAsync();

        var repeat = await service.RecordAsync(posted);
        repeat.Refusal.ShouldBeNull();
        repeat.Changed.ShouldBeFalse("the write went on without its client");
        (await database.ScalarAsync<long>("select count(*) from mt_events where data->>'Id' = 'g1'")).ShouldBe(1);
    }

    [Fact]
    public async Task A_full_queue_is_refused_at_once_and_takes_again_afterwards()
    {
        await using var service = await StartAsync(database, new WriterOptions { QueueMax = 10 });
        await using var holder = await database.DataSource.OpenConnectionAsync();
        await using var blocking = await holder.BeginTransactionAsync();
        await new Npgsql.NpgsqlCommand("lock table mt_events in access exclusive mode", holder, blocking).ExecuteNonQueryAsync();

        var waiting = Enumerable.Range(0, 10).Select(i => service.RecordAsync(Engagement($"q{i}", email: $"q{i}@example.com"))).ToList();
        var refused = await service.RecordAsync(Engagement("q10", email: "q10@example.com"));
        var batch = await service.Writer.RecordAsync(
            Tenant, [Engagement("q11", email: "q11@example.com"), Engagement("q12", email: "q12@example.com")], EventMetadata.None, default);
        await blocking.RollbackAsync();

        refused.Refusal!.Code.ShouldBe("busy");
        batch.ShouldAllBe(o => o.Refusal!.Code == "busy");
        (await Task.WhenAll(waiting)).ShouldAllBe(o => o.Changed);
        (await service.RecordAsync(Engagement("q10", email: "q10@example.com"))).Changed.ShouldBeTrue();
    }

    [Fact]
    public async Task Stopping_writes_what_is_waiting()
    {
        var service = await StartAsync(database);
        var posted = Enumerable.Range(0, 300).Select(i => service.RecordAsync(Engagement($"stop{i}", email: $"stop{i}@example.com"))).ToList();

        await service.DisposeAsync();

        (await Task.WhenAll(posted)).ShouldAllBe(o => o.Changed);
        (await service.RecordAsync(Engagement("late", email: "late@example.com"))).Refusal!.Code.ShouldBe("busy");
    }

    [Fact]
    public async Task A_commit_whose_outcome_was_lost_is_not_stored_twice_and_is_answered_as_done()
    {
        await using var service = await StartAsync(database);
        var lead = (await service.RecordAsync(Engagement("u0", email: "lost@example.com", type: "demo_requested"))).Lead!.Lead;

        // Connections are killed from outside, again and again, while the writer writes: before, in and after its commits.
        using var done = new CancellationTokenSource();
        await using var killer = new Npgsql.NpgsqlConnection(database.ConnectionString + ";Pooling=false");
        await killer.OpenAsync();
        var killed = 0;
        var killing = Task.Run(async () =>
        {
            await using var kill = new Npgsql.NpgsqlCommand(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                + " where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle' and random() < 0.1",
                killer);
            while (!done.IsCancellationRequested)
            {
                await using var reader = await kill.ExecuteReaderAsync();
                while (await reader.ReadAsync()) Interlocked.Increment(ref killed);
                await Task.Delay(2);
            }
        });
        var outcomes = new List<Host.Leads.LeadOutcome>();
        while (outcomes.Count < PostsMax && (outcomes.Count == 0 || Volatile.Read(ref killed) < KillsLeast))
        {
            var posted = outcomes.Count;
            outcomes.AddRange(await Task.WhenAll(Enumerable.Range(posted, 2_000).Select(async i =>
            {
                await Task.Delay((i - posted) / 4);
                return await service.RecordAsync(Engagement($"u{i + 1}", email: i % 3 == 0 ? "lost@example.com" : $"lost{i % 40}@example.com"));
            })));
        }

        var accepted = await service.SubmitAsync(lead.Id, new AcceptLead("ann"), expectedVersion: null);
        await done.CancelAsync();
        await killing;
        killed.ShouldBeGreaterThanOrEqualTo(KillsLeast);
        database.DataSource.Clear();

        outcomes.ShouldAllBe(o => o.Refusal == null && o.Changed);
        accepted.Refusal.ShouldBeNull();
        (await database.ScalarAsync<long>("select count(*) from mt_events where type = 'engagement_recorded' and data->>'Id' ~ '^u[0-9]+$'")).ShouldBe(outcomes.Count + 1);
        (await database.ScalarAsync<long>("select count(*) from mt_events where type = 'sales_accepted' and stream_id = $1", lead.Id)).ShouldBe(1);
    }

    [Fact]
    public async Task A_fault_that_never_passes_ends_with_the_patience_for_it_though_its_client_has_left()
    {
        await using var service = await StartAsync(database, new WriterOptions { AnswerWithinMs = 1_000, RetryDelayMsMax = 50 });
        await database.ExecuteAsync("create sequence attempts_at_slow");
        await database.ExecuteAsync(
            "create function be_too_slow() returns trigger language plpgsql as $$ begin if new.data->>'Id' = 'slow' then "
            + "perform nextval('attempts_at_slow'); raise exception 'too slow' using errcode = '57014'; end if; return new; end $$");
        await database.ExecuteAsync("create trigger be_too_slow before insert on mt_events for each row execute function be_too_slow()");
        try
        {
            using var gone = new CancellationTokenSource();
            var leaving = service.Writer.RecordAsync(Tenant, Engagement("slow", email: "slow@example.com"), EventMetadata.None, gone.Token);
            await database.UntilAsync("select last_value > 1 from attempts_at_slow");
            await gone.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(leaving);

            // The first may still wait behind it in vain.
            var behind = new List<bool>();
            for (var i = 0; i < 3; i++) behind.Add((await service.RecordAsync(Engagement($"behind{i}", email: "behind@example.com"))).Changed);
            behind[^1].ShouldBeTrue();
        }
        finally
        {
            await database.ExecuteAsync("drop trigger be_too_slow on mt_events");
        }
    }

    [Fact]
    public async Task A_database_that_only_reads_for_now_is_away_and_nobodys_mistake()
    {
        await using var standby = Npgsql.NpgsqlDataSource.Create(
            database.ConnectionString + ";Pooling=false;Options=-c default_transaction_read_only=on");
        await using var service = await StartAsync(standby, new WriterOptions { AnswerWithinMs = 500 });

        (await service.RecordAsync(Engagement("ro", email: "read-only@example.com"))).Refusal!.Code.ShouldBe("store_unavailable");
    }

    [Fact]
    public async Task A_repeat_whose_first_look_up_failed_is_still_a_duplicate()
    {
        await using var service = await StartAsync(database);
        var said = Engagement("cut", email: "cut@example.com");
        await service.RecordAsync(said);
        await using var holder = await database.DataSource.OpenConnectionAsync();
        await using var blocking = await holder.BeginTransactionAsync();
        await new Npgsql.NpgsqlCommand("lock table mt_events in access exclusive mode", holder, blocking).ExecuteNonQueryAsync();

        var repeat = service.RecordAsync(said);
        await database.UntilWaitingForLockAsync(holder);
        await database.ExecuteAsync("select pg_terminate_backend(pid) from pg_stat_activity where $1 = any(pg_blocking_pids(pid))", holder.ProcessID);
        await blocking.RollbackAsync();

        var outcome = await repeat;
        outcome.Refusal.ShouldBeNull();
        outcome.Changed.ShouldBeFalse();
    }

    [Fact]
    public async Task A_row_left_behind_by_another_application_is_folded_from_the_stream()
    {
        await using var service = await StartAsync(database);
        var lead = (await service.RecordAsync(Engagement("f0", email: "foreign@example.com", type: "demo_requested"))).Lead!.Lead;
        await ForeignStore.AppendAsync(database, Tenant, lead.Id, new SalesAccepted(1, "marten", "marten", DateTimeOffset.UtcNow));

        var opened = await service.SubmitAsync(lead.Id, new OpenOpportunity("ann", 1000m, "EUR"));

        opened.Changed.ShouldBeTrue();
        opened.Lead!.Lead.Stage.ShouldBe(Stage.SalesQualified);
        opened.Lead.Lead.Owner.ShouldBe("marten");
        opened.Lead.Lead.Version.ShouldBe(lead.Version + 2);
    }

    [Fact]
    public async Task An_archived_lead_takes_no_changes()
    {
        await using var service = await StartAsync(database);
        var lead = (await service.RecordAsync(Engagement("ar0", email: "archived@example.com"))).Lead!.Lead.Id;
        await database.ExecuteAsync("update mt_streams set is_archived = true where id = $1", lead);

        (await service.RecordAsync(Engagement("ar1", email: "archived@example.com"))).Refusal!.Code.ShouldBe("lead_archived");
    }

    [Fact]
    public async Task A_conflict_with_an_archived_lead_does_not_stop_the_engagement()
    {
        await using var service = await StartAsync(database);
        var archived = (await service.RecordAsync(Engagement("aw0", anonymousId: "shelf"))).Lead!.Lead;
        await service.RecordAsync(Engagement("aw1", email: "shelf@example.com"));
        await database.ExecuteAsync("update mt_streams set is_archived = true where id = $1", archived.Id);

        var outcome = await service.RecordAsync(Engagement("aw2", email: "shelf@example.com", anonymousId: "shelf"));

        outcome.Changed.ShouldBeTrue();
        outcome.Warnings.Single().LeadIds.ShouldContain(archived.Id);
        (await service.StoryAsync(archived.Id)).Events.Count.ShouldBe((int)archived.Version);
    }

    [Fact]
    public async Task Late_and_frequency_capped_engagements_score_as_the_whole_history_does()
    {
        await using var service = await StartAsync(database);
        var random = new Random(7);
        var start = DateTimeOffset.UtcNow.AddDays(-90);
        var posted = Enumerable.Range(0, 300)
            .Select(i => Engagement($"late{i}", email: $"latecomer{i % 3}@example.com", type: "email_opened", occurredAt: start.AddHours(random.Next(24 * 80))))
            .ToArray();
        random.Shuffle(posted);

        LeadOutcomeById last = new();
        foreach (var chunk in posted.Chunk(25))
        {
            foreach (var outcome in await service.Writer.RecordAsync(Tenant, chunk, EventMetadata.None, default))
            {
                outcome.Refusal.ShouldBeNull();
                last[outcome.Lead!.Lead.Id] = outcome.Lead.Lead;
            }
        }

        var model = ScoringModelDocument.Default;
        foreach (var (id, lead) in last)
        {
            var history = (await service.StoryAsync(id)).History;
            history.Recorded.Count.ShouldBe(100);
            var now = DateTimeOffset.UtcNow;
            lead.Score.At(now, model).ShouldBe(Explanation.Of(history, model, now).UnroundedScore, 1e-9);
        }
    }

    private sealed class LeadOutcomeById : Dictionary<Guid, Lead>;

    private sealed record Broken : ILeadCommand
    {
        public IReadOnlyList<LeadEvent> Decide(Lead lead, Facts facts) => throw new InvalidOperationException("A fault in a rule.");
    }
}
