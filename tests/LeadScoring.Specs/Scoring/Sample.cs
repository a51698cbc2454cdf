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

    /// <summary>Points of either sign, as the default; two models of three suspect bots.</summary>
    public static Gen<Sample> Any { get; } = Of(
        from model in ModelOf(Gen.Elements(1.0, 10, 25, 60, -10, -50))
        from burst in Gen.Elements<ClickBurst?>(
            null,
            new(["clicked", "requested"], 3, TimeSpan.FromHours(12), null, TimeSpan.Zero),
            new(["clicked"], 2, TimeSpan.FromHours(6), "heard", TimeSpan.FromHours(6)),
            new(["requested", "opened"], null, TimeSpan.Zero, "heard", TimeSpan.FromHours(12)),
            new(["opened", "clicked"], 4, TimeSpan.FromHours(30), "viewed", TimeSpan.Zero),
            null)
        select model with { ClickBurst = burst });

    public static Gen<Sample> PositiveOnly { get; } = Of(ModelOf(Gen.Elements(0.1, 1, 7, 25, 60)));

    public Random Random() => new(Seed);

    public EngagementRecorded[] Shuffled(Random random)
    {
        var shuffled = History.ToArray();
        random.Shuffle(shuffled);
        return shuffled;
    }

    /// <summary>Some were retracted, some of those restored; for some others somebody vouched.</summary>
    public IEnumerable<LeadEvent> RetractionsAndRestorations()
    {
        var random = new Random(Seed);
        foreach (var e in History)
        {
            var said = random.Next(10);
            if (said < 2) yield return new EngagementRetracted(e.Source, e.Id, e.Type, e.OccurredAt, "bot", "mia", Guid.NewGuid(), Now);
            if (said is 1 or 2) yield return new EngagementRestored(e.Source, e.Id, e.Type, e.OccurredAt, "no bot", "mia", Guid.NewGuid(), Now);
        }
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
        var history = History.Select(e => $"{e.Source}/{e.Id} {e.Type} {e.Asset} {e.OccurredAt:u}");
        var burst = Model.ClickBurst is { } b ? $"{string.Join('/', b.Types)} {b.Count} in {b.Within}, {b.DeliveredWithin} after {b.DeliveredType}" : "no bots";
        return $"seed {Seed}, {Model.Floor}..{Model.Ceiling}, {Model.Review}, {burst}\n  {string.Join("\n  ", rules.Concat(history))}";
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
        from asset in Gen.Elements<string?>(null, "a", "b")
        from product in Gen.Elements<string?>(null, "suite", "lite")
        select new EngagementRecorded(source, "", type, Start.AddHours(6 * quarter), Asset: asset, Product: product);

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
