using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;

namespace LeadScoring.Specs;

/// <summary>A statement about many samples. The seed is fixed: a run is the same everywhere, every time.</summary>
public static class Property
{
    private const ulong Seed = 20260302;
    private const int SamplesMax = 200;

    /// <param name="smaller">Simpler samples to try when one fails; the simplest failing one is reported.</param>
    public static void Holds<T>(Gen<T> samples, Func<T, IEnumerable<T>> smaller, Action<T> statement)
    {
        var config = Config.QuickThrowOnFailure
            .WithMaxTest(SamplesMax)
            .WithQuietOnSuccess(true)
            .WithReplay(new Replay(new Rnd(Seed), FSharpOption<int>.None));
        Check.One($"Seed {Seed}", config, Prop.ForAll(Arb.From(samples, smaller), statement));
    }
}
