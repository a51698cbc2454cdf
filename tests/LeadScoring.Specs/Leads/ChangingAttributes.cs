using LeadScoring.Domain;
using LeadScoring.Domain.Leads;

namespace LeadScoring.Specs.Leads;

public sealed class ChangingAttributes
{
    private static readonly Past _vp = Given(Captured, Knows("seniority", Scalar.Of("vp")));

    [Fact]
    public void Only_what_is_new_or_different_is_recorded() =>
        _vp.When(Change(("seniority", Scalar.Of("vp")), ("company_size", Scalar.Of(500))))
            .Then(new AttributesChanged(new Dictionary<string, Scalar?> { ["company_size"] = Scalar.Of(500) }, "crm", Now))
            .Lead.Attributes.ShouldBe(
                new Dictionary<string, Scalar> { ["seniority"] = Scalar.Of("vp"), ["company_size"] = Scalar.Of(500) });

    [Fact]
    public void Null_removes_an_attribute() =>
        _vp.When(Change(("seniority", null)))
            .Then(new AttributesChanged(new Dictionary<string, Scalar?> { ["seniority"] = null }, "crm", Now))
            .Lead.Attributes.ShouldBeEmpty();

    [Fact]
    public void What_is_already_so_is_a_no_op()
    {
        _vp.When(Change(("seniority", Scalar.Of("vp")), ("industry", null))).ThenNothing();
        _vp.When(Change()).ThenNothing();
    }

    [Fact]
    public void Another_spelling_or_kind_is_a_change()
    {
        _vp.When(Change(("seniority", Scalar.Of("VP")))).Then(nameof(AttributesChanged));
        Given(Captured, Knows("company_size", Scalar.Of(1)))
            .When(Change(("company_size", Scalar.Of(true)))).Then(nameof(AttributesChanged));
    }

    [Fact]
    public void A_lead_has_a_bounded_number_of_attributes()
    {
        var many = Enumerable.Range(0, Lead.AttributesMax).Select(i => ($"a{i}", (Scalar?)Scalar.Of(i))).ToArray();
        var full = Given(Captured).When(Change(many)).Then(nameof(AttributesChanged));

        full.When(Change(("one_more", Scalar.Of(1)))).ThenRefused("too_many_attributes");
        full.When(Change(("a0", Scalar.Of(99)))).Then(nameof(AttributesChanged));
        full.When(Change(("a0", null), ("one_more", Scalar.Of(1)))).Then(nameof(AttributesChanged))
            .Lead.Attributes.Count.ShouldBe(Lead.AttributesMax);
    }

    private static ChangeAttributes Change(params (string Name, Scalar? Value)[] changes) =>
        new(changes.ToDictionary(c => c.Name, c => c.Value), "crm");
}
