using LeadScoring.Domain.Statistics;

namespace LeadScoring.Specs.Statistics;

/// <summary>Expected values: SciPy 1.10 and statsmodels 0.13, unless said otherwise.</summary>
public sealed class TailsAndTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0.31731050786291415)]
    [InlineData(-1.96, 0.04999579029644087)]
    [InlineData(6, 1.973175290075389e-09)]
    [InlineData(10, 1.523970604832094e-23)]
    public void Normal_tails_are_right_far_out_too(double z, double p) =>
        (Tails.TwoSided(z) / p).ShouldBe(1, 1e-9);

    [Theory]
    [InlineData(3.841458820694124, 1, 0.05)]
    [InlineData(10, 3, 0.01856613546304325)]
    [InlineData(0.5, 2, 0.7788007830714049)]
    [InlineData(100, 4, 9.836624224615988e-21)]
    [InlineData(250, 30, 1.5157414203687308e-36)]
    public void Chi_square_tails_are_right_far_out_too(double statistic, int degrees, double p) =>
        (Tails.ChiSquareAbove(statistic, degrees) / p).ShouldBe(1, 1e-9);

    [Fact]
    public void Quantiles_turn_the_normal_around()
    {
        Tails.NormalQuantile(0.975).ShouldBe(1.959963984540054, 1e-10);
        Tails.NormalQuantile(0.0001).ShouldBe(-3.7190164854556804, 1e-9);
        Tails.HalfWidth(0.99).ShouldBe(2.5758293035489004, 1e-10);
    }

    [Fact]
    public void Two_shares_are_compared_by_the_pooled_z()
    {
        Proportions.PooledZ(new(45, 100), new(30, 120)).ShouldBe(3.116142619904648, 1e-10);
        Proportions.PValue(new Share(45, 100), new(30, 120)).ShouldNotBeNull().ShouldBe(0.0018323362992630889, 1e-10);
    }

    [Fact]
    public void Few_cases_are_compared_exactly()
    {
        // Fisher's tea: the lady tells three of four cups.
        Proportions.FisherExact(new(3, 4), new(1, 4)).ShouldBe(34.0 / 70, 1e-12);
        Proportions.PValue(new Share(5, 20), new(1, 30)).ShouldNotBeNull().ShouldBe(0.031709112877343355, 1e-10);
        Proportions.FisherExact(new(45, 100), new(30, 120)).ShouldBe(0.0026012640575159888, 1e-10);
    }

    [Fact]
    public void Nothing_tried_says_nothing()
    {
        Proportions.PValue(new Share(0, 0), new(3, 10)).ShouldBeNull();
        Proportions.Wilson(new(0, 0)).ShouldBeNull();
        Proportions.PValue(new Share(0, 5), new(0, 10)).ShouldBe(1);
    }

    [Fact]
    public void A_share_has_a_sensible_interval_at_its_ends_too()
    {
        var eight = Proportions.Wilson(new(8, 10)).ShouldNotBeNull();
        eight.Low.ShouldBe(0.49016247153664183, 1e-10);
        eight.High.ShouldBe(0.9433178485456247, 1e-10);
        var none = Proportions.Wilson(new(0, 20)).ShouldNotBeNull();
        none.Low.ShouldBe(0, 1e-12);
        none.High.ShouldBe(0.1611251580528194, 1e-10);
    }

    [Fact]
    public void Several_shares_are_compared_by_chi_square()
    {
        // Rows 20/40, 30/30, 50/10: chi-square 31.5 with two degrees of freedom.
        var p = Proportions.PValue([new Share(20, 60), new(30, 60), new(50, 60)]);

        p.ShouldNotBeNull().ShouldBe(1.4449802461092456e-07, 1e-15);
        Proportions.PValue([new Share(3, 7)]).ShouldBeNull();
        Proportions.PValue([new Share(7, 7), new(5, 5)]).ShouldBeNull();
    }

    [Fact]
    public void Many_tests_are_judged_together()
    {
        FalseDiscovery.Adjust([0.01, 0.02, 0.03, 0.04, 0.2, 0.001]).ShouldBe([0.03, 0.04, 0.045, 0.048, 0.2, 0.006], 1e-12);
        FalseDiscovery.Adjust([]).ShouldBeEmpty();
        FalseDiscovery.Adjust([0.7, 0.9]).ShouldBe([0.9, 0.9], 1e-12);
    }
}
