using FsCheck;
using FsCheck.Fluent;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;

namespace LeadScoring.Specs.Scoring;

/// <summary>A random model, what a lead did in seventy days, and a seed for whatever else is random.</summary>
public sealed record Sample(ScoringModel Model, IReadOnlyList<EngagementRecorded> History, int Seed)
{
    /// <summary>More than the days a frequency cap remembers.</summary>
    public const int DaysMax = 70;

    public const int HistoryMax = 60;

    /// <summary>The last of these types has no rule.</summary>
    private static readonly string[] _types = ["viewed", "opened", "clicked", "attended", "requested", "bounced", "heard"];

    public static DateTimeOffset Start { get; } = Now.AddDays(-DaysMax);

    /// <summary>Points of either sign, as the default.</summary>
    public static Gen<Sample> Any { get; } = Of(ModelOf(Gen.Elements(1.0, 10, 25, 60, -10, -50)));

    public static Gen<Sample> PositiveOnly { get; } = Of(ModelOf(Gen.Elements(0.1, 1, 7, 25, 60)));

    public Random Random() => new(Seed);

    public EngagementRecorded[] Shuffled(Random random)
    {
        var shuffled = History.ToArray();
        random.Shuffle(shuffled);
        return shuffled;
    }

    /// <summary>The same with parts of the history left out, large parts first.</summary>
    public IEnumerable<Sample> Smaller()
    {
        for (var part = History.Count / 2; part > 0; part /= 2)
        {
            for (var from = 0; from + part <= History.Count; from += part)
            {
                yield return this with { History = [.. History.Take(from), .. History.Skip(from + part)] };
            }
        }
    }

    public override string ToString()
    {
        var rules = Model.Rules.Select(r => $"{r.Type} {r.Points}, half life {r.HalfLifeDays}, max {r.MaxPerDay}, cap {r.Cap}");
        var history = History.Select(e => $"{e.Source}/{e.Id} {e.Type} {e.OccurredAt:u}");
        return $"seed {Seed}, {Model.Floor}..{Model.Ceiling}, {Model.Review}\n  {string.Join("\n  ", rules.Concat(history))}";
    }

    private static Gen<Sample> Of(Gen<ScoringModel> models) =>
        from model in models
        from history in Gen.Choose(0, HistoryMax).SelectMany(count => Engagement().ArrayOf(count))
        from seed in Gen.Choose(0, int.MaxValue)
        select new Sample(model, [.. history.Select((e, i) => e with { Id = $"e{i}" })], seed);

    /// <summary>On a grid of six hours, so that instants and days collide often; three in four in the first ten days.</summary>
    private static Gen<EngagementRecorded> Engagement() =>
        from type in Gen.Elements(_types)
        from source in Gen.Elements("web", "mail")
        from days in Gen.Frequency((3, Gen.Constant(10)), (1, Gen.Constant(DaysMax)))
        from quarter in Gen.Choose(0, days * 4)
        select new EngagementRecorded(source, "", type, Start.AddHours(6 * quarter));

    private static Gen<ScoringModel> ModelOf(Gen<double> points) =>
        from rules in Gen.CollectToArray(_types[..^1].Select(type => RuleOf(type, points)))
        from bounds in Gen.Elements((-1000.0, 1000.0), (0, 1000), (-20, 120), (5, 150))
        from review in Gen.Elements(ReviewMode.Marketing, ReviewMode.Automatic)
        select TestModel.Of(rules) with { Floor = bounds.Item1, Ceiling = bounds.Item2, Threshold = 40, Review = review };

    private static Gen<Rule> RuleOf(string type, Gen<double> points) =>
        from worth in points
        from halfLifeDays in Gen.Elements<double?>(null, 0.25, 7, 30)
        from maxPerDay in Gen.Elements<int?>(null, null, 1, 2)
        from cap in Gen.Elements<double?>(null, null, 15, 100)
        select new Rule(type, type, [], worth, halfLifeDays, maxPerDay, cap, FastTrack: type == "requested");
}
