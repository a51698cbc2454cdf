using LeadScoring.Domain;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Qualification;
using LeadScoring.Host.Events;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Leads.Writing;
using LeadScoring.IntegrationTests.Setup;
using Npgsql;
using static LeadScoring.IntegrationTests.Writing.WriterHarness;

namespace LeadScoring.IntegrationTests.Writing;

/// <summary>Producers and clients repeat themselves; what they say counts once.</summary>
public class RepeatTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    private static readonly DateTimeOffset At = DateTimeOffset.UtcNow.AddHours(-1);

    [Fact]
    public async Task A_repeat_is_a_duplicate_and_answers_with_the_lead_as_it_is_now()
    {
        await using var service = await StartAsync(database);
        var first = await service.RecordAsync(Engagement("a1", email: "dup@example.com", occurredAt: At));
        await service.RecordAsync(Engagement("a2", email: "dup@example.com", occurredAt: At));

        var again = await service.RecordAsync(Engagement("a1", email: "dup@example.com", occurredAt: At));

        again.Changed.ShouldBeFalse();
        again.Refusal.ShouldBeNull();
        again.Lead!.Lead.Version.ShouldBe(first.Lead!.Lead.Version + 1);
        again.Lead.Lead.Engagements.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_repeat_that_meets_the_first_one_in_its_commit_is_a_duplicate()
    {
        await using var service = await StartAsync(database, new WriterOptions { CachedLeadsMax = 0 });
        var said = Engagement("meet", email: "meet@example.com", occurredAt: At);
        var lead = (await service.RecordAsync(said)).Lead!.Lead.Id;

        // Takes back what was stored, and stores it again while the repeat is between what it looks up first and last.
        string[] tables = ["mt_doc_lead_identity", "mt_streams", "mt_doc_lead", "mt_events"];
        foreach (var table in tables)
        {
            var isOfLead = $"{table switch { "mt_doc_lead_identity" => "lead_id", "mt_events" => "stream_id", _ => "id" }} = $1";
            await database.ExecuteAsync($"create table kept_{table} as select * from {table} limit 0");
            await database.ExecuteAsync($"insert into kept_{table} select * from {table} where {isOfLead}", lead);
        }

        foreach (var table in tables.Reverse()) // Events before the stream they refer to.
        {
            await database.ExecuteAsync($"delete from {table} where {(table switch { "mt_doc_lead_identity" => "lead_id", "mt_events" => "stream_id", _ => "id" })} = $1", lead);
        }

        await using var holder = await database.DataSource.OpenConnectionAsync();
        await using var committing = await holder.BeginTransactionAsync();
        await new NpgsqlCommand("lock table mt_events in access exclusive mode", holder, committing).ExecuteNonQueryAsync();
        var repeat = service.RecordAsync(said);
        await database.UntilWaitingForLockAsync(holder);
        foreach (var table in tables)
        {
            await new NpgsqlCommand($"insert into {table} select * from kept_{table}", holder, committing).ExecuteNonQueryAsync();
        }

        await committing.CommitAsync();
        var outcome = await repeat;
        outcome.Refusal.ShouldBeNull();
        outcome.Changed.ShouldBeFalse();
        outcome.Lead!.Lead.Id.ShouldBe(lead);
    }

    [Fact]
    public async Task The_same_id_from_another_source_is_another_engagement()
    {
        await using var service = await StartAsync(database);
        await service.RecordAsync(Engagement("s1", email: "src@example.com", source: "web"));

        (await service.RecordAsync(Engagement("s1", email: "src@example.com", source: "mailer"))).Changed.ShouldBeTrue();
    }

    public static TheoryData<string> OtherBodies => ["type", "time", "campaign", "property", "lead", "new lead"];

    [Theory]
    [MemberData(nameof(OtherBodies))]
    public async Task The_same_id_with_another_body_is_refused(string difference)
    {
        await using var service = await StartAsync(database);
        var mail = $"reuse-{difference.Replace(' ', '-')}@example.com";
        var said = Engagement($"reuse-{difference}", email: mail, occurredAt: At);
        var other = (await service.RecordAsync(Engagement($"other-{difference}", email: "x" + mail))).Lead!.Lead.Id;
        var lead = (await service.RecordAsync(said)).Lead!.Lead;

        var outcome = await service.RecordAsync(difference switch
        {
            "type" => said with { Fact = said.Fact with { Type = "webinar_attended" } },
            "time" => said with { Fact = said.Fact with { OccurredAt = At.AddTicks(1) } },
            "campaign" => said with { Fact = said.Fact with { Campaign = "spring" } },
            "property" => said with { Fact = said.Fact with { Properties = new Dictionary<string, Scalar> { ["x"] = Scalar.Of(1) } } },
            "lead" => said with { LeadId = other, Identities = [] },
            _ => Engagement(said.Fact.Id, email: "y" + mail, occurredAt: At),
        });

        outcome.Refusal!.Status.ShouldBe(422);
        outcome.Refusal.Code.ShouldBe("engagement_id_reused");
        (await service.StoryAsync(lead.Id)).History.Recorded.Count.ShouldBe(1);
        (await database.ScalarAsync<long>("select count(*) from mt_doc_lead_identity where id = $1", "email:y" + mail)).ShouldBe(0);
    }

    [Fact]
    public async Task Repeats_within_one_commit_count_once_and_a_reuse_is_still_refused()
    {
        await using var service = await StartAsync(database);
        var said = Engagement("w1", email: "within@example.com", occurredAt: At);
        var posted = new[]
        {
            said,
            said with { Fact = said.Fact with { } },
            Engagement("w1", email: "within-other@example.com", occurredAt: At),
            said with { Fact = said.Fact with { Type = "webinar_attended" } },
            said,
        };

        var outcomes = await service.Writer.RecordAsync(Tenant, posted, EventMetadata.None, default);

        outcomes.Select(o => o.Refusal?.Code ?? (o.Changed ? "recorded" : "duplicate")).ShouldBe(
            ["recorded", "duplicate", "engagement_id_reused", "engagement_id_reused", "duplicate"]);
        (await service.StoryAsync(outcomes[0].Lead!.Lead.Id)).History.Recorded.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_clock_that_runs_ahead_is_taken_as_now_and_its_repeat_is_still_a_duplicate()
    {
        await using var service = await StartAsync(database);
        var ahead = DateTimeOffset.UtcNow.AddMinutes(3);
        var first = await service.RecordAsync(Engagement("ahead", email: "ahead@example.com", type: "demo_requested", occurredAt: ahead));

        (await service.RecordAsync(Engagement("ahead", email: "ahead@example.com", type: "demo_requested", occurredAt: ahead)))
            .Changed.ShouldBeFalse();

        first.Lead!.Lead.Stage.ShouldBe(Stage.MarketingQualified);
        var fact = (await service.StoryAsync(first.Lead.Lead.Id)).History.Recorded.Single();
        fact.StatedAt.ShouldBe(ahead);
        fact.OccurredAt.ShouldBeLessThan(ahead);
    }

    [Fact]
    public async Task A_command_that_is_true_already_changes_nothing_and_a_forbidden_one_is_refused()
    {
        await using var service = await StartAsync(database);
        var lead = (await service.RecordAsync(Engagement("cmd", email: "cmd@example.com", type: "demo_requested"))).Lead!.Lead;

        var accepted = await service.SubmitAsync(lead.Id, new AcceptLead("ann"));
        var again = await service.SubmitAsync(lead.Id, new AcceptLead("ben"));
        var refused = await service.SubmitAsync(lead.Id, new QualifyLead("ann"));

        accepted.Changed.ShouldBeTrue();
        again.Changed.ShouldBeFalse();
        again.Lead!.Lead.Owner.ShouldBe("ann");
        refused.Refusal!.Status.ShouldBe(409);
        refused.Refusal.Code.ShouldBe("lead_not_awaiting_review");
    }

    [Fact]
    public async Task An_expected_version_that_is_not_the_leads_is_refused_and_of_two_rivals_one_wins()
    {
        await using var service = await StartAsync(database);
        var lead = (await service.RecordAsync(Engagement("ver", email: "ver@example.com", type: "demo_requested"))).Lead!.Lead;

        var rivals = await Task.WhenAll(
            service.SubmitAsync(lead.Id, new AcceptLead("ann"), lead.Version),
            service.SubmitAsync(lead.Id, new RejectLead("ben", RejectionReason.Competitor), lead.Version));

        rivals.Count(r => r.Changed).ShouldBe(1);
        rivals.Single(r => !r.Changed).Refusal!.Status.ShouldBe(412);
    }

    [Fact]
    public async Task Whoever_asks_for_a_named_command_again_hears_that_it_was_done_whether_at_once_elsewhere_or_later()
    {
        await using var here = await StartAsync(database);
        await using var there = await StartAsync(database);
        var lead = (await here.RecordAsync(Engagement("named", email: "named@example.com", type: "demo_requested"))).Lead!.Lead;
        var name = Guid.NewGuid();

        // Both writers wait with something else, so that what is asked for meanwhile shares their next rounds.
        Task<LeadOutcome>[] others, asking;
        await using (var holder = new NpgsqlConnection(database.ConnectionString + ";Pooling=false"))
        {
            await holder.OpenAsync();
            await using var locking = new NpgsqlCommand("begin; lock table mt_streams in share mode", holder);
            await locking.ExecuteNonQueryAsync();
            others = [here.RecordAsync(Engagement("named-h", email: "h@example.com")), there.RecordAsync(Engagement("named-t", email: "t@example.com"))];
            await database.UntilWaitingForLockAsync(holder, waiters: 2);
            asking = [.. Enumerable.Range(0, 8).Select(i => AcceptAsync(i % 2 == 0 ? here : there, name))];
        }

        await Task.WhenAll(others);
        var atOnce = await Task.WhenAll(asking);
        var later = await AcceptAsync(there, name);
        var other = await AcceptAsync(here, Guid.NewGuid());

        atOnce.ShouldAllBe(o => o.Changed);
        later.Changed.ShouldBeTrue();
        other.Changed.ShouldBeFalse();
        (await here.StoryAsync(lead.Id)).Events.Count(e => e.Fact is SalesAccepted).ShouldBe(1);

        Task<LeadOutcome> AcceptAsync(WriterHarness service, Guid id) =>
            service.Writer.SubmitAsync(Tenant, lead.Id, new AcceptLead("ann"), expectedVersion: null, EventMetadata.None, default, id);
    }

    [Fact]
    public async Task Another_tenants_lead_takes_no_command()
    {
        await using var service = await StartAsync(database);
        var lead = (await service.RecordAsync(Engagement("ten", email: "ten@example.com", type: "demo_requested"))).Lead!.Lead;

        (await service.SubmitAsync(lead.Id, new AcceptLead("eve"), tenant: "globex")).Refusal!.Code.ShouldBe("lead_not_found");
        (await service.StoryAsync(lead.Id)).Document(Domain.Scoring.ScoringModelDocument.Default).Lead.Stage.ShouldBe(Stage.MarketingQualified);
    }
}
