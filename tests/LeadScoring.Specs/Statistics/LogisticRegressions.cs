using LeadScoring.Domain.Statistics;

namespace LeadScoring.Specs.Statistics;

/// <summary>Expected values: statsmodels 0.13 (no penalty; Greene's Table 21.1 prints the same) and scikit-learn 1.2 (ridge).</summary>
public sealed class LogisticRegressions
{
    [Fact]
    public void A_textbooks_table_is_reproduced()
    {
        var fit = LogisticRegression.Fit(Spector.Labelled, columns: 3, ridge: 0);

        fit.Converged.ShouldBeTrue();
        fit.Intercept.ShouldBe(-13.021346858115688, 1e-7);
        fit.Coefficients.ShouldBe([2.8261125948893207, 0.09515766131790934, 2.3786876550933536], 1e-7);
        fit.InterceptError.ShouldBe(4.931324213602756, 1e-6);
        fit.StandardErrors.ShouldBe([1.2629410756290778, 0.14155420567369467, 1.0645642544971319], 1e-6);
        fit.PValue(0).ShouldBe(0.025239108802562582, 1e-7);
        fit.PValue(1).ShouldBe(0.5014342380819221, 1e-7);
        fit.LogLikelihood.ShouldBe(-12.889634222131413, 1e-9);
        var interval = fit.IntervalOf(0).ShouldNotBeNull();
        interval.Low.ShouldBe(2.8261125948893207 - (1.959963984540054 * 1.2629410756290778), 1e-6);
        interval.High.ShouldBe(2.8261125948893207 + (1.959963984540054 * 1.2629410756290778), 1e-6);
    }

    [Theory]
    [InlineData(1, -10.21579157508216, 2.1279444190479877, 0.08517675653388021, 1.8001487647744603)]
    [InlineData(10, -4.922463027506459, 0.8885018606195277, 0.05117139299155906, 0.7349268279297161)]
    [InlineData(0.1, -12.593069879214491, 2.7189590967446757, 0.09376528428971857, 2.290980585961845)]
    public void A_ridge_is_the_notebooks(double ridge, double intercept, double gpa, double tuce, double psi)
    {
        var fit = LogisticRegression.Fit(Spector.Labelled, columns: 3, ridge);

        fit.Converged.ShouldBeTrue();
        fit.Intercept.ShouldBe(intercept, 1e-5);
        fit.Coefficients.ShouldBe([gpa, tuce, psi], 1e-5);
    }

    [Fact]
    public void One_truth_value_has_the_closed_form()
    {
        // 30 of 40 with it, 20 of 60 without: log odds ratio log(6), standard error by Woolf.
        var fit = LogisticRegression.Fit(TwoByTwo(30, 40, 20, 60), columns: 1, ridge: 0);

        fit.Intercept.ShouldBe(Math.Log(20.0 / 40), 1e-9);
        fit.Coefficients[0].ShouldBe(Math.Log(6), 1e-9);
        fit.StandardErrors[0].ShouldBe(Math.Sqrt((1.0 / 30) + (1.0 / 10) + (1.0 / 20) + (1.0 / 40)), 1e-8);
        fit.LogOdds([new(0, 1)]).ShouldBe(Math.Log(3), 1e-9);
    }

    [Fact]
    public void Nothing_known_leaves_the_rate()
    {
        var fit = LogisticRegression.Fit([.. Enumerable.Range(0, 10).Select(i => new LabelledRow([], i < 3))], columns: 0, ridge: 1);

        fit.Intercept.ShouldBe(Math.Log(3.0 / 7), 1e-9);
        fit.Converged.ShouldBeTrue();
    }

    [Fact]
    public void A_column_that_never_varies_has_no_say()
    {
        var rows = TwoByTwo(30, 40, 20, 60).Select(r => r with { Features = [.. r.Features, new(1, 7)] }).ToList();

        var fit = LogisticRegression.Fit(rows, columns: 3, ridge: 0);

        fit.Converged.ShouldBeTrue();
        fit.Coefficients[0].ShouldBe(Math.Log(6), 1e-9);
        fit.Coefficients[1].ShouldBe(0);
        fit.IsInformed(1).ShouldBeFalse();
        fit.IsInformed(2).ShouldBeFalse();
        fit.PValue(1).ShouldBe(1);
        fit.IntervalOf(1).ShouldBeNull();
    }

    [Fact]
    public void Separated_outcomes_have_no_optimum_without_a_penalty()
    {
        var rows = TwoByTwo(40, 40, 0, 60);

        LogisticRegression.Fit(rows, columns: 1, ridge: 0).Converged.ShouldBeFalse();
        var held = LogisticRegression.Fit(rows, columns: 1, ridge: 1);
        held.Converged.ShouldBeTrue();
        held.Coefficients[0].ShouldBeInRange(2, 12);
    }

    [Fact]
    public void Columns_that_say_the_same_share_the_weight_under_a_penalty_and_fail_without()
    {
        var rows = TwoByTwo(30, 40, 20, 60).Select(r => r with { Features = [.. r.Features, .. r.Features.Select(f => f with { Column = 1 })] }).ToList();

        LogisticRegression.Fit(rows, columns: 2, ridge: 0).Converged.ShouldBeFalse();
        var fit = LogisticRegression.Fit(rows, columns: 2, ridge: 0.01);
        fit.Coefficients[0].ShouldBe(fit.Coefficients[1], 1e-6);
        (fit.Coefficients[0] + fit.Coefficients[1]).ShouldBe(Math.Log(6), 0.01);
    }

    [Fact]
    public void The_scale_a_column_is_measured_on_makes_no_difference()
    {
        var minutes = Spector.Labelled.Select(r => r with { Features = [.. r.Features.Select(f => f.Column == 0 ? f with { Value = f.Value * 60_000 } : f)] }).ToList();

        var fit = LogisticRegression.Fit(minutes, columns: 3, ridge: 1);

        fit.Coefficients[0].ShouldBe(2.1279444190479877 / 60_000, 1e-9);
        fit.Coefficients[2].ShouldBe(1.8001487647744603, 1e-5);
    }

    [Fact]
    public void Elimination_drops_the_noise_and_keeps_one_of_two_that_say_the_same()
    {
        var random = new Random(5);
        var rows = Enumerable.Range(0, 3_000).Select(_ =>
        {
            var x = Enumerable.Range(0, 10).Select(_ => random.NextDouble()).ToArray();
            var p = 1 / (1 + Math.Exp(-(-1 + (2 * x[0]) - (1.5 * x[1]))));
            var isPositive = random.NextDouble() < p;
            return new LabelledRow([.. x.Select((v, i) => new Feature(i, v)), new(10, x[0])], isPositive);
        }).ToList();
        var fit = LogisticRegression.Fit(rows, columns: 11, ridge: 1);

        var kept = BackwardElimination.Run(fit, falseDiscoveryRate: 0.05);

        kept.Count.ShouldBe(2);
        kept.ShouldContain(1);
        (kept.Contains(0) ^ kept.Contains(10)).ShouldBeTrue("either tells what both do");
        BackwardElimination.Run(fit, 0.05, isProtected: c => c == 7).ShouldContain(7);
    }

    [Fact]
    public void All_groups_of_one_attribute_leave_one_to_compare_with()
    {
        // Every row is in exactly one of three groups; each alone seems uncertain beside the others and the intercept.
        double[] rates = [0.2, 0.4, 0.7];
        var rows = rates.SelectMany((rate, group) => Enumerable.Range(0, 200)
            .Select(i => new LabelledRow([new(group, 1)], i < rate * 200))).ToList();

        var kept = BackwardElimination.Run(LogisticRegression.Fit(rows, columns: 3, ridge: 1), falseDiscoveryRate: 0.05);

        kept.Count.ShouldBe(2);
    }

    private static List<LabelledRow> TwoByTwo(int hitsWith, int with, int hitsWithout, int without) =>
    [
        .. Enumerable.Range(0, with).Select(i => new LabelledRow([new(0, 1)], i < hitsWith)),
        .. Enumerable.Range(0, without).Select(i => new LabelledRow([], i < hitsWithout)),
    ];
}
