using LeadScoring.Domain.Identities;
using LeadScoring.EventStore;

namespace LeadScoring.Host.Leads;

/// <summary>A lead's identities as its stream's keys. The kinds' names are stored, hence frozen.</summary>
public static class LeadKeys
{
    public const string StreamType = "lead";

    public static KeyClaim Of(Identity identity) => new(KindOf(identity.Kind), identity.Value);

    public static string KindOf(IdentityKind kind) => kind switch
    {
        IdentityKind.ExternalId => "external_id",
        IdentityKind.Email => "email",
        IdentityKind.AnonymousId => "anonymous_id",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    public static IdentityKind KindOf(string stored) => stored switch
    {
        "external_id" => IdentityKind.ExternalId,
        "email" => IdentityKind.Email,
        "anonymous_id" => IdentityKind.AnonymousId,
        _ => throw new ArgumentOutOfRangeException(nameof(stored)),
    };
}
