using System.Text;

namespace SampleCrm;

/// <summary>
/// One seed gives many independent dice, each named by what it is thrown for, so that adding a throw in one place does not
/// change the outcome in another. <see cref="HashCode"/> will not do: it differs from process to process.
/// </summary>
internal static class Seeds
{
    public static Random Dice(int seed, string what, long number = 0) => new(Derive(seed, what, number));

    public static int Derive(int seed, string what, long number = 0)
    {
        var mixed = Mix((ulong)seed);
        foreach (var b in Encoding.UTF8.GetBytes(what)) mixed = Mix(mixed ^ b);
        return (int)(Mix(mixed ^ (ulong)number) >> 33);
    }

    public static bool Chance(this Random dice, double share) => dice.NextDouble() < share;

    public static double Between(this Random dice, double low, double high) => low + (dice.NextDouble() * (high - low));

    public static T Pick<T>(this Random dice, IReadOnlyList<T> choices) => choices[dice.Next(choices.Count)];

    /// <summary>SplitMix64's finaliser (Steele, Lea, Flood 2014).</summary>
    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
