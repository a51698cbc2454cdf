using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LeadScoring.Domain;
using LeadScoring.Domain.Identities;
using LeadScoring.Domain.Leads;
using LeadScoring.Host.Http;

namespace LeadScoring.Host.Engagements;

/// <summary>An engagement as a producer posted it, checked and normalised.</summary>
/// <param name="Fact">Occurred when the producer says; the decision bounds it by our clock.</param>
/// <param name="LeadId">Stated lead id, or null.</param>
/// <param name="Identities">Other stated identities, strongest first, each kind at most once.</param>
public sealed record PostedEngagement(EngagementRecorded Fact, Guid? LeadId, IReadOnlyList<Identity> Identities);

/// <summary>Reads engagements: a rule one of them breaks is reported by JSON path and spoils only that one.</summary>
public static class EngagementReader
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

    /// <summary>Most engagements have fewer; a dictionary of this size takes half the memory of the next.</summary>
    private const int PropertiesExpected = 7;

    private static readonly SearchValues<char> Controls = SearchValues.Create([.. Enumerable.Range(0, 0xA0).Select(c => (char)c).Where(char.IsControl)]);
    private static readonly JsonFields BatchFields = new(["engagements"], required: []);
    private static readonly JsonFields Fields = JsonFields.Of(WireJson.Default.Engagement);
    private static readonly JsonFields LeadFields = JsonFields.Of(WireJson.Default.LeadReference);

    /// <summary>Reads the body of a single post.</summary>
    public static Body<PostedEngagement> ReadOne(ReadOnlyMemory<byte> body, DateTimeOffset now) => JsonBody.Parse(body, (ref json) =>
    {
        var faults = new Validation();
        var engagement = Engagement(ref json, now, faults);
        return new Body<PostedEngagement>(engagement, faults.ToRefusal());
    });

    /// <summary>Reads the body of a batch: its items in order, or what is wrong with it as a whole.</summary>
    public static Body<IReadOnlyList<Body<PostedEngagement>>> ReadBatch(ReadOnlyMemory<byte> body, DateTimeOffset now) => JsonBody.Parse(body, (ref json) =>
    {
        var faults = new Validation();
        List<Body<PostedEngagement>> items = [];
        if (json.TokenType != JsonTokenType.StartObject) faults.Add("$", "An object with a list 'engagements' is expected.");
        else
        {
            for (var members = new JsonMembers(BatchFields, "$", faults); members.Next(ref json);) items = Items(ref json, now, faults);
            if (items.Count == 0) faults.Add("$.engagements", $"A list of 1 to {BatchMax} engagements is expected.");
        }

        return faults.ToRefusal() is { } refusal ? new(null, refusal) : new Body<IReadOnlyList<Body<PostedEngagement>>>(items, null);
    });

    private static List<Body<PostedEngagement>> Items(ref Utf8JsonReader json, DateTimeOffset now, Validation faults)
    {
        List<Body<PostedEngagement>> items = [];
        if (json.TokenType != JsonTokenType.StartArray) return items;
        var (count, hasBegun, ofItem) = (0, false, new Validation(ItemMessagesMax));
        while (JsonRules.Next(ref json, ref hasBegun))
        {
            if (++count > BatchMax) continue;
            var engagement = Engagement(ref json, now, ofItem);
            items.Add(new(engagement, engagement is null ? ofItem.ToRefusal($"$.engagements[{count - 1}]") : null));
            if (engagement is null) ofItem = new(ItemMessagesMax);
        }

        if (count > BatchMax) faults.Add("$.engagements", $"{count} engagements; a batch holds at most {BatchMax}.");
        return items;
    }

    private static PostedEngagement? Engagement(ref Utf8JsonReader json, DateTimeOffset now, Validation faults)
    {
        if (json.TokenType != JsonTokenType.StartObject)
        {
            faults.Add("$", "An engagement, an object, is expected.");
            return null;
        }

        string? id = null, source = null, type = null, campaign = null, channel = null, asset = null, product = null;
        DateTimeOffset occurredAt = default;
        Dictionary<string, Scalar>? properties = null;
        Guid? leadId = null;
        IReadOnlyList<Identity> identities = [];
        for (var members = new JsonMembers(Fields, "$", faults); members.Next(ref json);)
        {
            var complaint = members.Name switch
            {
                "id" => Text(ref json, IdLengthMax, out id),
                "source" => RepeatedText(ref json, SourceLengthMax, out source),
                "type" => Type(ref json, out type),
                "occurredAt" => OccurredAt(ref json, now, out occurredAt),
                "lead" => Lead(ref json, out leadId, out identities, faults),
                "campaign" => Tag(ref json, out campaign),
                "channel" => Tag(ref json, out channel),
                "asset" => Tag(ref json, out asset),
                "product" => Tag(ref json, out product),
                _ => Properties(ref json, out properties, faults),
            };
            if (complaint is not null) faults.Add(members.Path, complaint);
        }

        if (faults.Failed) return null;
        return new(new(source!, id!, type!, occurredAt, StatedAt: null, campaign, channel, asset, product, properties), leadId, identities);
    }

    private static string? Lead(ref Utf8JsonReader json, out Guid? leadId, out IReadOnlyList<Identity> identities, Validation faults)
    {
        (leadId, identities) = (null, []);
        if (json.TokenType != JsonTokenType.StartObject) return "An object with leadId, externalId, email or anonymousId is expected.";

        string? externalId = null, email = null, anonymousId = null;
        var isNamed = false;
        var members = new JsonMembers(LeadFields, "$.lead", faults);
        while (members.Next(ref json))
        {
            if (json.TokenType == JsonTokenType.Null) continue;
            isNamed = true;
            var complaint = members.Name switch
            {
                "leadId" => JsonRules.Uuid(ref json, out leadId),
                "externalId" => Text(ref json, IdLengthMax, out externalId),
                "email" => Email(ref json, out email),
                _ => Text(ref json, IdLengthMax, out anonymousId),
            };
            if (complaint is not null) faults.Add(members.Path, complaint);
        }

        var some = new List<Identity>(LeadFields.Names.Count - 1);
        if (externalId is not null) some.Add(new(IdentityKind.ExternalId, externalId));
        if (email is not null) some.Add(new(IdentityKind.Email, email));
        if (anonymousId is not null) some.Add(new(IdentityKind.AnonymousId, anonymousId));
        identities = some;
        return isNamed || members.HasRepeated ? null : "At least one of leadId, externalId, email and anonymousId is required.";
    }

    private static string? Email(ref Utf8JsonReader json, out string? address)
    {
        if (JsonRules.Text(ref json, out address) is { } complaint) return complaint;
        return EmailAddress.TryNormalize(address!, out address) ? null : $"An e-mail address of at most {EmailAddress.LengthMax} characters is expected.";
    }

    private static string? Type(ref Utf8JsonReader json, out string? type)
    {
        if (Repeated(ref json, out type) is { } complaint) return complaint;
        return SnakeCase.Is(type, TypeLengthMax)
            ? null
            : $"A snake_case word of at most {TypeLengthMax} characters is expected, like content_downloaded.";
    }

    private static string? OccurredAt(ref Utf8JsonReader json, DateTimeOffset now, out DateTimeOffset at)
    {
        if (JsonRules.Instant(ref json, out at) is { } complaint) return complaint;
        at = at.ToUniversalTime();
        if (at < OccurredAtMin) return "The time is before 2000-01-01T00:00:00Z, the earliest that is taken.";
        return at > now + AheadMax ? $"The time is more than {AheadMax.TotalMinutes:0} minutes ahead of the service's clock." : null;
    }

    private static string? Properties(ref Utf8JsonReader json, out Dictionary<string, Scalar>? properties, Validation faults)
    {
        properties = null;
        if (json.TokenType == JsonTokenType.Null) return null;
        if (json.TokenType != JsonTokenType.StartObject) return "An object of names and scalars is expected.";
        var (count, hasBegun) = (0, false);
        while (JsonRules.Next(ref json, ref hasBegun))
        {
            if (++count > PropertiesMax) continue;
            if (Repeated(ref json, out var name) is { } nameComplaint)
            {
                faults.Add("$.properties", nameComplaint);
                continue;
            }

            json.Read();
            if (name!.Length is 0 or > PropertyNameLengthMax || name.AsSpan().ContainsAny(Controls))
            {
                faults.Add("$.properties", $"A property's name has 1 to {PropertyNameLengthMax} characters, no control characters.");
            }
            else if (Value(ref json, out var value) is { } complaint) faults.Add(JsonRules.PathOf("$.properties", name), complaint);
            else if (!(properties ??= new(PropertiesExpected)).TryAdd(name, value)) faults.Add(JsonRules.PathOf("$.properties", name), JsonRules.Twice);
        }

        return count > PropertiesMax ? $"{count} properties; at most {PropertiesMax} are taken." : null;
    }

    private static string? Value(ref Utf8JsonReader json, out Scalar value)
    {
        value = default;
        switch (json.TokenType)
        {
            case JsonTokenType.True or JsonTokenType.False:
                value = Scalar.Of(json.TokenType == JsonTokenType.True);
                return null;
            case JsonTokenType.Number:
                json.TryGetDouble(out var number); // Never false on a JSON number: what is too large reads as infinity.
                value = Scalar.Of(number);
                return JsonRules.Number(number, json.ValueSpan);
            case JsonTokenType.String:
                if (Repeated(ref json, out var text) is { } complaint) return complaint;
                value = Scalar.Of(text!);
                return text!.Length <= PropertyTextLengthMax && !text.Contains('\0')
                    ? null
                    : $"A text of at most {PropertyTextLengthMax} characters, without NUL, is expected.";
            default:
                return "A scalar is expected: a text, a number, true or false; nothing nested, no null.";
        }
    }

    private static string? Tag(ref Utf8JsonReader json, out string? tag)
    {
        tag = null;
        return json.TokenType == JsonTokenType.Null ? null : RepeatedText(ref json, TagLengthMax, out tag);
    }

    private static string? RepeatedText(ref Utf8JsonReader json, int lengthMax, out string? text) =>
        Repeated(ref json, out text) ?? Complaint(text!, lengthMax);

    private static string? Text(ref Utf8JsonReader json, int lengthMax, out string? text) =>
        JsonRules.Text(ref json, out text) ?? Complaint(text!, lengthMax);

    private static string? Complaint(string text, int lengthMax) => text.Length > 0 && text.Length <= lengthMax && !text.AsSpan().ContainsAny(Controls)
        ? null
        : $"A text of 1 to {lengthMax} characters, no control characters, is expected.";

    /// <summary>A text or name that others are likely to state, too.</summary>
    private static string? Repeated(ref Utf8JsonReader json, out string? text)
    {
        var isPlain = json is { TokenType: JsonTokenType.String or JsonTokenType.PropertyName, ValueIsEscaped: false };
        text = isPlain ? RepeatedTexts.Of(json.ValueSpan) : null;
        return text is null ? JsonRules.Text(ref json, out text) : null;
    }
}

/// <summary>
/// The event id of an engagement: a name-based UUID (RFC 9562, version 5) of tenant, source and the producer's id, and of
/// nothing else. The same fact posted again, by anybody, in any order, is therefore the same event.
/// </summary>
public static class EngagementId
{
    private const int HashLength = 20;
    private const int UuidLength = 16;
    private const int NameBytesMax = 2048;

    private static readonly byte[] Namespace = new Guid("7c1d5fb2-6f0f-5d0e-9a57-0d7c2f3b9a41").ToByteArray(bigEndian: true);

    public static Guid Of(string tenantId, string source, string id)
    {
        Span<byte> name = stackalloc byte[NameBytesMax];
        Namespace.CopyTo(name);
        var length = UuidLength;
        // NUL is refused in all three, so it separates them without ambiguity.
        length += Encoding.UTF8.GetBytes(tenantId, name[length..]);
        name[length++] = 0;
        length += Encoding.UTF8.GetBytes(source, name[length..]);
        name[length++] = 0;
        length += Encoding.UTF8.GetBytes(id, name[length..]);

        Span<byte> hash = stackalloc byte[HashLength];
#pragma warning disable CA5350 // Version 5 UUIDs are SHA-1 by definition; this is a name, not a signature.
        SHA1.HashData(name[..length], hash);
#pragma warning restore CA5350
        hash[6] = (byte)((hash[6] & 0x0F) | 0x50);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..UuidLength], bigEndian: true);
    }
}

/// <summary>
/// Texts that come again and again (sources, types, campaigns, property names), kept so that a body's bytes need no string
/// of their own each time. Safe for concurrent use.
/// </summary>
/// <remarks>
/// A text has one slot, where the latest that hashes there stays. Whatever a client sends, memory and the work per text are
/// bounded; the worst it gets is what it would be without.
/// </remarks>
public static class RepeatedTexts
{
    /// <summary>Longer texts rarely repeat.</summary>
    public const int BytesMax = 64;

    /// <summary>A power of two. About 0.5 MB when full of the longest.</summary>
    private const int SlotsMax = 4096;

    private static readonly string?[] Slots = new string?[SlotsMax];

    /// <returns>Null when the text is longer than <see cref="BytesMax"/> or not ASCII: decode it.</returns>
    public static string? Of(ReadOnlySpan<byte> text)
    {
        if (text.Length > BytesMax) return null;
        ref var slot = ref Slots[Hash(text) & (SlotsMax - 1)];
        if (slot is { } known && known.Length == text.Length && Ascii.Equals(text, known)) return known;
        return Ascii.IsValid(text) ? slot = Encoding.ASCII.GetString(text) : null;
    }

    private static uint Hash(ReadOnlySpan<byte> text)
    {
        var hash = (uint)text.Length;
        for (; text.Length >= sizeof(ulong); text = text[sizeof(ulong)..])
        {
            hash = BitOperations.Crc32C(hash, BinaryPrimitives.ReadUInt64LittleEndian(text));
        }

        foreach (var rest in text) hash = BitOperations.Crc32C(hash, rest);
        return hash;
    }
}
