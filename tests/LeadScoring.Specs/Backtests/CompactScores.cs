using LeadScoring.Domain.Backtests;
using LeadScoring.Domain.Scoring;
using LeadScoring.Specs.Scoring;

namespace LeadScoring.Specs.Backtests;

/// <summary>The compact score is the score state, to the last bit.</summary>
public sealed class CompactScores
{
    private static readonly TimeSpan[] _laters = [TimeSpan.Zero, TimeSpan.FromHours(7), TimeSpan.FromDays(11), TimeSpan.FromDays(400)];

    [Fact]
    public void In_any_order_and_over_cycles_it_says_what_the_score_state_says()
    {
        var (placed, needed, links) = (0, 0, new ScoreLinks());
        Property.Holds(Sample.Any, any =>
        {
            var sample = Habits.Some(any);
            var random = sample.Random();
            var models = new ModelPair(sample.Model, sample.Model);
            var countFrom = random.Next(2) == 0 ? (DateTimeOffset?)null : Sample.Start.AddDays(random.Next(Sample.DaysMax));
            var state = ScoreState.Empty(sample.Model);
            var compact = new CompactScore(links);
            foreach (var engagement in sample.Shuffled(random))
            {
                if (random.Next(20) == 0)
                {
                    countFrom = Sample.Start.AddDays(random.Next(Sample.DaysMax));
                    state = state.StartCycle();
                    compact.StartCycle();
                }

                state = state.Add(engagement, sample.Model, countFrom);
                var isPlaced = compact.TryAdd(
                    sample.Model, models.RulesFor(engagement).Draft, engagement.OccurredAt.UtcTicks, countFrom?.UtcTicks ?? long.MinValue, engagement);
                isPlaced.ShouldBe(state.Exact);
                if (!isPlaced)
                {
                    needed++;
                    return;
                }

                placed++;
                foreach (var later in _laters)
                {
                    compact.InCycleAt((Now + later).UtcTicks, sample.Model).ShouldBe(state.InCycleAt(Now + later, sample.Model));
                }
            }
        });
        placed.ShouldBeGreaterThan(Property.Of(1_000));
        needed.ShouldBeGreaterThan(Property.Of(5));
    }
}
