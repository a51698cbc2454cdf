using System.Collections;
using System.Diagnostics.CodeAnalysis;
using LeadScoring.Domain;

namespace LeadScoring.Host.Engagements;

/// <summary>
/// The few properties of an engagement in the order posted: one array, where a dictionary takes three times the memory. Looking one up
/// compares its way through, which for at most <see cref="EngagementReader.PropertiesMax"/> is as quick as hashing.
/// </summary>
/// <param name="properties">No name stands twice.</param>
internal sealed class EngagementProperties(KeyValuePair<string, Scalar>[] properties) : IReadOnlyDictionary<string, Scalar>
{
    public int Count => properties.Length;

    public IEnumerable<string> Keys => properties.Select(p => p.Key);

    public IEnumerable<Scalar> Values => properties.Select(p => p.Value);

    public Scalar this[string key] =>
        TryGetValue(key, out var value) ? value : throw new KeyNotFoundException($"There is no property '{key}'.");

    public bool ContainsKey(string key) => TryGetValue(key, out _);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out Scalar value)
    {
        foreach (var property in properties)
        {
            if (property.Key != key) continue;
            value = property.Value;
            return true;
        }

        value = default;
        return false;
    }

    public IEnumerator<KeyValuePair<string, Scalar>> GetEnumerator() =>
        ((IEnumerable<KeyValuePair<string, Scalar>>)properties).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => properties.GetEnumerator();
}
