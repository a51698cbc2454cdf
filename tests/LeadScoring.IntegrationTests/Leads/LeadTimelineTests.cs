using LeadScoring.Contracts;
using LeadScoring.Domain;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Qualification;
using LeadScoring.Host;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Leads.Timeline;
using Grade = LeadScoring.Domain.Scoring.Grade;

namespace LeadScoring.IntegrationTests.Leads;

/// <summary>A lead's story over HTTP.</summary>
public sealed class LeadTimelineTests(LeadApi api) : IClassFixture<LeadApi>
{
    private const string Secret = "ann.secret@example.com";
    private static readonly DateTimeOffset At = LeadApi.Start;
    private static readonly Judgement Judged = new(104.25, 104.25, 30, Grade.B, "1-abc", [new("demo_requested", 60, 1)]);

    private static readonly LeadEvent[] OneOfEach =
    [
        new LeadCaptured("web", At),
        new IdentityLinked(Domain.Identities.IdentityKind.Email, Secret, At),
        new IdentityConflictFound(Domain.Identities.IdentityKind.AnonymousId, Guid.Empty, At),
        new AttributesChanged(new Dictionary<string, Scalar?> { ["name"] = Scalar.Of(Secret), ["phone"] = null }, "ops", At),
        new EngagementRecorded("web", "1", "content_downloaded", At, Campaign: "spring", Asset: "guide"),
        new AutomationQualified(1, Judged, At),
        new MarketingQualified(
            1, Domain.Qualification.QualificationReason.Review, "mia", Judged, new(1, new Dictionary<string, int>(), At, At, [], []), At.AddHours(24), At, Secret),
        new MarketingDeclined(1, "mia", Secret, At),
        new SalesAccepted(1, "rep", "rep", At, Secret),
        new SalesRejected(1, "rep", Domain.Qualification.RejectionReason.WrongCompanySize, Secret, At),
        new LeadRecycled(1, "rep", Domain.Qualification.RecycleReason.NotReady, Secret, At.AddDays(30), At),
        new LeadDisqualified(1, "rep", Domain.Qualification.DisqualificationReason.NoNeed, null, Secret, At),
        new LeadReinstated(2, "rep", Secret, At),
        new OpportunityOpened(2, "rep", 12_000m, "EUR", Secret, At),
        new OpportunityWon(2, "rep", null, null, Secret, At),
        new OpportunityLost(2, "rep", Domain.Qualification.LossReason.Price, Secret, At),
        new AcceptanceDueSoon(2, At, Secret, At),
        new AcceptanceOverdue(2, At, Secret, At),
        new NurtureStarted(2, "analytics", At, new(1, 3, "email", At.AddDays(3)), At),
        new NurtureStepDue(2, new(1, 3, "email", At), "analytics", At, Next: null, At),
        new NurtureEnded(2, NurtureEndReason.Unsubscribed, At, At),
        new NurtureResumed(2, At, At),
        new ModelCrossed(2, Judged, "1-abc", At),
        new ModelCrossingDropped(2, "mia", Secret, At),
        new EngagementRetracted("web", Secret, "email_clicked", At, Secret, "mia", Guid.Empty, At),
        new EngagementRestored("web", Secret, "email_clicked", At, Secret, "mia", Guid.Empty, At),
        new EvidenceRetracted(2, 3, 104.25, 50, Secret, "mia", Guid.Empty, At),
    ];

    [Fact]
    public void Every_event_has_a_sentence_that_holds_no_personal_data()
    {
        OneOfEach.Length.ShouldBe(MartenSetup.EventAliases.Keys.Count(t => t.IsSubclassOf(typeof(LeadEvent))));
        OneOfEach.Select(e => e.GetType()).Distinct().Count().ShouldBe(OneOfEach.Length);
        foreach (var fact in OneOfEach)
        {
            var sentence = TimelineSummaries.Of(fact);

            sentence.ShouldEndWith(".");
            sentence.ShouldNotContain("ann.secret");
        }

        TimelineSummaries.Of(OneOfEach[6]).ShouldBe(
            "Handed off to sales after marketing's review with 104.3 points and grade B; an answer is due by 2026-03-03 09:00 UTC.");
        TimelineSummaries.Of(OneOfEach[4]).ShouldBe("Content downloaded, reported by web (guide, campaign spring).");
        TimelineSummaries.Of(OneOfEach[13]).ShouldBe("An opportunity of 12,000.00 EUR was opened.");
    }

    [Fact]
    public async Task The_story_is_told_newest_first_in_pages_without_gap_or_repeat()
    {
        var client = await api.NewTenantAsync();
        var id = await client.EngageAsync("story", "demo_requested", agoDays: 2, asset: "demo-form");
        await client.DoAsync(id, "accept", new { actor = "rep", note = "called" });
        for (var i = 0; i < 4; i++) await client.EngageAsync("story");

        var entries = new List<TimelineEntry>();
        string? cursor = null;
        do
        {
            var page = await client.GetAsync<LeadTimeline>($"/v1/leads/{id}/timeline?limit=4{(cursor is null ? "" : $"&cursor={cursor}")}");
            entries.AddRange(page.Entries);
            cursor = page.NextCursor;
        }
        while (cursor is not null && entries.Count < 100);

        entries.Select(e => e.Version).ShouldBe([9, 8, 7, 6, 5, 4, 3, 2, 1]);
        entries.Select(e => e.Type).Distinct().ShouldBe(
            ["engagement_recorded", "sales_accepted", "marketing_qualified", "identity_linked", "lead_captured"], ignoreOrder: true);
        var accepted = entries.Single(e => e.Type == "sales_accepted");
        (accepted.Actor, accepted.Summary, accepted.At).ShouldBe(("rep", "Sales accepted the lead.", api.Now));
        accepted.Data.GetProperty("note").GetString().ShouldBe("called");
        var demo = entries.Single(e => e.Version == 3);
        demo.At.ShouldBe(api.Now.AddDays(-2));
        demo.RecordedAt.ShouldBe(api.Now);
        demo.Actor.ShouldNotBeNull();
        var handoff = entries.Single(e => e.Type == "marketing_qualified").Data;
        handoff.GetProperty("reason").GetString().ShouldBe("fast_track");
        handoff.GetProperty("judgement").GetProperty("grade").GetString().ShouldBe("C");
        handoff.GetProperty("summary").GetProperty("countByType").GetProperty("demo_requested").GetInt32().ShouldBe(1);
    }

    [Fact]
    public async Task A_cursor_of_another_leads_story_is_refused()
    {
        var client = await api.NewTenantAsync();
        var one = await client.EngageAsync("one");
        var two = await client.EngageAsync("two");
        var cursor = (await client.GetAsync<LeadTimeline>($"/v1/leads/{one}/timeline?limit=1")).NextCursor;

        (await client.RefusedAsync($"/v1/leads/{two}/timeline?cursor={cursor}")).Code.ShouldBe("cursor_invalid");
        (await client.RefusedAsync($"/v1/leads/{two}/timeline?limit=500")).Errors!.Keys.ShouldBe(["limit"]);
        (await client.RefusedAsync($"/v1/leads/{Guid.NewGuid()}/timeline")).Code.ShouldBe("lead_not_found");
    }

    [Fact]
    public async Task An_event_of_an_unknown_type_is_shown_as_it_is_stored()
    {
        var client = await api.NewTenantAsync();
        var id = await client.EngageAsync("foreign");
        await api.Database.ExecuteAsync(
            """
            insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, is_archived)
            values (nextval('mt_events_sequence'), gen_random_uuid(), $1, 4, '{"Colour": "blue"}', 'lead_painted', now(), $2, false)
            """,
            id,
            client.TenantId);

        var entry = (await client.GetAsync<LeadTimeline>($"/v1/leads/{id}/timeline?limit=1")).Entries.Single();

        (entry.Type, entry.Summary).ShouldBe(("lead_painted", TimelineSummaries.OfUnknownType));
        entry.Data.GetProperty("Colour").GetString().ShouldBe("blue");
    }
}
