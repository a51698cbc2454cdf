using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Domain;
using LeadScoring.Domain.Leads;
using LeadScoring.Host.Leads;
using IdentityKind = LeadScoring.Domain.Identities.IdentityKind;

namespace LeadScoring.Host.Feed;

/// <summary>Who a published event is about.</summary>
/// <param name="publicUrl">Without a slash at its end; empty: links are relative.</param>
internal sealed class EventLeads(string publicUrl)
{
    public EventLead Of(Lead lead) => new(
        lead.Id,
        FirstOf(lead, IdentityKind.ExternalId),
        FirstOf(lead, IdentityKind.Email),
        FirstOf(lead, IdentityKind.AnonymousId),
        LeadViews.AttributeText(lead, LeadViews.NameAttribute),
        LeadViews.AttributeText(lead, LeadViews.CompanyAttribute),
        $"{publicUrl}/v1/leads/{lead.Id}");

    public static LeadIdentities IdentitiesOf(Lead lead) =>
        new([.. AllOf(lead, IdentityKind.ExternalId)], [.. AllOf(lead, IdentityKind.Email)], [.. AllOf(lead, IdentityKind.AnonymousId)]);

    /// <summary>By name.</summary>
    public static IReadOnlyDictionary<string, JsonElement> AttributesOf(Lead lead) => lead.Attributes
        .OrderBy(a => a.Key, StringComparer.Ordinal)
        .ToDictionary(a => a.Key, a => JsonOf(a.Value), StringComparer.Ordinal);

    private static string? FirstOf(Lead lead, IdentityKind kind) => AllOf(lead, kind).FirstOrDefault();

    private static IEnumerable<string> AllOf(Lead lead, IdentityKind kind) =>
        lead.Identities.Where(i => i.Kind == kind).Select(i => i.Value);

    private static JsonElement JsonOf(Scalar value) => value.Kind switch
    {
        ScalarKind.Text => JsonSerializer.SerializeToElement(value.Text!, FeedJson.Default.String),
        ScalarKind.Number => JsonSerializer.SerializeToElement(value.Number, FeedJson.Default.Double),
        _ => JsonSerializer.SerializeToElement(value.Number != 0, FeedJson.Default.Boolean),
    };
}
