using System.Text;
using LeadScoring.Domain;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;
using LeadScoring.Domain.Scoring.Suggestions;
using LeadScoring.Domain.Statistics;

namespace LeadScoring.Specs.Suggestions;

public sealed class PointsByOutcome
{
    private static readonly RuleColumns Columns = new(Model);

    private static string DefaultDocument { get; } = Encoding.UTF8.GetString(ScoringModelDocument.DefaultJson.Span);

    [Fact]
    public void Rules_that_tell_get_points_in_proportion_and_noise_is_left_out()
    {
        var proposal = Propose(Samples(2_000, Sales)).Proposal.ShouldNotBeNull();

        ReasonOf(proposal, "webinar_attended").ShouldBe(PointsReason.Evidence);
        ReasonOf(proposal, "pricing_page").ShouldBe(PointsReason.Evidence);
        ReasonOf(proposal, "decision_maker").ShouldBe(PointsReason.Evidence);
        ReasonOf(proposal, "content_download").ShouldBe(PointsReason.Noise);
        ReasonOf(proposal, "email_open").ShouldBe(PointsReason.Noise);
        // Planted: one webinar is worth three pricing pages.
        (PointsOf(proposal, "webinar_attended")!.Value / PointsOf(proposal, "pricing_page")!.Value).ShouldBe(3, 0.8);
        proposal.Model.Rules.Select(r => r.Name).ShouldNotContain("content_download");
        proposal.Quality.SuggestedScore.ShouldBeGreaterThan(proposal.Quality.PresentScore);
    }

    [Fact]
    public void The_document_is_valid_and_says_what_the_proposal_says()
    {
        var proposal = Propose(Samples(2_000, Sales)).Proposal.ShouldNotBeNull();

        var read = ScoringModelDocument.Read(Encoding.UTF8.GetBytes(proposal.Document));

        read.Name.ShouldBe($"{Model.Name}, suggested");
        read.Threshold.ShouldBe(Model.Threshold);
        read.AcceptWithin.ShouldBe(Model.AcceptWithin);
        foreach (var rule in proposal.Rules)
        {
            var name = Columns.NameOf(rule.Column);
            var points = Columns.IsFit(rule.Column)
                ? read.FitRules.SingleOrDefault(r => r.Name == name)?.Points
                : read.Rules.SingleOrDefault(r => r.Name == name)?.Points;
            points.ShouldBe(rule.Points, name);
        }

        read.CutOffs.ShouldBe(proposal.Grades.Where(g => g.FromFit is not null).Select(g => g.FromFit!.Value));
    }

    [Fact]
    public void Those_with_the_outcome_keep_their_mean_score()
    {
        var samples = Samples(2_000, Sales);
        var proposal = Propose(samples).Proposal.ShouldNotBeNull();

        var present = Columns.All.Select(Columns.PointsOf).ToArray();
        var suggested = proposal.Rules.Select(r => r.Points ?? 0).ToArray();
        var hits = samples.Where(s => s.IsPositive).ToList();

        // Points are rounded, so the mean moves a little.
        var was = hits.Average(s => Columns.ScoreOf(s, present));
        hits.Average(s => Columns.ScoreOf(s, suggested)).ShouldBe(was, 0.05 * was);
    }

    [Fact]
    public void The_same_samples_give_the_same_document_in_whatever_order()
    {
        var samples = Samples(1_000, Sales);
        var shuffled = samples.OrderBy(s => s.LeadId.GetHashCode()).ToList();

        Propose(shuffled).Proposal.ShouldNotBeNull().Document.ShouldBe(Propose(samples).Proposal.ShouldNotBeNull().Document);
    }

    [Fact]
    public void A_cap_lets_through_as_many_engagements_as_before()
    {
        // email_open: 1 point, at most 10.
        var proposal = Propose(Samples(2_000, s => s.Opens * 0.4)).Proposal.ShouldNotBeNull();

        var rule = proposal.Rules.Single(r => Columns.NameOf(r.Column) == "email_open");
        rule.Reason.ShouldBe(PointsReason.Evidence);
        (rule.Cap!.Value / rule.Points!.Value).ShouldBe(10, 1);
        proposal.Model.RuleNamed("email_open").Cap.ShouldBe(rule.Cap);
    }

    [Fact]
    public void A_rule_that_harms_gets_points_below_zero()
    {
        var proposal = Propose(Samples(2_000, s => (s.Webinars * 0.9) - (s.Opens * 0.4))).Proposal.ShouldNotBeNull();

        PointsOf(proposal, "email_open")!.Value.ShouldBeLessThan(0);
        PointsOf(proposal, "webinar_attended")!.Value.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Rules_hardly_anybody_met_keep_their_points()
    {
        var proposal = Propose(Samples(2_000, Sales)).Proposal.ShouldNotBeNull();

        ReasonOf(proposal, "email_bounced").ShouldBe(PointsReason.TooRare);
        PointsOf(proposal, "email_bounced").ShouldBe(-50);
        proposal.Rules.Single(r => Columns.NameOf(r.Column) == "email_bounced").Evidence.OddsRatio.ShouldBeNull();
    }

    [Fact]
    public void A_fast_track_without_evidence_stays_a_promise()
    {
        var samples = Samples(4_000, Sales, demos: 0.3);
        var proposal = Propose(samples).Proposal.ShouldNotBeNull();

        ReasonOf(proposal, "demo_requested").ShouldBe(PointsReason.FastTrack);
        PointsOf(proposal, "demo_requested").ShouldBe(60);
        proposal.Model.RuleNamed("demo_requested").FastTrack.ShouldBeTrue();
    }

    [Fact]
    public void Where_only_fit_tells_what_people_do_keeps_its_points()
    {
        var proposal = Propose(Samples(3_000, s => s.Decides ? 1.5 : 0)).Proposal.ShouldNotBeNull();

        ReasonOf(proposal, "webinar_attended").ShouldBe(PointsReason.Unchanged);
        PointsOf(proposal, "webinar_attended").ShouldBe(25);
        ReasonOf(proposal, "decision_maker").ShouldBe(PointsReason.Evidence);
    }

    [Fact]
    public void Grades_fall_with_the_rate_of_the_outcome()
    {
        var proposal = Propose(Samples(3_000, Sales)).Proposal.ShouldNotBeNull();

        proposal.Grades.Select(g => g.Grade).ShouldBe([Grade.A, Grade.B, Grade.C, Grade.D]);
        proposal.Grades.Sum(g => g.Outcomes.Trials).ShouldBe(3_000);
        var rates = proposal.Grades.Where(g => g.Outcomes.Trials > 0).Select(g => g.Outcomes.Rate!.Value).ToList();
        rates.Count.ShouldBeGreaterThan(1);
        rates.ShouldBe(rates.OrderDescending());
    }

    [Fact]
    public void Where_fit_tells_nothing_everybody_is_a_B()
    {
        var proposal = Propose(Samples(3_000, p => (0.9 * p.Webinars) - 1)).Proposal.ShouldNotBeNull();

        ReasonOf(proposal, "decision_maker").ShouldBe(PointsReason.Noise);
        proposal.Grades.Single(g => g.Grade == Grade.B).Outcomes.Trials.ShouldBe(3_000);
    }

    [Theory]
    [InlineData(Grade.A)]
    [InlineData(Grade.B)]
    public void Somebody_meets_the_least_grade_that_qualifies(Grade minimum)
    {
        // Fit tells nothing: nobody has twice the odds of all.
        var proposal = PointsFromOutcomes.Propose(
            Samples(3_000, p => (0.9 * p.Webinars) - 1), Model with { MinimumGrade = minimum }, DefaultDocument).Proposal.ShouldNotBeNull();

        proposal.Grades.Where(g => g.Grade <= minimum).Sum(g => g.Outcomes.Trials).ShouldBe(3_000);
        proposal.Model.CutOffs.ShouldBe(proposal.Model.CutOffs.OrderDescending());
    }

    [Fact]
    public void Too_little_data_is_refused_with_the_number()
    {
        var all = Samples(600, Sales);
        List<OutcomeSample> few = [.. all.Where(s => s.IsPositive).Take(49), .. all.Where(s => !s.IsPositive)];

        var refused = Propose(few);

        refused.Proposal.ShouldBeNull();
        refused.Fault.ShouldBe(SuggestionFault.TooFewWithOutcome);
        refused.Because.ShouldBe("Only 49 handoffs had the outcome; 50 are needed.");
        Propose([]).Fault.ShouldBe(SuggestionFault.TooFewWithOutcome);
        Propose([.. Samples(400, _ => 50)]).Fault.ShouldBe(SuggestionFault.TooFewWithoutOutcome);
    }

    [Fact]
    public void Chance_alone_is_refused() =>
        Propose(Samples(600, _ => 0)).Fault.ShouldBe(SuggestionFault.NoSignal);

    [Fact]
    public void Outcomes_that_one_rule_tells_without_error_are_refused() =>
        Propose(Samples(600, s => s.Decides ? 1_000 : -1_000)).Fault.ShouldBe(SuggestionFault.Separated);

    [Fact]
    public void What_a_rule_counted_is_decayed_and_within_its_caps()
    {
        var lead = Given(Captured)
            .And(Engaged("pricing_page_viewed", daysAgo: 30), Engaged("pricing_page_viewed", daysAgo: 0))
            .And(Times(20, "email_opened", daysAgo: 1))
            .And(Knows("seniority", Scalar.Of("vp")))
            .Lead;

        var features = Columns.Of(lead, Now).ToDictionary(f => Columns.NameOf(f.Column), f => f.Value);

        features["pricing_page"].ShouldBe(1.5, 1e-9);
        features["email_open"].ShouldBe(3 * double.Exp2(-1.0 / 30), 1e-9); // Three of a day count.
        features["decision_maker"].ShouldBe(1);
        features.Count.ShouldBe(3);
    }

    [Fact]
    public void What_was_done_before_a_new_cycle_does_not_count_for_it()
    {
        var lead = Given(Captured).And(Engaged("webinar_attended", daysAgo: 20)).And(Qualified(), Recycled(daysAgo: 10)).And(Engaged("pricing_page_viewed", daysAgo: 5)).Lead;

        Columns.Of(lead, Now).Select(f => Columns.NameOf(f.Column)).ShouldBe(["pricing_page"]);
    }

    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(0.6, 0.5)]
    [InlineData(-3.3, -3.5)]
    [InlineData(7.4, 7)]
    [InlineData(-23, -25)]
    [InlineData(141, 140)]
    [InlineData(1e9, 10_000)]
    public void Points_are_written_as_people_write_them(double points, double readable) => ReadablePoints.Of(points).ShouldBe(readable);

    private static Suggestion Propose(IReadOnlyList<OutcomeSample> samples) => PointsFromOutcomes.Propose(samples, Model, DefaultDocument);

    private static PointsReason ReasonOf(Proposal proposal, string rule) => proposal.Rules.Single(r => Columns.NameOf(r.Column) == rule).Reason;

    private static double? PointsOf(Proposal proposal, string rule) => proposal.Rules.Single(r => Columns.NameOf(r.Column) == rule).Points;

    /// <summary>Log odds of sales' yes: content and opens make no difference.</summary>
    private static double Sales(Person p) => (0.3 * p.Pages) + (0.9 * p.Webinars) + (p.Decides ? 1 : 0) - 1.5;

    private sealed record Person(int Pages, int Webinars, int Contents, int Opens, bool Demo, bool Decides);

    /// <summary>Handoffs of people who did enough under the default model, or asked for a demo.</summary>
    private static List<OutcomeSample> Samples(int count, Func<Person, double> logOdds, double demos = 0)
    {
        var random = new Random(11);
        var samples = new List<OutcomeSample>();
        while (samples.Count < count)
        {
            var p = new Person(random.Next(6), random.Next(4), random.Next(7), random.Next(10), random.NextDouble() < demos, random.Next(3) == 0);
            if (!p.Demo && (p.Pages * 10) + (p.Webinars * 25) + (p.Contents * 15) + p.Opens < 100) continue;
            var isPositive = random.NextDouble() < 1 / (1 + Math.Exp(-logOdds(p)));
            samples.Add(new(new Guid(samples.Count + 1, 7, 7, new byte[8]), Cycle: 1, Features(p), isPositive));
        }

        return samples;
    }

    private static List<Feature> Features(Person p)
    {
        (string Rule, double Units)[] all =
        [
            ("pricing_page", p.Pages), ("webinar_attended", p.Webinars), ("content_download", p.Contents), ("email_open", p.Opens),
            ("demo_requested", p.Demo ? 1 : 0), ("decision_maker", p.Decides ? 1 : 0),
        ];
        return [.. all.Where(a => a.Units > 0).Select(a => new Feature(Columns.All.Single(c => Columns.NameOf(c) == a.Rule), a.Units))];
    }
}
