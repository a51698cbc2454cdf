using LeadScoring.Domain.Scoring;

namespace LeadScoring.Specs.Scoring;

/// <summary>The definition the service starts with, figure by figure.</summary>
public sealed class DefaultModel
{
    [Theory]
    [InlineData("page_viewed", 1)]
    [InlineData("pricing_page_viewed", 10)]
    [InlineData("email_opened", 1)]
    [InlineData("email_clicked", 3)]
    [InlineData("content_downloaded", 15)]
    [InlineData("webinar_attended", 25)]
    [InlineData("demo_requested", 60)]
    [InlineData("contact_form_submitted", 50)]
    [InlineData("careers_page_viewed", -10)]
    [InlineData("unsubscribed", -25)]
    [InlineData("email_bounced", -50)]
    public void Each_kind_of_engagement_is_worth_its_points_and_half_of_them_after_30_days(string type, double points)
    {
        var rule = Model.RuleFor(Engaged(type)).ShouldNotBeNull();
        (rule.Points, rule.HalfLifeDays, rule.When.Count).ShouldBe((points, 30, 0));
    }

    [Fact]
    public void Only_email_opens_are_capped()
    {
        Model.Rules.Count.ShouldBe(11);
        Model.Rules.Where(r => r.MaxPerDay is not null || r.Cap is not null)
            .Select(r => (r.Type, r.MaxPerDay, r.Cap)).ShouldBe([("email_opened", 3, 10)]);
    }

    [Fact]
    public void Only_a_demo_request_is_a_fast_track() =>
        Model.Rules.Where(r => r.FastTrack).Select(r => r.Type).ShouldBe(["demo_requested"]);

    [Fact]
    public void Qualification_asks_for_100_points_grade_C_and_marketings_review_within_a_day()
    {
        (Model.Threshold, Model.MinimumGrade, Model.Review).ShouldBe((100, Grade.C, ReviewMode.Marketing));
        (Model.AcceptWithin, Model.CoolDown).ShouldBe((TimeSpan.FromHours(24), TimeSpan.FromDays(30)));
        (Model.Floor, Model.Ceiling).ShouldBe((0, 1000));
        Model.CutOffs.ShouldBe([60, 30, 0]);
    }

    [Fact]
    public void Its_id_names_the_version_and_the_fingerprint() => Model.Id.ShouldMatch("^1-[0-9a-f]{8}$");
}
