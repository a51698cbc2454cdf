using LeadScoring.Domain;
using LeadScoring.Domain.Engagements;
using LeadScoring.Domain.Identities;
using LeadScoring.Domain.Leads;

namespace LeadScoring.Specs.Engagements;

public sealed class RecordingAnEngagement
{
    private static readonly Identity _email = new(IdentityKind.Email, "ann@example.com");
    private static readonly Identity _visitor = new(IdentityKind.AnonymousId, "v-1");
    private static readonly Guid _otherLead = new("aaaaaaaa-0000-0000-0000-000000000001");

    [Fact]
    public void The_first_engagement_of_somebody_unknown_captures_the_lead()
    {
        var lead = Given()
            .When(new RecordEngagement(Engaged("page_viewed", daysAgo: 2, id: "e1"), Link: [_visitor, _email], Conflicts: []))
            .Then(
                new LeadCaptured("web", Now),
                new IdentityLinked(IdentityKind.AnonymousId, "v-1", Now),
                new IdentityLinked(IdentityKind.Email, "ann@example.com", Now),
                Engaged("page_viewed", daysAgo: 2, id: "e1"))
            .Lead;

        (lead.Stage, lead.Cycle, lead.CapturedAt, lead.StageSince).ShouldBe((Stage.Inquiry, 1, Now, Now));
        lead.Version.ShouldBe(4);
        lead.Identities.ShouldBe([_visitor, _email]);
    }

    [Fact]
    public void An_identity_the_lead_has_already_is_not_linked_again() =>
        Given(Captured, new IdentityLinked(IdentityKind.Email, "ann@example.com", DaysAgo(9)))
            .When(new RecordEngagement(Engaged("page_viewed"), Link: [_email, _visitor], Conflicts: []))
            .Then(nameof(IdentityLinked), nameof(EngagementRecorded))
            .Lead.Identities.ShouldBe([_email, _visitor]);

    [Fact]
    public void A_conflict_is_noted_once_on_the_lead_that_gets_the_engagement()
    {
        var conflict = new IdentityConflict(IdentityKind.Email, _otherLead);
        Given(Captured)
            .When(new RecordEngagement(Engaged("page_viewed", id: "e1"), Link: [], [conflict]))
            .Then(new IdentityConflictFound(IdentityKind.Email, _otherLead, Now), Engaged("page_viewed", id: "e1"))
            .When(new RecordEngagement(Engaged("page_viewed", id: "e2"), Link: [], [conflict]))
            .Then(Engaged("page_viewed", id: "e2"))
            .Lead.Conflicts.ShouldBe([conflict]);
    }

    [Fact]
    public void A_conflict_is_noted_on_the_other_lead_too_and_a_repeat_is_a_no_op()
    {
        var noting = new NoteIdentityConflicts([new(IdentityKind.Email, _otherLead)]);
        Given(Captured)
            .When(noting).Then(new IdentityConflictFound(IdentityKind.Email, _otherLead, Now))
            .When(noting).ThenNothing();
    }

    [Fact]
    public void Identities_and_conflicts_have_a_bound_and_engagements_go_on_beyond_it()
    {
        Identity[] identities =
            [.. Enumerable.Range(0, Lead.IdentitiesMax + 5).Select(i => new Identity(IdentityKind.AnonymousId, $"v-{i}"))];
        IdentityConflict[] conflicts =
            [.. Enumerable.Range(0, Lead.ConflictsMax + 5).Select(_ => new IdentityConflict(IdentityKind.Email, Guid.NewGuid()))];
        var lead = Given(Captured)
            .When(new RecordEngagement(Engaged("page_viewed", id: "e1"), identities, conflicts))
            .When(new RecordEngagement(Engaged("page_viewed", id: "e2"), identities, conflicts)).ThenOnlyRecorded()
            .Lead;

        (lead.Identities.Count, lead.Conflicts.Count).ShouldBe((Lead.IdentitiesMax, Lead.ConflictsMax));
        lead.Engagements.Count.ShouldBe(2);
    }

    [Fact]
    public void An_engagement_no_rule_speaks_of_is_kept_and_counted()
    {
        var lead = Given(Captured).When(Posts("podcast_heard")).ThenOnlyRecorded().Lead;
        lead.Engagements.CountByType.ShouldBe(new Dictionary<string, int> { ["podcast_heard"] = 1 });
        lead.Score.At(Now, Model).ShouldBe(0);
    }

    [Fact]
    public void The_tally_tells_when_from_where_and_about_what()
    {
        var tally = Given(
            Captured,
            Engaged("page_viewed", daysAgo: 3) with { Source = "web", Campaign = "spring", Product = "suite" },
            Engaged("page_viewed", daysAgo: 8) with { Source = "mail", Campaign = "spring" },
            Engaged("email_opened", daysAgo: 5) with { Source = "mail", Campaign = "autumn" }).Lead.Engagements;

        (tally.Count, tally.FirstAt, tally.LastAt).ShouldBe((3, DaysAgo(8), DaysAgo(3)));
        tally.CountByType.ShouldBe(new Dictionary<string, int> { ["page_viewed"] = 2, ["email_opened"] = 1 });
        tally.Sources.ShouldBe(["web", "mail"]);
        tally.Campaigns.ShouldBe(["spring", "autumn"]);
        tally.Products.ShouldBe(["suite"]);
    }

    [Fact]
    public void The_tally_stays_within_its_bounds_and_loses_no_count()
    {
        var many = Enumerable.Range(0, 80)
            .Select(i => Engaged($"type_{i}") with { Campaign = $"c{i}", Source = $"s{i}", Product = $"p{i}" });
        var tally = Given(Captured).And(many).Lead.Engagements;

        tally.CountByType.Count.ShouldBe(EngagementTally.DistinctValuesMax + 1);
        tally.CountByType[EngagementTally.OtherTypes].ShouldBe(30);
        tally.CountByType.Values.Sum().ShouldBe(80);
        new[] { tally.Campaigns, tally.Sources, tally.Products }.ShouldAllBe(l => l.Count == EngagementTally.DistinctValuesMax);
    }
}
