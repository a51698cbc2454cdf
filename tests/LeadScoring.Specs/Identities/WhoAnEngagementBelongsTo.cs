using LeadScoring.Domain.Identities;

namespace LeadScoring.Specs.Identities;

public sealed class WhoAnEngagementBelongsTo
{
    private static readonly Guid _one = new("11111111-0000-0000-0000-000000000000");
    private static readonly Guid _two = new("22222222-0000-0000-0000-000000000000");
    private static readonly Guid _three = new("33333333-0000-0000-0000-000000000000");

    private static readonly Identity _external = new(IdentityKind.ExternalId, "crm-7");
    private static readonly Identity _email = new(IdentityKind.Email, "ann@example.com");
    private static readonly Identity _visitor = new(IdentityKind.AnonymousId, "v-1");

    [Fact]
    public void Nobody_holds_any_of_them_so_a_lead_is_born_with_all() =>
        Resolve([_visitor, _email]).ShouldBe(null, unclaimed: [_email, _visitor], conflicts: []);

    [Fact]
    public void A_known_identity_brings_the_unknown_ones_along() =>
        Resolve([_email, _visitor], (_email, _one)).ShouldBe(_one, unclaimed: [_visitor], conflicts: []);

    [Fact]
    public void A_visitor_who_gives_an_address_nobody_has_becomes_that_lead() =>
        Resolve([_email, _visitor], (_visitor, _one)).ShouldBe(_one, unclaimed: [_email], conflicts: []);

    [Fact]
    public void All_of_them_one_leads_nothing_is_to_be_done() =>
        Resolve([_external, _email, _visitor], (_external, _one), (_email, _one), (_visitor, _one))
            .ShouldBe(_one, unclaimed: [], conflicts: []);

    [Fact]
    public void The_strongest_identity_wins_whatever_order_they_are_stated_in()
    {
        (Identity, Guid)[] held = [(_external, _one), (_email, _two), (_visitor, _three)];
        IdentityConflict[] conflicts = [new(IdentityKind.Email, _two), new(IdentityKind.AnonymousId, _three)];

        Resolve([_external, _email, _visitor], held).ShouldBe(_one, unclaimed: [], conflicts);
        Resolve([_visitor, _email, _external], held).ShouldBe(_one, unclaimed: [], conflicts);
    }

    [Fact]
    public void An_address_is_stronger_than_a_visitor() =>
        Resolve([_visitor, _email], (_visitor, _one), (_email, _two))
            .ShouldBe(_two, unclaimed: [], conflicts: [new(IdentityKind.AnonymousId, _one)]);

    [Fact]
    public void An_unclaimed_identity_goes_to_the_winner_of_a_conflict() =>
        Resolve([_external, _email, _visitor], (_email, _one), (_visitor, _two))
            .ShouldBe(_one, unclaimed: [_external], conflicts: [new(IdentityKind.AnonymousId, _two)]);

    [Fact]
    public void A_stated_lead_id_is_stronger_than_all() =>
        Resolve(_one, [_external, _email, _visitor], (_external, _two), (_email, _one))
            .ShouldBe(_one, unclaimed: [_visitor], conflicts: [new(IdentityKind.ExternalId, _two)]);

    [Fact]
    public void A_lead_id_alone_is_enough() => Resolve(_one, []).ShouldBe(_one, unclaimed: [], conflicts: []);

    [Fact]
    public void The_same_text_of_another_kind_is_another_identity() =>
        Resolve([_email with { Kind = IdentityKind.AnonymousId }], (_email, _one))
            .ShouldBe(null, unclaimed: [_email with { Kind = IdentityKind.AnonymousId }], conflicts: []);

    private static Resolved Resolve(Identity[] stated, params (Identity Identity, Guid Lead)[] held) =>
        Resolve(null, stated, held);

    private static Resolved Resolve(Guid? leadId, Identity[] stated, params (Identity Identity, Guid Lead)[] held) =>
        new(IdentityResolution.Resolve(
            leadId, stated, identity => held.Where(h => h.Identity == identity).Select(h => (Guid?)h.Lead).SingleOrDefault()));

    private sealed record Resolved(IdentityResolution Resolution)
    {
        public void ShouldBe(Guid? leadId, Identity[] unclaimed, IdentityConflict[] conflicts)
        {
            Resolution.LeadId.ShouldBe(leadId);
            Resolution.Unclaimed.ShouldBe(unclaimed);
            Resolution.Conflicts.ShouldBe(conflicts);
        }
    }
}
