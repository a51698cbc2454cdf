using LeadScoring.Domain.Identities;

namespace LeadScoring.Benchmarks.Seeding;

/// <summary>How seeded leads are named, in the shares of the live population; nobody of that one is among them.</summary>
internal static class LeadIdentities
{
    /// <param name="number">The same number is the same person.</param>
    /// <returns>One or two, as the service stores them.</returns>
    public static IEnumerable<Identity> Of(int number)
    {
        var share = number % 20;
        if (share < 11) yield return new(IdentityKind.Email, $"seeded.{number}@company-{number % 1500}.example");
        if (share is >= 11 and < 16) yield return new(IdentityKind.ExternalId, $"crm-seeded-{number:D8}");
        if (share is < 4 or >= 16) yield return new(IdentityKind.AnonymousId, $"seeded-{number * 2654435761L:x16}");
    }
}
