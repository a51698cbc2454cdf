using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Qualification;
using LeadScoring.Domain.Scoring;

namespace LeadScoring.Specs.Qualification;

public sealed class MarketingReview
{
    [Fact]
    public void A_reviewed_lead_is_handed_off_with_the_whole_story_frozen()
    {
        Given(
                Captured,
                Knows("seniority", Domain.Scalar.Of("vp")),
                Knows("company_size", Domain.Scalar.Of(500)),
                Engaged("webinar_attended", daysAgo: 30) with { Campaign = "spring", Product = "suite" },
                Engaged("contact_form_submitted", daysAgo: 30) with { Campaign = "spring" },
                Engaged("careers_page_viewed") with { Product = "api" },
                AwaitingReview())
            .When(new QualifyLead("mia", "met her at the fair"))
            .Then(new MarketingQualified(
                Cycle: 1,
                QualificationReason.Review,
                "mia",
                new Judgement(
                    Score: 27.5,
                    QualifyingScore: 27.5,
                    Fit: 60,
                    Grade.A,
                    Model.Id,
                    [new("contact_us_form", 25, 1), new("webinar_attended", 12.5, 1), new("careers_page", -10, 1)]),
                new EngagementSummary(
                    Count: 3,
                    new Dictionary<string, int>
                    {
                        ["webinar_attended"] = 1,
                        ["contact_form_submitted"] = 1,
                        ["careers_page_viewed"] = 1,
                    },
                    FirstAt: DaysAgo(30),
                    LastAt: Now,
                    Campaigns: ["spring"],
                    Products: ["suite", "api"]),
                AcceptanceDueAt: Now.AddHours(24),
                At: Now,
                "met her at the fair",
                AcceptanceDueSoonAt: Now.AddHours(18)));
    }

    [Fact]
    public void Corrections_of_the_clamp_stand_among_the_frozen_contributions()
    {
        var floored = Given(Captured, Engaged("unsubscribed"), AwaitingReview()).When(new QualifyLead("mia"));
        floored.Lead.Handoff!.Score.ShouldBe(0);
        floored.Events.OfType<MarketingQualified>().Single().Judgement.Contributions
            .ShouldBe([new("unsubscribed", -25, 1), new("floor", 25, 0)]);

        var model = Model with { Ceiling = 40 };
        Given(Captured, Engaged("contact_form_submitted"), AwaitingReview()).Under(model).When(new QualifyLead("mia"))
            .Events.OfType<MarketingQualified>().Single().Judgement.Contributions
            .ShouldBe([new("contact_us_form", 50, 1), new("ceiling", -10, 0)]);
    }

    [Fact]
    public void What_sales_was_told_does_not_change_with_what_happens_later()
    {
        var handedOff = Given(Captured, Engaged("webinar_attended"), AwaitingReview()).When(new QualifyLead("mia"));
        var later = handedOff.Afterwards.At(Now.AddDays(60)).When(Posts("demo_requested", daysAgo: -60));

        later.Lead.Handoff.ShouldBe(handedOff.Lead.Handoff);
        later.Lead.Handoff.ShouldBe(
            new Handoff(Cycle: 1, QualificationReason.Review, Score: 25, Grade.C, Now, AcceptanceDueAt: Now.AddHours(24), AcceptanceDueSoonAt: Now.AddHours(18)));
    }

    [Fact]
    public void A_declined_lead_rests_for_the_models_cool_down() =>
        Given(Captured, AwaitingReview())
            .When(new DeclineLead("mia", "a student"))
            .Then(
                new MarketingDeclined(Cycle: 1, "mia", "a student", Now),
                new LeadRecycled(Cycle: 1, "mia", RecycleReason.MarketingDeclined, "a student", Now.AddDays(30), Now));

    [Fact]
    public void A_declined_lead_rests_as_long_as_marketing_says() =>
        Given(Captured, AwaitingReview())
            .When(new DeclineLead("mia", CoolDownUntil: Now.AddDays(90)))
            .Then(
                new MarketingDeclined(Cycle: 1, "mia", Note: null, Now),
                new LeadRecycled(Cycle: 1, "mia", RecycleReason.MarketingDeclined, Note: null, Now.AddDays(90), Now));
}
