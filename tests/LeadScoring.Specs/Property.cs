using FsCheck;
using FsCheck.Fluent;
using LeadScoring.Specs.Scoring;
using Microsoft.FSharp.Core;

namespace LeadScoring.Specs;

/// <summary>A statement about many samples. The seed is fixed: a run is the same everywhere, every time.</summary>
public static class Property
{
    private const ulong Seed = 20260302;
    private const int SamplesMax = 200;

    /// <summary>Throws with the seed and the smallest sample for which the statement throws.</summary>
    public static void Holds(Gen<Sample> samples, Action<Sample> statement)
    {
        var config = Config.QuickThrowOnFailure
            .WithMaxTest(SamplesMax)
            .WithQuietOnSuccess(true)
            .WithReplay(new Replay(new Rnd(Seed), FSharpOption<int>.None));
        Check.One($"Seed {Seed}", config, Prop.ForAll(Arb.From(samples, static s => s.Smaller()), statement));
    }
}
