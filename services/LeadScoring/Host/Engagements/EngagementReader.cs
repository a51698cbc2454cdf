using System.Text.Json;
using LeadScoring.Domain;
using LeadScoring.Domain.Identities;
using LeadScoring.Domain.Leads;
using LeadScoring.Host.Http;

namespace LeadScoring.Host.Engagements;

/// <summary>
/// Reads engagements straight from UTF-8, one pass, no intermediate document: this is what the service does all day. A
/// rule an item breaks is reported by JSON path and spoils only that item; a body that is not JSON throws.
/// </summary>
public ref struct EngagementReader
{
    public const int BatchMax = 1000;
    public const int IdLengthMax = 128;
    public const int SourceLengthMax = 64;
    public const int TypeLengthMax = 64;
    public const int TagLengthMax = 128;
    public const int PropertiesMax = 32;
    public const int PropertyNameLengthMax = 64;
    public const int PropertyTextLengthMax = 256;

    /// <summary>Of one item of a batch, so that a body full of mistakes does not make a much larger answer.</summary>
    public const int ItemMessagesMax = 10;

    /// <summary>How far a producer's clock may be ahead of ours.</summary>
    public static readonly TimeSpan AheadMax = TimeSpan.FromMinutes(5);

    public static readonly DateTimeOffset OccurredAtMin = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>No body is deeper: what is nested is stepped over, without recursion, and refused by its path.</summary>
    private const int DepthMax = BodyLimits.BatchBytesMax;

    private static readonly string ListExpected = $"A list of 1 to {BatchMax} engagements is expected.";

    private readonly DateTimeOffset _now;
    private Utf8JsonReader _json;
    private Validation? _errors;
    private int _messagesMax = Validation.MessagesMax;

    private EngagementReader(ReadOnlySpan<byte> body, DateTimeOffset now)
    {
        _json = new(body, new JsonReaderOptions { MaxDepth = DepthMax });
        _now = now;
    }

    /// <summary>Reads the body of a single post.</summary>
    /// <exception cref="JsonException">The body is not JSON; carries line and position.</exception>
    public static ReadEngagement ReadOne(ReadOnlySpan<byte> body, DateTimeOffset now)
    {
        var reader = new EngagementReader(body, now);
        reader._json.Read();
        var engagement = reader.Item("$");
        reader.ExpectEnd();
        return engagement;
    }

    /// <summary>Reads the body of a batch.</summary>
    /// <param name="refusal">What is wrong with the batch as a whole; null when items were read.</param>
    /// <exception cref="JsonException">The body is not JSON; carries line and position.</exception>
    public static IReadOnlyList<ReadEngagement> ReadBatch(
        ReadOnlySpan<byte> body, DateTimeOffset now, out Refusal? refusal)
    {
        var reader = new EngagementReader(body, now);
        reader._json.Read();
        var items = reader.Batch();
        reader.ExpectEnd();
        refusal = reader._errors?.ToRefusal();
        return items;
    }

    private List<ReadEngagement> Batch()
    {
        List<ReadEngagement>? items = null;
        if (_json.TokenType != JsonTokenType.StartObject)
        {
            _json.Skip();
            Fail("$", "An object with a list 'engagements' is expected.");
            return [];
        }

        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            if (HasBrokenName() || !_json.ValueTextEquals("engagements"u8))
            {
                Unknown("$", "engagements");
                continue;
            }

            _json.Read();
            if (items is not null) Twice("$", "engagements");
            else items = Items();
        }

        if (items is null) Fail("$.engagements", ListExpected);
        return items ?? [];
    }

    private List<ReadEngagement> Items()
    {
        var items = new List<ReadEngagement>();
        if (_json.TokenType != JsonTokenType.StartArray)
        {
            Mistyped("$.engagements", ListExpected);
            return items;
        }

        var outer = (_errors, _messagesMax);
        _messagesMax = ItemMessagesMax;
        var count = 0;
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            if (++count > BatchMax)
            {
                _json.Skip();
                continue;
            }

            _errors = null;
            items.Add(Item($"$.engagements[{count - 1}]"));
        }

        (_errors, _messagesMax) = outer;
        if (count > BatchMax) Fail("$.engagements", $"{count} engagements; a batch holds at most {BatchMax}.");
        else if (count == 0) Fail("$.engagements", ListExpected);
        return items;
    }

    private ReadEngagement Item(string path)
    {
        var engagement = Engagement(path);
        return new(engagement, _errors?.ToRefusal());
    }

    private PostedEngagement? Engagement(string path)
    {
        if (_json.TokenType != JsonTokenType.StartObject)
        {
            Mistyped(path, "An engagement, an object, is expected.");
            return null;
        }

        string? id = null, source = null, type = null, campaign = null, channel = null, asset = null, product = null;
        DateTimeOffset? occurredAt = null;
        Dictionary<string, Scalar>? properties = null;
        Guid? leadId = null;
        List<Identity>? identities = null;
        var seen = Members.None;
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            var member = Known();
            if (member == Members.None)
            {
                Unknown(path, "id, source, type, occurredAt, lead, campaign, channel, asset, product, properties");
                continue;
            }

            var twice = (seen & member) != Members.None;
            seen |= member;
            _json.Read();
            if (twice)
            {
                Twice(path, NameOf(member));
                continue;
            }

            switch (member)
            {
                case Members.Id: id = Text(path, "id", IdLengthMax); break;
                case Members.Source: source = Text(path, "source", SourceLengthMax); break;
                case Members.Type: type = Type(path); break;
                case Members.OccurredAt: occurredAt = OccurredAt($"{path}.occurredAt"); break;
                case Members.Lead: Lead($"{path}.lead", out leadId, out identities); break;
                case Members.Campaign: campaign = Optional(path, "campaign"); break;
                case Members.Channel: channel = Optional(path, "channel"); break;
                case Members.Asset: asset = Optional(path, "asset"); break;
                case Members.Product: product = Optional(path, "product"); break;
                default: properties = Properties($"{path}.properties"); break;
            }
        }

        Require(path, seen, Members.Id);
        Require(path, seen, Members.Source);
        Require(path, seen, Members.Type);
        Require(path, seen, Members.OccurredAt);
        Require(path, seen, Members.Lead);
        if (_errors is not null) return null;
        return new(
            new(source!, id!, type!, occurredAt!.Value, StatedAt: null, campaign, channel, asset, product, properties),
            leadId,
            (IReadOnlyList<Identity>?)identities ?? []);
    }

    private void Lead(string path, out Guid? leadId, out List<Identity>? identities)
    {
        leadId = null;
        identities = null;
        if (_json.TokenType != JsonTokenType.StartObject)
        {
            Mistyped(path, "An object with leadId, externalId, email or anonymousId is expected.");
            return;
        }

        string? externalId = null, email = null, anonymousId = null;
        var (seen, stated) = (Members.None, Members.None);
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            var member = KnownIdentity();
            if (member == Members.None)
            {
                Unknown(path, "leadId, externalId, email, anonymousId");
                continue;
            }

            var twice = (seen & member) != Members.None;
            seen |= member;
            _json.Read();
            if (twice)
            {
                stated |= member;
                Twice(path, NameOf(member));
                continue;
            }

            if (_json.TokenType == JsonTokenType.Null) continue;
            stated |= member;
            switch (member)
            {
                case Members.LeadId: leadId = LeadId($"{path}.leadId"); break;
                case Members.ExternalId: externalId = Text(path, "externalId", IdLengthMax); break;
                case Members.AnonymousId: anonymousId = Text(path, "anonymousId", IdLengthMax); break;
                default: email = Email($"{path}.email"); break;
            }
        }

        if (stated == Members.None) Fail(path, "At least one of leadId, externalId, email and anonymousId is required.");
        if (externalId is not null) (identities ??= []).Add(new(IdentityKind.ExternalId, externalId));
        if (email is not null) (identities ??= []).Add(new(IdentityKind.Email, email));
        if (anonymousId is not null) (identities ??= []).Add(new(IdentityKind.AnonymousId, anonymousId));
    }

    private Guid? LeadId(string path)
    {
        if (RawText(path, JsonShape.UuidExpected) is null) return null;
        if (_json.TryGetGuid(out var id)) return id;
        Fail(path, JsonShape.UuidExpected);
        return null;
    }

    private string? Email(string path)
    {
        if (RawText(path) is not { } text) return null;
        if (EmailAddress.TryNormalize(text, out var address)) return address;
        Fail(path, $"An e-mail address of at most {EmailAddress.LengthMax} characters is expected.");
        return null;
    }

    private string? Type(string path)
    {
        if (RawText($"{path}.type") is not { } text) return null;
        if (SnakeCase.Is(text, TypeLengthMax)) return text;
        Fail($"{path}.type", $"A snake_case word of at most {TypeLengthMax} characters is expected, like content_downloaded.");
        return null;
    }

    private DateTimeOffset? OccurredAt(string path)
    {
        if (RawText(path, JsonShape.InstantExpected) is not { } text) return null;
        if (!_json.TryGetDateTimeOffset(out var at))
        {
            Fail(path, JsonShape.InstantExpected);
            return null;
        }

        // The reader takes a time without an offset for local time; whose, nobody knows.
        if (!(text[^1] == 'Z' || (text.Length > 6 && text[^6] is '+' or '-' && text.Contains('T'))))
        {
            Fail(path, "The time has no offset: end it with Z, or with the hours and minutes it is from UTC.");
        }
        else if (at < OccurredAtMin) Fail(path, "The time is before 2000-01-01T00:00:00Z, the earliest that is taken.");
        else if (at > _now + AheadMax)
        {
            Fail(path, $"The time is more than {AheadMax.TotalMinutes:0} minutes ahead of the service's clock.");
        }

        return at.ToUniversalTime();
    }

    private Dictionary<string, Scalar>? Properties(string path)
    {
        if (_json.TokenType == JsonTokenType.Null) return null;
        if (_json.TokenType != JsonTokenType.StartObject)
        {
            Mistyped(path, "An object of names and scalars is expected.");
            return null;
        }

        var properties = new Dictionary<string, Scalar>();
        var count = 0;
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            var name = MemberName(path);
            _json.Read();
            if (++count > PropertiesMax || name is null)
            {
                _json.Skip();
                continue;
            }

            if (name.Length is 0 or > PropertyNameLengthMax || HasControl(name))
            {
                Mistyped(path, $"A property's name has 1 to {PropertyNameLengthMax} characters, no control characters.");
            }
            else if (Value(JsonShape.PathOf(path, name)) is { } value && !properties.TryAdd(name, value)) Twice(path, name);
        }

        if (count > PropertiesMax) Fail(path, $"{count} properties; at most {PropertiesMax} are taken.");
        return properties.Count == 0 ? null : properties;
    }

    private Scalar? Value(string path)
    {
        switch (_json.TokenType)
        {
            case JsonTokenType.True: return Scalar.Of(true);
            case JsonTokenType.False: return Scalar.Of(false);
            case JsonTokenType.Number: return Number(path);
            case JsonTokenType.String:
                if (RawText(path) is not { } text) return null;
                if (text.Length <= PropertyTextLengthMax && !text.Contains('\0')) return Scalar.Of(text);
                Fail(path, $"A text of at most {PropertyTextLengthMax} characters, without NUL, is expected.");
                return null;
            default:
                Mistyped(path, "A scalar is expected: a text, a number, true or false; nothing nested, no null.");
                return null;
        }
    }

    private Scalar? Number(string path)
    {
        // Never false on a JSON number: what is too large reads as infinity.
        _json.TryGetDouble(out var number);
        if (JsonNumbers.Complaint(number, _json.ValueSpan) is { } complaint)
        {
            Fail(path, complaint);
            return null;
        }

        return Scalar.Of(number);
    }

    private string? Optional(string path, string name) =>
        _json.TokenType == JsonTokenType.Null ? null : Text(path, name, TagLengthMax);

    /// <summary>A text of 1 to N characters without control characters.</summary>
    private string? Text(string path, string name, int lengthMax)
    {
        if (RawText($"{path}.{name}") is not { } text) return null;
        if (text.Length > 0 && text.Length <= lengthMax && !HasControl(text)) return text;
        Fail($"{path}.{name}", $"A text of 1 to {lengthMax} characters, no control characters, is expected.");
        return null;
    }

    private string? RawText(string path, string expected = "A text is expected.")
    {
        if (_json.TokenType != JsonTokenType.String)
        {
            Mistyped(path, expected);
            return null;
        }

        try
        {
            return _json.GetString();
        }
        catch (InvalidOperationException)
        {
            Fail(path, "The text is not valid Unicode (a lone surrogate or broken UTF-8).");
            return null;
        }
    }

    /// <summary>The name the reader stands on; null when it is no text, which is then reported.</summary>
    private string? MemberName(string path)
    {
        try
        {
            return _json.GetString();
        }
        catch (InvalidOperationException)
        {
            Fail(path, "A field's name is not valid Unicode (a lone surrogate or broken UTF-8).");
            return null;
        }
    }

    private static bool HasControl(string text)
    {
        foreach (var c in text)
        {
            if (char.IsControl(c)) return true;
        }

        return false;
    }

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

    private void Require(string path, Members seen, Members member)
    {
        if ((seen & member) == Members.None) Fail($"{path}.{NameOf(member)}", $"The field {NameOf(member)} is required.");
    }

    /// <summary>Reports the field whose name the reader stands on, and steps over its value.</summary>
    private void Unknown(string path, string known)
    {
        var name = MemberName(path);
        _json.Skip();
        if (name is not null) Fail(JsonShape.PathOf(path, name), $"Unknown field. Known here: {known}.");
    }

    private void Twice(string path, string name)
    {
        _json.Skip();
        Fail(JsonShape.PathOf(path, name), "The field stands here twice.");
    }

    /// <summary>Reports a value and steps over it whole.</summary>
    private void Mistyped(string path, string message)
    {
        _json.Skip();
        Fail(path, message);
    }

    private void Fail(string path, string message) => (_errors ??= new(_messagesMax)).Add(path, message);

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
