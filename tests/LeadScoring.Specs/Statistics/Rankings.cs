using LeadScoring.Domain.Statistics;

namespace LeadScoring.Specs.Statistics;

public sealed class Rankings
{
    [Fact]
    public void A_perfect_ranking_has_area_one_and_its_mirror_none()
    {
        RocCurve.Area([1, 2, 3, 4], [false, false, true, true]).ShouldBe(1);
        RocCurve.Area([4, 3, 2, 1], [false, false, true, true]).ShouldBe(0);
    }

    [Fact]
    public void A_tie_counts_half()
    {
        RocCurve.Area([5, 5, 5], [true, false, false]).ShouldBe(0.5);
        // Pairs: (2,1) won, (2,2) tied, (3,1) won, (3,2) won.
        RocCurve.Area([1, 2, 2, 3], [false, false, true, true]).ShouldBe(3.5 / 4);
    }

    [Fact]
    public void One_kind_alone_cannot_be_ranked()
    {
        RocCurve.Area([1, 2], [true, true]).ShouldBeNull();
        RocCurve.Area([], []).ShouldBeNull();
    }

    [Fact]
    public void The_area_is_that_of_other_tools()
    {
        var outcomes = Spector.Rows.Select(r => r.Grade).ToList();

        RocCurve.Area(Spector.Rows.Select(r => r.Gpa), outcomes).ShouldNotBeNull().ShouldBe(0.7943722943722944, 1e-12);
        RocCurve.Area(Spector.Rows.Select(r => r.Tuce), outcomes).ShouldNotBeNull().ShouldBe(0.6688311688311689, 1e-12);
    }

    [Fact]
    public void It_equals_counting_all_pairs()
    {
        var random = new Random(17);
        var scores = Enumerable.Range(0, 400).Select(_ => (double)random.Next(60)).ToArray();
        var outcomes = scores.Select(s => random.NextDouble() < s / 90).ToArray();
        var (won, pairs) = (0.0, 0L);
        for (var i = 0; i < scores.Length; i++)
        {
            for (var j = 0; j < scores.Length; j++)
            {
                if (!outcomes[i] || outcomes[j]) continue;
                pairs++;
                won += scores[i] > scores[j] ? 1 : scores[i].Equals(scores[j]) ? 0.5 : 0;
            }
        }

        RocCurve.Area(scores, outcomes).ShouldNotBeNull().ShouldBe(won / pairs, 1e-12);
    }

    [Theory]
    [InlineData(10, 10)]
    [InlineData(51, 58)]
    public void A_ranking_by_chance_has_the_rank_sum_tests_spread(long positives, long negatives) =>
        // Mann and Whitney: variance (n + m + 1) / 12nm.
        RocCurve.StandardError(0.5, positives, negatives)
            .ShouldBe(Math.Sqrt((positives + negatives + 1) / (12.0 * positives * negatives)), 1e-12);

    [Fact]
    public void Weights_of_evidence_by_hand()
    {
        // 30 of 40 and 20 of 60: shares 0.6/0.2 and 0.4/0.8.
        var evidence = WeightOfEvidence.Of([new(30, 40), new(20, 60)]).ShouldNotBeNull();

        evidence.Weights[0].ShouldBe(Math.Log(3), 1e-12);
        evidence.Weights[1].ShouldBe(Math.Log(0.5), 1e-12);
        evidence.InformationValue.ShouldBe((0.4 * Math.Log(3)) + (0.4 * Math.Log(2)), 1e-12);
    }

    [Fact]
    public void What_says_nothing_has_no_information()
    {
        WeightOfEvidence.Of([new(10, 40), new(15, 60)]).ShouldNotBeNull().InformationValue.ShouldBe(0, 1e-12);
        WeightOfEvidence.Of([new(0, 40), new(0, 60)]).ShouldBeNull();
    }

    [Fact]
    public void An_empty_cell_makes_no_weight_infinite()
    {
        var evidence = WeightOfEvidence.Of([new(0, 40), new(20, 60), new(0, 0)]).ShouldNotBeNull();

        evidence.Weights.ShouldAllBe(w => double.IsFinite(w));
        evidence.Weights[0].ShouldBeLessThan(-3);
        evidence.Weights[2].ShouldBe(0);
    }

    [Fact]
    public void Rates_are_made_to_rise_by_pooling_neighbours()
    {
        // scikit-learn's IsotonicRegression: rates .1 .5 .2 .6 .4 .9 of 10, 10, 20, 10, 30, 20.
        var rates = IsotonicRates.Of([new(1, 10), new(5, 10), new(4, 20), new(6, 10), new(12, 30), new(18, 20)]);

        rates.ShouldBe([0.1, 0.3, 0.3, 0.45, 0.45, 0.9], 1e-12);
    }
}
