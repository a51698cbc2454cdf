using System.Diagnostics;
using LeadScoring.Host.Events;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Qualification;
using LeadScoring.IntegrationTests.Setup;
using Npgsql;
using static LeadScoring.IntegrationTests.Writing.WriterHarness;

namespace LeadScoring.IntegrationTests.Writing;

/// <summary>What an instance remembers of a lead is a guess; what another did meanwhile is never overlooked.</summary>
public class RememberedLeadsTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    protected virtual int CommandsOfAnEngagement => 1;

    [Fact]
    public async Task An_engagement_of_a_remembered_lead_takes_one_round_trip()
    {
        await using var service = await StartAsync(database);
        await service.RecordAsync(Engagement("one0", email: "one@example.com"));
        var commands = 0;
        using var listener = ListenTo(() => Interlocked.Increment(ref commands));

        for (var i = 1; i <= 20; i++) (await service.RecordAsync(Engagement($"one{i}", email: "one@example.com"))).Changed.ShouldBeTrue();

        commands.ShouldBe(20 * CommandsOfAnEngagement, "whoever loads first asks once more");
    }

    [Fact]
    public async Task Two_instances_that_write_one_lead_in_turn_count_everything_once()
    {
        await using var here = await StartAsync(database);
        await using var there = await StartAsync(database);
        for (var i = 0; i < 20; i++)
        {
            var outcome = await (i % 2 == 0 ? here : there).RecordAsync(Engagement($"turn{i}", email: "turn@example.com"));
            outcome.Changed.ShouldBeTrue();
            outcome.Lead!.Lead.Engagements.Count.ShouldBe(i + 1);
        }
    }

    [Fact]
    public async Task A_repeat_at_an_instance_that_remembers_the_lead_is_a_duplicate_and_shows_it_as_it_is()
    {
        await using var here = await StartAsync(database);
        await using var there = await StartAsync(database);
        var said = Engagement("again", email: "again@example.com", occurredAt: DateTimeOffset.UtcNow.AddHours(-1));
        await here.RecordAsync(said);
        await here.RecordAsync(Engagement("again2", email: "again@example.com"));
        await there.RecordAsync(Engagement("again3", email: "again@example.com"));

        var repeat = await here.RecordAsync(said);

        repeat.Refusal.ShouldBeNull();
        repeat.Changed.ShouldBeFalse();
        repeat.Lead!.Lead.Engagements.Count.ShouldBe(3);
    }

    [Fact]
    public async Task The_same_id_with_another_body_is_refused_also_on_a_remembered_lead()
    {
        await using var service = await StartAsync(database);
        await service.RecordAsync(Engagement("other", email: "other@example.com"));

        var reused = await service.RecordAsync(Engagement("other", email: "other@example.com", type: "demo_requested"));

        reused.Refusal!.Code.ShouldBe("engagement_id_reused");
    }

    [Fact]
    public async Task A_repeat_does_not_take_its_neighbours_in_the_commit_with_it()
    {
        await using var service = await StartAsync(database);
        var said = Engagement("mixed0", email: "mixed@example.com", occurredAt: DateTimeOffset.UtcNow.AddHours(-1));
        await service.RecordAsync(said);

        var outcomes = await service.Writer.RecordAsync(
            Tenant,
            [Engagement("mixed1", email: "mixed@example.com"), said, Engagement("mixed2", email: "mixed@example.com"), Engagement("else", email: "else@example.com")],
            EventMetadata.None,
            default);

        outcomes.Select(o => o.Changed).ShouldBe([true, false, true, true]);
        outcomes[1].Lead!.Lead.Engagements.Count.ShouldBe(3);
    }

    [Fact]
    public async Task A_decision_of_another_instance_holds_for_an_engagement_here()
    {
        await using var here = await StartAsync(database);
        await using var there = await StartAsync(database);
        var lead = (await here.RecordAsync(Engagement("dis0", email: "dis@example.com"))).Lead!.Lead;
        await there.SubmitAsync(lead.Id, new DisqualifyLead("ann", DisqualificationReason.NoBudget));

        var outcome = await here.RecordAsync(Engagement("dis1", email: "dis@example.com", type: "demo_requested"));

        outcome.Lead!.Lead.Stage.ShouldBe(Stage.Disqualified);
    }

    [Fact]
    public async Task A_name_linked_by_another_instance_is_found_here()
    {
        await using var here = await StartAsync(database);
        await using var there = await StartAsync(database);
        var lead = (await here.RecordAsync(Engagement("link0", email: "link@example.com"))).Lead!.Lead;
        await there.RecordAsync(Engagement("link1", email: "link@example.com", anonymousId: "link-cookie"));

        var outcome = await here.RecordAsync(Engagement("link2", anonymousId: "link-cookie"));

        outcome.Lead!.Lead.Id.ShouldBe(lead.Id);
        outcome.Lead.Lead.Engagements.Count.ShouldBe(3);
    }

    /// <summary>Of this database's commands: a batch is one.</summary>
    private ActivityListener ListenTo(Action command)
    {
        var name = new NpgsqlConnectionStringBuilder(database.ConnectionString).Database;
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (activity.TagObjects.Any(t => name!.Equals(t.Value))) command();
            },
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }
}
