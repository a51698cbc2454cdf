namespace LeadScoring.Domain.Identities;

/// <summary>The ways to name a lead besides its id, strongest first.</summary>
public enum IdentityKind
{
    ExternalId,
    Email,
    AnonymousId,
}

/// <summary>A name for one lead, unique within a tenant. Personal data: never in logs, URLs or engagement events.</summary>
/// <param name="Value">Normalised: an e-mail is trimmed and lower-cased.</param>
public readonly record struct Identity(IdentityKind Kind, string Value);

/// <summary>One engagement named two leads that are different people so far.</summary>
/// <param name="Kind">The identity that belongs to the other lead.</param>
public readonly record struct IdentityConflict(IdentityKind Kind, Guid OtherLeadId);
