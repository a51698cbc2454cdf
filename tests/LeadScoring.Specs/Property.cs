using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using LeadScoring.Specs.Scoring;
using Microsoft.FSharp.Core;

namespace LeadScoring.Specs;

/// <summary>
/// A statement about many samples. The seed is fixed: a run is the same everywhere, every time. <c>LEADSCORING_SPEC_SAMPLES</c> asks for
/// another number of them, as deploy/test.sh does; 2,000 after a change of what is stated.
/// </summary>
public static class Property
{
    private const ulong Seed = 20260302;
    private const int SamplesByDefault = 60;
    private const int SamplesToCover = 200;

    private static readonly int SamplesMax =
        int.TryParse(Environment.GetEnvironmentVariable("LEADSCORING_SPEC_SAMPLES"), NumberStyles.None, CultureInfo.InvariantCulture, out var samples) && samples > 0 ? samples : SamplesByDefault;

    /// <summary>How often something has to have happened in as many samples as there are, when so often in two hundred.</summary>
    public static int Of(int inTwoHundred) => inTwoHundred * SamplesMax / SamplesToCover;

    /// <summary>Throws with the seed and the smallest sample for which the statement throws.</summary>
    /// <param name="covers">The samples together must show something rare: there are two hundred at the least.</param>
    public static void Holds(Gen<Sample> samples, Action<Sample> statement, bool covers = false)
    {
        var config = Config.QuickThrowOnFailure
            .WithMaxTest(covers ? Math.Max(SamplesMax, SamplesToCover) : SamplesMax)
            .WithQuietOnSuccess(true)
            .WithReplay(new Replay(new Rnd(Seed), FSharpOption<int>.None));
        Check.One($"Seed {Seed}", config, Prop.ForAll(Arb.From(samples, static s => s.Smaller()), statement));
    }
}
