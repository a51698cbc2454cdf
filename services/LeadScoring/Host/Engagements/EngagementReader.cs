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
public ref partial struct EngagementReader
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

    /// <summary>Which item of a batch is read, 0-based; negative: none, or the only one. Paths are made of it once something is wrong.</summary>
    private int _item = -1;

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
        var engagement = reader.Item();
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
            Fail("", "An object with a list 'engagements' is expected.");
            return [];
        }

        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            if (HasBrokenName() || !_json.ValueTextEquals("engagements"u8))
            {
                Unknown("", "engagements");
                continue;
            }

            _json.Read();
            if (items is not null) Twice("", "engagements");
            else items = Items();
        }

        if (items is null) Fail(".engagements", ListExpected);
        return items ?? [];
    }

    private List<ReadEngagement> Items()
    {
        var items = new List<ReadEngagement>();
        if (_json.TokenType != JsonTokenType.StartArray)
        {
            Mistyped(".engagements", ListExpected);
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
            _item = count - 1;
            items.Add(Item());
        }

        (_errors, _messagesMax) = outer;
        _item = -1;
        if (count > BatchMax) Fail(".engagements", $"{count} engagements; a batch holds at most {BatchMax}.");
        else if (count == 0) Fail(".engagements", ListExpected);
        return items;
    }

    private ReadEngagement Item()
    {
        var engagement = Engagement();
        return new(engagement, _errors?.ToRefusal());
    }

    private PostedEngagement? Engagement()
    {
        if (_json.TokenType != JsonTokenType.StartObject)
        {
            Mistyped("", "An engagement, an object, is expected.");
            return null;
        }

        string? id = null, source = null, type = null, campaign = null, channel = null, asset = null, product = null;
        DateTimeOffset? occurredAt = null;
        EngagementProperties? properties = null;
        Guid? leadId = null;
        Identity[] identities = [];
        var seen = Members.None;
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            var member = Known();
            if (member == Members.None)
            {
                Unknown("", "id, source, type, occurredAt, lead, campaign, channel, asset, product, properties");
                continue;
            }

            var twice = (seen & member) != Members.None;
            seen |= member;
            _json.Read();
            if (twice)
            {
                Twice("", NameOf(member));
                continue;
            }

            switch (member)
            {
                case Members.Id: id = Text(".id", IdLengthMax); break;
                case Members.Source: source = Checked(RepeatedText(".source"), ".source", SourceLengthMax); break;
                case Members.Type: type = Type(".type"); break;
                case Members.OccurredAt: occurredAt = OccurredAt(".occurredAt"); break;
                case Members.Lead: Lead(".lead", out leadId, out identities); break;
                case Members.Campaign: campaign = Optional(".campaign"); break;
                case Members.Channel: channel = Optional(".channel"); break;
                case Members.Asset: asset = Optional(".asset"); break;
                case Members.Product: product = Optional(".product"); break;
                default: properties = Properties(".properties"); break;
            }
        }

        Require(seen, Members.Id);
        Require(seen, Members.Source);
        Require(seen, Members.Type);
        Require(seen, Members.OccurredAt);
        Require(seen, Members.Lead);
        if (_errors is not null) return null;
        return new(
            new(source!, id!, type!, occurredAt!.Value, StatedAt: null, campaign, channel, asset, product, properties),
            leadId,
            identities);
    }

    private void Lead(string where, out Guid? leadId, out Identity[] identities)
    {
        leadId = null;
        identities = [];
        if (_json.TokenType != JsonTokenType.StartObject)
        {
            Mistyped(where, "An object with leadId, externalId, email or anonymousId is expected.");
            return;
        }

        string? externalId = null, email = null, anonymousId = null;
        var (seen, stated) = (Members.None, Members.None);
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            var member = KnownIdentity();
            if (member == Members.None)
            {
                Unknown(where, "leadId, externalId, email, anonymousId");
                continue;
            }

            var twice = (seen & member) != Members.None;
            seen |= member;
            _json.Read();
            if (twice)
            {
                stated |= member;
                Twice(where, NameOf(member));
                continue;
            }

            if (_json.TokenType == JsonTokenType.Null) continue;
            stated |= member;
            switch (member)
            {
                case Members.LeadId: leadId = LeadId(".lead.leadId"); break;
                case Members.ExternalId: externalId = Text(".lead.externalId", IdLengthMax); break;
                case Members.AnonymousId: anonymousId = Text(".lead.anonymousId", IdLengthMax); break;
                default: email = Email(".lead.email"); break;
            }
        }

        if (stated == Members.None) Fail(where, "At least one of leadId, externalId, email and anonymousId is required.");
        var count = (externalId is null ? 0 : 1) + (email is null ? 0 : 1) + (anonymousId is null ? 0 : 1);
        if (count == 0) return;
        identities = new Identity[count];
        var next = 0;
        if (externalId is not null) identities[next++] = new(IdentityKind.ExternalId, externalId);
        if (email is not null) identities[next++] = new(IdentityKind.Email, email);
        if (anonymousId is not null) identities[next] = new(IdentityKind.AnonymousId, anonymousId);
    }
}
