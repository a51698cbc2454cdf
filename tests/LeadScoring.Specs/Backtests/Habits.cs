using LeadScoring.Specs.Scoring;

namespace LeadScoring.Specs.Backtests;

internal static class Habits
{
    /// <summary>
    /// Every third sample's person has a habit: one capped thing on each of many days, more than a score remembers, so that
    /// some late arrivals can be placed by the whole history only.
    /// </summary>
    public static Sample Some(Sample sample)
    {
        if (sample.Seed % 3 != 0) return sample;
        var habit = sample.Model.Rules[0] with { MaxPerDay = 1 };
        return sample with
        {
            Model = TestModel.Of([habit, .. sample.Model.Rules.Skip(1)]) with
            {
                Threshold = sample.Model.Threshold, Review = sample.Model.Review, ClickBurst = sample.Model.ClickBurst,
            },
            History = [.. sample.History.Select((e, i) => e with { Type = habit.Type, OccurredAt = Sample.Start.AddDays(i) })],
        };
    }
}
