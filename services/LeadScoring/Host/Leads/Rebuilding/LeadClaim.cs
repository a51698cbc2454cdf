using LeadScoring.Domain.Identities;
using LeadScoring.Domain.Leads;
using LeadScoring.EventStore;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Leads.Rebuilding;

/// <summary>A key a lead's stream holds, or should hold. Its value is personal data.</summary>
internal readonly record struct LeadClaim(StreamKey Stream, KeyClaim Key)
{
    /// <summary>The keys a stream's own events speak of, each once.</summary>
    public static IEnumerable<LeadClaim> VouchedFor(LeadStory story) => story.Events
        .Select(e => e.Fact)
        .OfType<IdentityLinked>()
        .Select(linked => new LeadClaim(story.Stream, LeadKeys.Of(new Identity(linked.Kind, linked.Value))))
        .Distinct();

    /// <summary>Tenant, kind, value and stream, a list each.</summary>
    public static NpgsqlParameter[] Parameters(IReadOnlyList<LeadClaim> claims) =>
    [
        Sql.Many(claims.Select(c => c.Stream.TenantId).ToArray(), NpgsqlDbType.Text),
        Sql.Many(claims.Select(c => c.Key.Kind).ToArray(), NpgsqlDbType.Text),
        Sql.Many(claims.Select(c => c.Key.Value).ToArray(), NpgsqlDbType.Text),
        Sql.Many(claims.Select(c => c.Stream.StreamId).ToArray(), NpgsqlDbType.Uuid),
    ];
}
