using LeadScoring.Domain;
using LeadScoring.Domain.Leads;

namespace LeadScoring.Specs.Engagements;

/// <summary>A repeat of an engagement's id is a duplicate when it says the same, and an error of the producer when not.</summary>
public sealed class RepeatedEngagements
{
    private static readonly EngagementRecorded _engagement = new(
        "web", "e1", "page_viewed", Now, StatedAt: null, "spring", "ads", "whitepaper", "suite",
        Of(("page", Scalar.Of("/pricing"))));

    public static TheoryData<EngagementRecorded> Others => new()
    {
        _engagement with { Source = "mail" },
        _engagement with { Id = "e2" },
        _engagement with { Type = "email_opened" },
        _engagement with { OccurredAt = Now.AddTicks(1) },
        _engagement with { StatedAt = Now.AddTicks(1) },
        _engagement with { Campaign = null },
        _engagement with { Channel = "social" },
        _engagement with { Asset = "WhitePaper" },
        _engagement with { Product = "api" },
        _engagement with { Properties = null },
        _engagement with { Properties = Of(("page", Scalar.Of("/Pricing"))) },
        _engagement with { Properties = Of(("path", Scalar.Of("/pricing"))) },
        _engagement with { Properties = Of(("page", Scalar.Of("/pricing")), ("seconds", Scalar.Of(3))) },
    };

    public static TheoryData<EngagementRecorded> Repeats => new()
    {
        _engagement with { Properties = Of(("page", Scalar.Of("/pricing"))) },
        _engagement with { OccurredAt = Now.ToOffset(TimeSpan.FromHours(5)) },
        // The first post came from a clock ahead of ours and was taken as earlier.
        _engagement with { OccurredAt = Now.AddMinutes(-2), StatedAt = Now },
    };

    [Theory, MemberData(nameof(Repeats))]
    public void The_same_fact_is_recognised(EngagementRecorded repeat)
    {
        repeat.SaysTheSameAs(_engagement).ShouldBeTrue();
        _engagement.SaysTheSameAs(repeat).ShouldBeTrue();
    }

    [Theory, MemberData(nameof(Others))]
    public void Any_difference_makes_another_fact(EngagementRecorded other)
    {
        other.SaysTheSameAs(_engagement).ShouldBeFalse();
        _engagement.SaysTheSameAs(other).ShouldBeFalse();
    }

    [Fact]
    public void No_properties_and_an_empty_list_of_them_are_the_same() =>
        (_engagement with { Properties = null }).SaysTheSameAs(_engagement with { Properties = Of() }).ShouldBeTrue();

    private static Dictionary<string, Scalar> Of(params (string Name, Scalar Value)[] properties) =>
        properties.ToDictionary(p => p.Name, p => p.Value);
}
