using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Qualification;
using LeadScoring.Domain.Scoring;

namespace LeadScoring.Specs.Scoring;

/// <summary>A lead's score over its life.</summary>
public sealed class ScoreCurves
{
    [Fact]
    public void Every_point_is_the_score_of_its_instant_under_the_model_that_held()
    {
        var (suspected, changes) = (0, 0);
        Property.Holds(Sample.Any, sample =>
        {
            var random = sample.Random();
            var later = TestModel.Of([.. sample.Model.Rules.Select(r => r with { Points = -r.Points })]) with
            {
                Id = "2-later", Version = 2, ClickBurst = sample.Model.ClickBurst,
            };
            var models = new ModelTimeline(
                sample.Model, [new(Sample.Start.AddDays(random.Next(20)), later), new(Sample.Start.AddDays(20 + random.Next(60)), sample.Model)]);
            var recycled = Sample.Start.AddHours(6 * random.Next(40));
            var events = Numbered(
                [.. sample.Shuffled(random), .. sample.RetractionsAndRestorations(), new LeadRecycled(1, "ann", RecycleReason.NotReady, null, recycled, recycled)]);

            var points = ScoreCurve.Of(LeadId, events, models, Now).ToList();

            var history = EngagementHistory.Of(events.Select(e => e.Fact));
            foreach (var point in points)
            {
                point.Model.Id.ShouldBe(models.At(point.At).Id);
                point.Score.ShouldBeNear(Formula.Score(history, point.Model, point.At));
                point.QualifyingScore.ShouldBeNear(Formula.Score(history, point.Model, point.At, point.At >= recycled ? recycled : null));
            }

            points.Select(p => p.Fact).OfType<EngagementRecorded>().ShouldBe(history.Counted, ignoreOrder: true);
            points.Select(p => p.At).ShouldBe(points.Select(p => p.At).Order());
            suspected += SuspectedBots.Of(history, sample.Model).IsEmpty ? 0 : 1;
            changes += points.Count(p => p.Fact is null);
        });
        suspected.ShouldBeGreaterThan(Property.Of(20));
        changes.ShouldBeGreaterThan(Property.Of(20));
    }

    [Fact]
    public void Asked_for_one_model_it_never_changes()
    {
        var model = TestModel.Of(TestModel.Rule("clicked", 10));
        var other = TestModel.Of(TestModel.Rule("clicked", 70)) with { Id = "2-other", Version = 2 };
        var models = new ModelTimeline(model, [new(DaysAgo(5), other)]);
        var events = Numbered([Captured, Engaged("clicked", 9), Engaged("clicked", 3)]);

        ScoreCurve.Of(LeadId, events, models, Now).Select(p => (p.At, p.Score))
            .ShouldBe([(DaysAgo(9), 10), (DaysAgo(5), 70), (DaysAgo(3), 140)]);
        ScoreCurve.Of(LeadId, events, models, Now, model).Select(p => (p.At, p.Score)).ShouldBe([(DaysAgo(9), 10), (DaysAgo(3), 20)]);
    }

    [Fact]
    public void Decisions_and_attributes_stand_among_the_engagements_with_the_stage_they_led_to()
    {
        var events = Numbered([Captured, Engaged("demo_requested", 12), Qualified(daysAgo: 10), Accepted, Knows("seniority", Domain.Scalar.Of("vp"))]);

        ScoreCurve.Of(LeadId, events, new(Model), Now).Select(p => (p.Fact!.GetType().Name, p.Stage)).ShouldBe(
        [
            (nameof(AttributesChanged), Stage.Inquiry),
            (nameof(EngagementRecorded), Stage.Inquiry),
            (nameof(MarketingQualified), Stage.MarketingQualified),
            (nameof(SalesAccepted), Stage.SalesAccepted),
        ]);
    }

    private static List<CurveEvent> Numbered(IReadOnlyList<LeadEvent> events) => [.. events.Select((e, i) => new CurveEvent(AtOf(e), i + 1, e))];

    private static DateTimeOffset AtOf(LeadEvent fact) => fact switch
    {
        EngagementRecorded e => e.OccurredAt,
        LeadCaptured e => e.At,
        LeadRecycled e => e.At,
        MarketingQualified e => e.At,
        SalesAccepted e => e.At,
        AttributesChanged e => e.At,
        _ => Now,
    };
}
