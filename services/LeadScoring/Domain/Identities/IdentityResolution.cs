namespace LeadScoring.Domain.Identities;

/// <summary>Whom an engagement belongs to, given who already holds each identity it states.</summary>
/// <param name="LeadId">The lead, or null when nobody holds any of them: a new lead.</param>
/// <param name="Unclaimed">Identities nobody holds yet; they are linked to the lead.</param>
/// <param name="Conflicts">Identities that other leads hold; they stay where they are.</param>
public sealed record IdentityResolution(
    Guid? LeadId, IReadOnlyList<Identity> Unclaimed, IReadOnlyList<IdentityConflict> Conflicts)
{
    /// <summary>
    /// The strongest known identity decides: lead id, external id, e-mail, anonymous id. A visitor known only by an
    /// anonymous id who states an e-mail nobody holds therefore becomes that lead.
    /// </summary>
    /// <param name="leadId">A lead id stated and known to exist, or null.</param>
    /// <param name="holderOf">The lead that holds an identity, or null.</param>
    public static IdentityResolution Resolve(Guid? leadId, IReadOnlyList<Identity> stated, Func<Identity, Guid?> holderOf)
    {
        List<Identity>? unclaimed = null;
        List<IdentityConflict>? conflicts = null;
        foreach (var identity in stated.OrderBy(i => i.Kind))
        {
            var holder = holderOf(identity);
            if (holder is null) (unclaimed ??= []).Add(identity);
            else if (leadId is null) leadId = holder;
            else if (leadId != holder) (conflicts ??= []).Add(new(identity.Kind, holder.Value));
        }

        return new(leadId, (IReadOnlyList<Identity>?)unclaimed ?? [], (IReadOnlyList<IdentityConflict>?)conflicts ?? []);
    }
}
