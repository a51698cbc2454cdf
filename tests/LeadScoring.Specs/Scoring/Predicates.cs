using LeadScoring.Domain;
using LeadScoring.Domain.Scoring;

namespace LeadScoring.Specs.Scoring;

public sealed class Predicates
{
    public static readonly TheoryData<Comparison, object[], object?, bool> Cases = new()
    {
        { Comparison.Equals, ["vp"], "vp", true },
        { Comparison.Equals, ["vp"], "VP", true },
        { Comparison.Equals, ["ÜBER"], "über", true },
        { Comparison.Equals, ["vp"], "svp", false },
        { Comparison.Equals, ["vp"], "", false },
        { Comparison.Equals, ["200"], 200.0, false },
        { Comparison.Equals, [200.0], 200.0, true },
        { Comparison.Equals, [200.0], "200", false },
        { Comparison.Equals, [1.0], true, false },
        { Comparison.Equals, [true], true, true },
        { Comparison.Equals, [true], false, false },
        { Comparison.Equals, [false], 0.0, false },
        { Comparison.Equals, ["true"], true, false },
        { Comparison.Equals, [0.0], -0.0, true },
        { Comparison.Equals, ["vp"], null, false },

        { Comparison.In, ["vp", 7.0, true], "Vp", true },
        { Comparison.In, ["vp", 7.0, true], 7.0, true },
        { Comparison.In, ["vp", 7.0, true], true, true },
        { Comparison.In, ["vp", 7.0, true], "7", false },
        { Comparison.In, ["vp", 7.0, true], false, false },
        { Comparison.In, ["vp", 7.0, true], null, false },

        { Comparison.StartsWith, ["/pricing"], "/pricing", true },
        { Comparison.StartsWith, ["/pricing"], "/Pricing/eu", true },
        { Comparison.StartsWith, ["/pricing"], "x/pricing", false },
        { Comparison.StartsWith, ["/pricing"], "/pric", false },
        { Comparison.StartsWith, ["1"], 10.0, false },
        { Comparison.StartsWith, ["t"], true, false },
        { Comparison.StartsWith, ["/pricing"], null, false },

        { Comparison.Contains, ["pricing"], "/eu/PRICING/x", true },
        { Comparison.Contains, ["pricing"], "pricing", true },
        { Comparison.Contains, ["pricing"], "/prices", false },
        { Comparison.Contains, ["0"], 100.0, false },
        { Comparison.Contains, ["pricing"], null, false },

        { Comparison.GreaterOrEqual, [200.0], 200.0, true },
        { Comparison.GreaterOrEqual, [200.0], 1e300, true },
        { Comparison.GreaterOrEqual, [200.0], 199.999, false },
        { Comparison.GreaterOrEqual, [200.0], "500", false },
        { Comparison.GreaterOrEqual, [0.0], true, false },
        { Comparison.GreaterOrEqual, [200.0], null, false },

        { Comparison.LessOrEqual, [4.0], 4.0, true },
        { Comparison.LessOrEqual, [4.0], -1.0, true },
        { Comparison.LessOrEqual, [4.0], 4.0001, false },
        { Comparison.LessOrEqual, [4.0], "3", false },
        { Comparison.LessOrEqual, [4.0], false, false },
        { Comparison.LessOrEqual, [4.0], null, false },

        { Comparison.Exists, [], "", true },
        { Comparison.Exists, [], 0.0, true },
        { Comparison.Exists, [], false, true },
        { Comparison.Exists, [], null, false },
    };

    [Theory, MemberData(nameof(Cases))]
    public void A_condition_holds_or_does_not(Comparison comparison, object[] operands, object? value, bool expected)
    {
        var predicate = new Predicate("p", comparison, [.. operands.Select(ScalarOf)]);
        var values = new Dictionary<string, Scalar> { ["other"] = Scalar.Of("vp") };
        if (value is not null) values["p"] = ScalarOf(value);

        predicate.Holds(values).ShouldBe(expected);
    }

    [Fact]
    public void No_properties_at_all_meet_no_condition() =>
        Enum.GetValues<Comparison>().ShouldAllBe(c => !new Predicate("p", c, new[] { Scalar.Of("x") }).Holds(null));

    [Fact]
    public void The_name_of_a_property_is_compared_exactly() =>
        new Predicate("p", Comparison.Exists, []).Holds(new Dictionary<string, Scalar> { ["P"] = Scalar.Of(1) }).ShouldBeFalse();

    [Fact]
    public void Whatever_two_conditions_are_said_to_exclude_no_value_meets_both()
    {
        // Every pair of conditions over a small world of values, so an unsound proof of disjointness cannot hide.
        Scalar[] world =
        [
            .. new[] { "", "a", "A", "ab", "Abc", "b", "ba", "1" }.Select(Scalar.Of),
            .. new[] { -1.0, 0, 1, 2, 3 }.Select(Scalar.Of),
            Scalar.Of(true), Scalar.Of(false),
        ];
        var conditions = Conditions(world).ToList();
        var excluded = 0;
        foreach (var one in conditions)
        {
            foreach (var other in conditions.Where(one.Excludes))
            {
                excluded++;
                foreach (var value in world) (one.Accepts(value) && other.Accepts(value)).ShouldBeFalse(value.ToString());
            }
        }

        excluded.ShouldBeGreaterThan(100);
        new Predicate("p", Comparison.Equals, [world[1]]).Excludes(new("q", Comparison.Equals, [world[5]])).ShouldBeFalse();
    }

    private static IEnumerable<Predicate> Conditions(Scalar[] world)
    {
        foreach (var value in world)
        {
            yield return new("p", Comparison.Equals, [value]);
            yield return new("p", Comparison.In, [value, world[0], world[^1]]);
            if (value.Kind == ScalarKind.Number)
            {
                yield return new("p", Comparison.GreaterOrEqual, [value]);
                yield return new("p", Comparison.LessOrEqual, [value]);
            }
            else if (value.Text is { Length: > 0 })
            {
                yield return new("p", Comparison.StartsWith, [value]);
                yield return new("p", Comparison.Contains, [value]);
            }
        }

        yield return new("p", Comparison.Exists, []);
    }

    private static Scalar ScalarOf(object value) => value switch
    {
        string text => Scalar.Of(text),
        double number => Scalar.Of(number),
        bool truth => Scalar.Of(truth),
        _ => throw new ArgumentOutOfRangeException(nameof(value), value, "No scalar."),
    };
}
