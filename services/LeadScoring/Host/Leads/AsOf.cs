using LeadScoring.Host.Http;

namespace LeadScoring.Host.Leads;

/// <summary>The instant a lead is looked at, and how much of what is known today may be used for it.</summary>
/// <param name="At">By when things happened.</param>
/// <param name="KnownAt">Only what the service had stored by then is known; null: all there is.</param>
public readonly record struct AsOf(DateTimeOffset At, DateTimeOffset? KnownAt)
{
    /// <summary>
    /// Nothing that was known lies after the instant, but for clocks of several instances that differ: then all of it was shown,
    /// and is again.
    /// </summary>
    public bool TakesAll => KnownAt <= At;

    /// <summary>Of <c>at</c> and <c>knownAt</c>, neither in the future; without <c>at</c> it is <c>knownAt</c>.</summary>
    /// <returns>Null: neither is given, now is meant.</returns>
    public static AsOf? Read(Validation validation, string? at, string? knownAt, DateTimeOffset now)
    {
        var instant = validation.PastInstant("at", at, now);
        var known = validation.PastInstant("knownAt", knownAt, now);
        return (instant ?? known) is { } moment ? new(moment, known) : null;
    }
}
