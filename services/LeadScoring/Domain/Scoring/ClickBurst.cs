namespace LeadScoring.Domain.Scoring;

/// <summary>
/// How a model tells clicks that no person made: scanners follow all links of a message at once, often in the second it is
/// delivered. At least one of the two signs is given.
/// </summary>
/// <param name="Types">Engagement types that are clicks.</param>
/// <param name="Count">So many clicks within <paramref name="Within"/> of each other are all suspected; null: that is no sign.</param>
/// <param name="Within">From the first of them to the last, both included.</param>
/// <param name="DeliveredType">Engagement type that says a message arrived; null: that is no sign.</param>
/// <param name="DeliveredWithin">A click up to so long after a delivery, of the same asset if both name one, is suspected.</param>
public sealed record ClickBurst(
    IReadOnlyList<string> Types, int? Count, TimeSpan Within, string? DeliveredType, TimeSpan DeliveredWithin)
{
    public const int TypesMax = 20;

    /// <summary>Each lead remembers one click fewer than this: it bounds what that takes.</summary>
    public const int CountMax = 20;

    public const double SecondsMax = 3_600;

    /// <summary>Clicks a lead remembers: enough to tell that the next one makes a burst, or came before a delivery heard of later.</summary>
    public int ClicksKept => Math.Max(1, (Count ?? 1) - 1);

    public bool Equals(ClickBurst? other) =>
        other is not null && Count == other.Count && Within == other.Within && DeliveredType == other.DeliveredType
        && DeliveredWithin == other.DeliveredWithin && Types.SequenceEqual(other.Types);

    public override int GetHashCode() => HashCode.Combine(Types.Count, Count, Within, DeliveredType, DeliveredWithin);

    public bool IsClick(string type)
    {
        for (var i = 0; i < Types.Count; i++)
        {
            if (Types[i] == type) return true;
        }

        return false;
    }
}
