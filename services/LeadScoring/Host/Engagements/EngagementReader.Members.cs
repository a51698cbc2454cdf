using System.Text.Json;
using LeadScoring.Host.Http;

namespace LeadScoring.Host.Engagements;

/// <remarks>Names of members, and the reports about them. Where something stands is a path below the item, like <c>.lead.email</c>.</remarks>
public ref partial struct EngagementReader
{
    private readonly Members Known()
    {
        if (HasBrokenName()) return Members.None;
        if (_json.ValueTextEquals("id"u8)) return Members.Id;
        if (_json.ValueTextEquals("source"u8)) return Members.Source;
        if (_json.ValueTextEquals("type"u8)) return Members.Type;
        if (_json.ValueTextEquals("occurredAt"u8)) return Members.OccurredAt;
        if (_json.ValueTextEquals("lead"u8)) return Members.Lead;
        if (_json.ValueTextEquals("campaign"u8)) return Members.Campaign;
        if (_json.ValueTextEquals("channel"u8)) return Members.Channel;
        if (_json.ValueTextEquals("asset"u8)) return Members.Asset;
        if (_json.ValueTextEquals("product"u8)) return Members.Product;
        return _json.ValueTextEquals("properties"u8) ? Members.Properties : Members.None;
    }

    private readonly Members KnownIdentity()
    {
        if (HasBrokenName()) return Members.None;
        if (_json.ValueTextEquals("email"u8)) return Members.Email;
        if (_json.ValueTextEquals("anonymousId"u8)) return Members.AnonymousId;
        if (_json.ValueTextEquals("externalId"u8)) return Members.ExternalId;
        return _json.ValueTextEquals("leadId"u8) ? Members.LeadId : Members.None;
    }

    /// <summary>An escaped name that holds half of a surrogate pair: comparing it with anything throws.</summary>
    private readonly bool HasBrokenName()
    {
        if (!_json.ValueIsEscaped) return false;
        try
        {
            _json.GetString();
            return false;
        }
        catch (InvalidOperationException)
        {
            return true;
        }
    }

    private static string NameOf(Members member) => JsonNamingPolicy.CamelCase.ConvertName(member.ToString());

    private void Require(Members seen, Members member)
    {
        if ((seen & member) == Members.None) Fail("", $"The field {NameOf(member)} is required.", NameOf(member));
    }

    /// <summary>Reports the field whose name the reader stands on, and steps over its value.</summary>
    private void Unknown(string where, string known)
    {
        var name = MemberName(where);
        _json.Skip();
        if (name is not null) Fail(where, $"Unknown field. Known here: {known}.", name);
    }

    private void Twice(string where, string name)
    {
        _json.Skip();
        Fail(where, "The field stands here twice.", name);
    }

    /// <summary>Reports a value and steps over it whole.</summary>
    private void Mistyped(string where, string message, string? name = null)
    {
        _json.Skip();
        Fail(where, message, name);
    }

    /// <param name="where">The path below the item.</param>
    /// <param name="name">The member of it that is meant, as the client wrote it; null: itself.</param>
    private void Fail(string where, string message, string? name = null)
    {
        _errors ??= new(_messagesMax);
        if (_errors.Full) return;
        var path = _item < 0 ? $"${where}" : $"$.engagements[{_item}]{where}";
        _errors.Add(name is null ? path : JsonShape.PathOf(path, name), message);
    }

    /// <summary>Only white space may follow; anything else makes the reader throw.</summary>
    private void ExpectEnd() => _json.Read();

    [Flags]
    private enum Members
    {
        None = 0,
        Id = 1,
        Source = 2,
        Type = 4,
        OccurredAt = 8,
        Lead = 16,
        Campaign = 32,
        Channel = 64,
        Asset = 128,
        Product = 256,
        Properties = 512,
        LeadId = 1024,
        ExternalId = 2048,
        Email = 4096,
        AnonymousId = 8192,
    }
}
