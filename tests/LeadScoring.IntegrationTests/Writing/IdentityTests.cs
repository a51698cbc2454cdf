using LeadScoring.Domain.Identities;
using LeadScoring.Domain.Leads;
using LeadScoring.IntegrationTests.Setup;
using static LeadScoring.IntegrationTests.Writing.WriterHarness;

namespace LeadScoring.IntegrationTests.Writing;

/// <summary>Who a lead is, through the writer and the database.</summary>
public class IdentityTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    [Fact]
    public async Task An_unknown_identity_makes_a_lead_and_a_known_one_finds_it()
    {
        await using var service = await StartAsync(database);

        var first = await service.RecordAsync(Engagement("i1", email: "ann@example.com"));
        var second = await service.RecordAsync(Engagement("i2", email: "ann@example.com"));

        first.Changed.ShouldBeTrue();
        second.Lead!.Lead.Id.ShouldBe(first.Lead!.Lead.Id);
        (await service.StoryAsync(first.Lead.Lead.Id)).Events.Select(e => e.Recorded.Type).ShouldBe(
            ["lead_captured", "identity_linked", "engagement_recorded", "engagement_recorded"]);
    }

    [Fact]
    public async Task A_visitor_who_gives_an_email_nobody_has_becomes_that_lead_with_everything_done_before()
    {
        await using var service = await StartAsync(database);

        var visitor = await service.RecordAsync(Engagement("v1", anonymousId: "cookie-v", type: "pricing_page_viewed"));
        var named = await service.RecordAsync(Engagement("v2", anonymousId: "cookie-v", email: "vera@example.com"));
        var later = await service.RecordAsync(Engagement("v3", email: "vera@example.com"));

        named.Lead!.Lead.Id.ShouldBe(visitor.Lead!.Lead.Id);
        later.Lead!.Lead.Id.ShouldBe(visitor.Lead.Lead.Id);
        later.Lead.Lead.Engagements.Count.ShouldBe(3);
        later.Lead.Lead.Identities.ShouldBe(
            [new(IdentityKind.AnonymousId, "cookie-v"), new(IdentityKind.Email, "vera@example.com")]);
        named.Warnings.ShouldBeEmpty();
    }

    [Fact]
    public async Task Identities_of_different_leads_go_to_the_strongest_and_show_on_both()
    {
        await using var service = await StartAsync(database);
        var byMail = (await service.RecordAsync(Engagement("c1", email: "carl@example.com"))).Lead!.Lead.Id;
        var byCookie = (await service.RecordAsync(Engagement("c2", anonymousId: "cookie-c"))).Lead!.Lead.Id;

        var both = await service.RecordAsync(Engagement("c3", email: "carl@example.com", anonymousId: "cookie-c"));
        var again = await service.RecordAsync(Engagement("c4", email: "carl@example.com", anonymousId: "cookie-c"));

        both.Lead!.Lead.Id.ShouldBe(byMail);
        both.Warnings.Single().Code.ShouldBe("identity_conflict");
        both.Warnings.Single().LeadIds.ShouldBe([byMail, byCookie]);
        again.Warnings.Single().Code.ShouldBe("identity_conflict");
        again.Lead!.Lead.Conflicts.ShouldBe([new(IdentityKind.AnonymousId, byCookie)]);
        var other = (await service.StoryAsync(byCookie)).Document(Domain.Scoring.ScoringModelDocument.Default).Lead;
        other.Conflicts.ShouldBe([new(IdentityKind.AnonymousId, byMail)]);
        other.Engagements.Count.ShouldBe(1);
    }

    [Fact]
    public async Task An_external_id_outranks_an_email_and_a_lead_id_outranks_both()
    {
        await using var service = await StartAsync(database);
        var byMail = (await service.RecordAsync(Engagement("r1", email: "rita@example.com"))).Lead!.Lead.Id;
        var byExternal = (await service.RecordAsync(Engagement("r2", externalId: "crm-r"))).Lead!.Lead.Id;
        var byCookie = (await service.RecordAsync(Engagement("r3", anonymousId: "cookie-r"))).Lead!.Lead.Id;

        var external = await service.RecordAsync(
            Engagement("r4", email: "rita@example.com", externalId: "crm-r", anonymousId: "cookie-r"));
        var id = await service.RecordAsync(
            Engagement("r5", leadId: byCookie, email: "rita@example.com", externalId: "crm-r"));

        external.Lead!.Lead.Id.ShouldBe(byExternal);
        external.Warnings.Single().LeadIds.ShouldBe([byExternal, byMail, byCookie]);
        id.Lead!.Lead.Id.ShouldBe(byCookie);
    }

    [Fact]
    public async Task A_lead_id_nobody_has_or_of_another_tenant_is_not_found_and_nothing_is_recorded()
    {
        await using var service = await StartAsync(database);
        var elsewhere = (await service.RecordAsync(Engagement("t1", email: "tom@example.com"), tenant: "globex")).Lead!.Lead.Id;

        var unknown = await service.RecordAsync(Engagement("t2", leadId: Guid.NewGuid(), email: "new-t@example.com"));
        var foreign = await service.RecordAsync(Engagement("t3", leadId: elsewhere));

        unknown.Refusal!.Code.ShouldBe("lead_not_found");
        foreign.Refusal!.Code.ShouldBe("lead_not_found");
        (await database.ScalarAsync<long>("select count(*) from mt_doc_lead_identity where id = 'email:new-t@example.com'")).ShouldBe(0);
        (await service.StoryAsync(elsewhere, "globex")).Events.Count.ShouldBe(3);
    }

    [Fact]
    public async Task The_same_names_and_ids_in_two_tenants_are_two_leads()
    {
        await using var service = await StartAsync(database);

        var here = await service.RecordAsync(Engagement("same", email: "sue@example.com"), tenant: "acme");
        var there = await service.RecordAsync(Engagement("same", email: "sue@example.com"), tenant: "globex");

        there.Changed.ShouldBeTrue();
        there.Lead!.Lead.Id.ShouldNotBe(here.Lead!.Lead.Id);
    }

    [Fact]
    public async Task Two_instances_that_meet_a_new_person_at_the_same_moment_make_one_lead()
    {
        await using var one = await StartAsync(database);
        await using var two = await StartAsync(database);
        for (var person = 0; person < 20; person++)
        {
            var mail = $"race-{person}@example.com";
            var outcomes = await Task.WhenAll(Enumerable.Range(0, 16).Select(
                i => (i % 2 == 0 ? one : two).RecordAsync(Engagement($"race-{person}-{i}", email: mail, anonymousId: $"race-{person}"))));

            outcomes.ShouldAllBe(o => o.Refusal == null && o.Changed && o.Warnings.Count == 0);
            outcomes.Select(o => o.Lead!.Lead.Id).Distinct().Count().ShouldBe(1);
            var story = await one.StoryAsync(outcomes[0].Lead!.Lead.Id);
            story.Events.Select(e => e.Recorded.Version).ShouldBe(Enumerable.Range(1, story.Events.Count).Select(v => (long)v));
            story.History.Recorded.Count.ShouldBe(16);
        }

        (await database.ScalarAsync<long>(
            "select count(*) from mt_doc_lead_identity k where not exists (select from mt_streams s where s.tenant_id = k.tenant_id and s.id = k.lead_id)"))
            .ShouldBe(0);
    }

    [Fact]
    public async Task Beyond_the_bound_an_identity_is_not_linked_but_the_engagement_is_kept()
    {
        await using var service = await StartAsync(database);
        for (var i = 0; i < Lead.IdentitiesMax; i++)
        {
            await service.RecordAsync(Engagement($"b{i}", anonymousId: $"bound-{i}", externalId: "bound"));
        }

        var outcome = await service.RecordAsync(Engagement("b-last", anonymousId: "bound-last", externalId: "bound"));

        outcome.Changed.ShouldBeTrue();
        outcome.Warnings.Single().Code.ShouldBe("identity_limit_reached");
        outcome.Lead!.Lead.Identities.Count.ShouldBe(Lead.IdentitiesMax);
    }

    [Fact]
    public async Task A_repeat_is_known_although_its_unlinked_identity_has_become_another_lead()
    {
        await using var service = await StartAsync(database);
        var at = DateTimeOffset.UtcNow.AddHours(-1);
        for (var i = 0; i < Lead.IdentitiesMax; i++)
        {
            await service.RecordAsync(Engagement($"n{i}", anonymousId: $"known-{i}", email: "full@example.com"));
        }

        var said = Engagement("n-last", externalId: "crm-late", email: "full@example.com", occurredAt: at);
        var first = await service.RecordAsync(said);
        var other = await service.RecordAsync(Engagement("n-other", externalId: "crm-late"));
        var again = await service.RecordAsync(said);

        first.Warnings.Single().Code.ShouldBe("identity_limit_reached");
        other.Lead!.Lead.Id.ShouldNotBe(first.Lead!.Lead.Id);
        again.Refusal.ShouldBeNull();
        again.Changed.ShouldBeFalse();
        again.Lead!.Lead.Id.ShouldBe(first.Lead.Lead.Id);
    }
}
