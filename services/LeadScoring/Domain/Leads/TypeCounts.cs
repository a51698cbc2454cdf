using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace LeadScoring.Domain.Leads;

/// <summary>
/// How many engagements of each type, in the order the types were first met. Immutable; few types, so they are looked
/// through, and one more of a known type copies nothing but the counts.
/// </summary>
public sealed class TypeCounts : IReadOnlyDictionary<string, int>
{
    public static readonly TypeCounts None = new([], []);

    private readonly string[] _types;
    private readonly int[] _counts;

    /// <param name="types">Each once. Like <paramref name="counts"/>, not changed afterwards.</param>
    /// <param name="counts">Of the type at the same place.</param>
    public TypeCounts(string[] types, int[] counts)
    {
        if (types.Length != counts.Length) throw new ArgumentException("A count for each type.", nameof(counts));
        (_types, _counts) = (types, counts);
    }

    public int Count => _types.Length;

    public IEnumerable<string> Keys => _types;

    public IEnumerable<int> Values => _counts;

    public int this[string key] => TryGetValue(key, out var count) ? count : throw new KeyNotFoundException($"No engagement of type {key}.");

    public static TypeCounts Of(IReadOnlyDictionary<string, int> counts) =>
        counts as TypeCounts ?? new([.. counts.Keys], [.. counts.Values]);

    /// <summary>One more of a type.</summary>
    /// <param name="typesMax">When so many are known, a type that is not counts under <paramref name="others"/>.</param>
    public TypeCounts Add(string type, int typesMax, string others)
    {
        var index = Array.IndexOf(_types, type);
        if (index < 0 && _types.Length >= typesMax) index = Array.IndexOf(_types, type = others);
        if (index < 0) return new([.. _types, type], [.. _counts, 1]);
        var counts = (int[])_counts.Clone();
        counts[index]++;
        return new(_types, counts);
    }

    public bool ContainsKey(string key) => Array.IndexOf(_types, key) >= 0;

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out int value)
    {
        var index = Array.IndexOf(_types, key);
        value = index < 0 ? 0 : _counts[index];
        return index >= 0;
    }

    public IEnumerator<KeyValuePair<string, int>> GetEnumerator()
    {
        for (var i = 0; i < _types.Length; i++) yield return new(_types[i], _counts[i]);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
