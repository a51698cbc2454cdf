using LeadScoring.Host.Engagements;
using static LeadScoring.IntegrationTests.Engagements.EngagementJson;

namespace LeadScoring.IntegrationTests.Engagements;

/// <param name="Path">Below the engagement: empty for the engagement itself, or like <c>.lead.email</c>.</param>
/// <param name="Message">The whole message.</param>
public sealed record BadEngagement(string Json, string Path, string Message);

/// <summary>Every way to get one engagement wrong while its body is still JSON, with the rule that refuses it.</summary>
internal static class BadEngagements
{
    /// <summary>The clock the table is written for.</summary>
    public static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    private const string Known = "Unknown field. Known here: id, source, type, occurredAt, lead, campaign, channel, asset, product, properties.";
    private const string KnownIdentities = "Unknown field. Known here: leadId, externalId, email, anonymousId.";
    private const string Who = "At least one of leadId, externalId, email and anonymousId is required.";
    private const string WhoObject = "An object with leadId, externalId, email or anonymousId is expected.";
    private const string Text = "A text is expected.";
    private const string Text128 = "A text of 1 to 128 characters, no control characters, is expected.";
    private const string Text64 = "A text of 1 to 64 characters, no control characters, is expected.";
    private const string Word = "A snake_case word of at most 64 characters is expected, like content_downloaded.";
    private const string Mail = "An e-mail address of at most 254 characters is expected.";
    private const string Uuid = "A UUID is expected, like 0198c9a2-7c1e-7a54-9d3b-2f6f1c8e4b10.";
    private const string Time = "A time with its offset is expected (RFC 3339), like 2026-03-01T12:00:00Z.";
    private const string NoOffset = "The time has no offset: end it with Z, or with the hours and minutes it is from UTC.";
    private const string TooEarly = "The time is before 2000-01-01T00:00:00Z, the earliest that is taken.";
    private const string Ahead = "The time is more than 5 minutes ahead of the service's clock.";
    private const string PropertiesObject = "An object of names and scalars is expected.";
    private const string PropertyName = "A property's name has 1 to 64 characters, no control characters.";
    private const string PropertyText = "A text of at most 256 characters, without NUL, is expected.";
    private const string Scalar = "A scalar is expected: a text, a number, true or false; nothing nested, no null.";
    private const string TooLarge = "The number is too large.";
    private const string LosesDigits = "A whole number from 9007199254740992 on may lose digits; send it as a text.";
    private const string Twice = "The field stands here twice.";
    private const string NoUnicode = "The text is not valid Unicode (a lone surrogate or broken UTF-8).";
    private const string NoUnicodeName = "A field's name is not valid Unicode (a lone surrogate or broken UTF-8).";

    private static readonly Dictionary<string, BadEngagement> Table = new()
    {
        ["a text instead of an engagement"] = new("\"x\"", "", "An engagement, an object, is expected."),
        ["a list instead of an engagement"] = new("[{}]", "", "An engagement, an object, is expected."),
        ["null instead of an engagement"] = new("null", "", "An engagement, an object, is expected."),

        ["id is a number"] = new(With("id", "7"), ".id", Text),
        ["id is null"] = new(With("id", "null"), ".id", Text),
        ["id is a list"] = new(With("id", "[\"e-1\"]"), ".id", Text),
        ["id is missing"] = new(Without("id"), ".id", "The field id is required."),
        ["id is empty"] = new(With("id", "\"\""), ".id", Text128),
        ["id is too long"] = new(With("id", Letters(EngagementReader.IdLengthMax + 1)), ".id", Text128),
        ["id is too long in UTF-16 units"] = new(With("id", $"\"{string.Concat(Enumerable.Repeat("😀", 64))}x\""), ".id", Text128),
        ["id holds a tab"] = new(With("id", "\"e\\t1\""), ".id", Text128),
        ["id holds NUL"] = new(With("id", "\"e\\u00001\""), ".id", Text128),
        ["id holds a C1 control"] = new(With("id", "\"e\\u0085\""), ".id", Text128),
        ["id holds a high surrogate alone"] = new(With("id", "\"e\\ud800\""), ".id", NoUnicode),
        ["id holds a low surrogate alone"] = new(With("id", "\"\\udc00e\""), ".id", NoUnicode),
        ["id holds surrogates the wrong way round"] = new(With("id", "\"\\udc00\\ud800\""), ".id", NoUnicode),

        ["source is true"] = new(With("source", "true"), ".source", Text),
        ["source is missing"] = new(Without("source"), ".source", "The field source is required."),
        ["source is empty"] = new(With("source", "\"\""), ".source", Text64),
        ["source is too long"] = new(With("source", Letters(EngagementReader.SourceLengthMax + 1)), ".source", Text64),
        ["source holds NUL"] = new(With("source", "\"w\\u0000b\""), ".source", Text64),

        ["type is a number"] = new(With("type", "1"), ".type", Text),
        ["type is missing"] = new(Without("type"), ".type", "The field type is required."),
        ["type is empty"] = new(With("type", "\"\""), ".type", Word),
        ["type is PascalCase"] = new(With("type", "\"PageViewed\""), ".type", Word),
        ["type has a blank"] = new(With("type", "\"page viewed\""), ".type", Word),
        ["type has a doubled underscore"] = new(With("type", "\"page__viewed\""), ".type", Word),
        ["type is too long"] = new(With("type", Letters(EngagementReader.TypeLengthMax + 1)), ".type", Word),
        ["type has a letter that only looks like one"] = new(With("type", "\"p\\u0430ge\""), ".type", Word),
        ["type holds half of a surrogate pair"] = new(With("type", "\"\\ud800\""), ".type", NoUnicode),

        ["time is a number"] = new(With("occurredAt", "1772357400"), ".occurredAt", Time),
        ["time is null"] = new(With("occurredAt", "null"), ".occurredAt", Time),
        ["time is missing"] = new(Without("occurredAt"), ".occurredAt", "The field occurredAt is required."),
        ["time is empty"] = new(With("occurredAt", "\"\""), ".occurredAt", Time),
        ["time is a word"] = new(With("occurredAt", "\"yesterday\""), ".occurredAt", Time),
        ["time is local style"] = new(With("occurredAt", "\"01/03/2026 09:30\""), ".occurredAt", Time),
        ["time is a day that does not exist"] = new(With("occurredAt", "\"2026-02-30T09:30:00Z\""), ".occurredAt", Time),
        ["time is an hour that does not exist"] = new(With("occurredAt", "\"2026-03-01T25:00:00Z\""), ".occurredAt", Time),
        ["time has an offset that does not exist"] = new(With("occurredAt", "\"2026-03-01T09:30:00+25:00\""), ".occurredAt", Time),
        ["time holds half of a surrogate pair"] = new(With("occurredAt", "\"2026-03-01T09:30:00\\ud800\""), ".occurredAt", NoUnicode),
        ["time has no offset"] = new(With("occurredAt", "\"2026-03-01T09:30:00\""), ".occurredAt", NoOffset),
        ["time has a fraction and no offset"] = new(With("occurredAt", "\"2026-03-01T09:30:00.123456\""), ".occurredAt", NoOffset),
        ["time has half an offset"] = new(With("occurredAt", "\"2026-03-01T09:30:00+02\""), ".occurredAt", NoOffset),
        ["time is a date"] = new(With("occurredAt", "\"2026-03-01\""), ".occurredAt", NoOffset),
        ["time is before 2000"] = new(With("occurredAt", "\"1999-12-31T23:59:59.9999999Z\""), ".occurredAt", TooEarly),
        ["time is before 2000 in UTC"] = new(With("occurredAt", "\"2000-01-01T00:59:59+01:00\""), ".occurredAt", TooEarly),
        ["time is just too far ahead"] = new(With("occurredAt", "\"2026-03-02T09:05:00.0000001Z\""), ".occurredAt", Ahead),
        ["time is in the far future"] = new(With("occurredAt", "\"9999-12-31T23:59:59Z\""), ".occurredAt", Ahead),

        ["lead is a text"] = new(With("lead", "\"ann@example.com\""), ".lead", WhoObject),
        ["lead is a list"] = new(With("lead", "[{\"email\":\"ann@example.com\"}]"), ".lead", WhoObject),
        ["lead is null"] = new(With("lead", "null"), ".lead", WhoObject),
        ["lead is missing"] = new(Without("lead"), ".lead", "The field lead is required."),
        ["lead names nobody"] = new(With("lead", "{}"), ".lead", Who),
        ["lead names nobody but nulls"] = new(
            With("lead", """{"leadId":null,"externalId":null,"email":null,"anonymousId":null}"""), ".lead", Who),
        ["lead has an unknown field"] = new(With("lead", """{"email":"ann@example.com","phone":"1"}"""), ".lead.phone", KnownIdentities),
        ["lead has a misspelt field"] = new(With("lead", """{"Email":"x","email":"ann@example.com"}"""), ".lead.Email", KnownIdentities),
        ["lead has a field that is no Unicode"] = new(With("lead", """{"\udfff":1,"email":"ann@example.com"}"""), ".lead", NoUnicodeName),
        ["lead id is a number"] = new(With("lead", """{"leadId":7}"""), ".lead.leadId", Uuid),
        ["lead id is no UUID"] = new(With("lead", """{"leadId":"ann"}"""), ".lead.leadId", Uuid),
        ["lead id is in braces"] = new(With("lead", """{"leadId":"{0198c9a2-7c1e-7a54-9d3b-2f6f1c8e4b10}"}"""), ".lead.leadId", Uuid),
        ["lead id has no hyphens"] = new(With("lead", """{"leadId":"0198c9a27c1e7a549d3b2f6f1c8e4b10"}"""), ".lead.leadId", Uuid),
        ["lead id holds half of a surrogate pair"] = new(
            With("lead", """{"leadId":"0198c9a2-7c1e-7a54-9d3b-2f6f1c8e4b1\ud800"}"""), ".lead.leadId", NoUnicode),
        ["external id is an object"] = new(With("lead", """{"externalId":{"a":"b"}}"""), ".lead.externalId", Text),
        ["external id is empty"] = new(With("lead", """{"externalId":""}"""), ".lead.externalId", Text128),
        ["external id is too long"] = new(With("lead", $$"""{"externalId":{{Letters(129)}}}"""), ".lead.externalId", Text128),
        ["external id holds NUL"] = new(With("lead", """{"externalId":"\u0000"}"""), ".lead.externalId", Text128),
        ["anonymous id is a number"] = new(With("lead", """{"anonymousId":5}"""), ".lead.anonymousId", Text),
        ["anonymous id has a line break"] = new(With("lead", """{"anonymousId":"a\nb"}"""), ".lead.anonymousId", Text128),
        ["anonymous id holds half of a surrogate pair"] = new(With("lead", """{"anonymousId":"\ud83d"}"""), ".lead.anonymousId", NoUnicode),
        ["one identity of two is bad"] = new(With("lead", """{"externalId":"x","email":"ann@"}"""), ".lead.email", Mail),
        ["e-mail is a number"] = new(With("lead", """{"email":5}"""), ".lead.email", Text),
        ["e-mail is empty"] = new(With("lead", """{"email":""}"""), ".lead.email", Mail),
        ["e-mail has no at sign"] = new(With("lead", """{"email":"ann.example.com"}"""), ".lead.email", Mail),
        ["e-mail has nobody"] = new(With("lead", """{"email":"@example.com"}"""), ".lead.email", Mail),
        ["e-mail has no host"] = new(With("lead", """{"email":"ann@"}"""), ".lead.email", Mail),
        ["e-mail is local"] = new(With("lead", """{"email":"ann@localhost"}"""), ".lead.email", Mail),
        ["e-mail has a blank"] = new(With("lead", """{"email":"ann lee@example.com"}"""), ".lead.email", Mail),
        ["e-mail has two at signs"] = new(With("lead", """{"email":"ann@lee@example.com"}"""), ".lead.email", Mail),
        ["e-mail has a doubled dot"] = new(With("lead", """{"email":"ann..lee@example.com"}"""), ".lead.email", Mail),
        ["e-mail has a name around it"] = new(With("lead", """{"email":"Ann <ann@example.com>"}"""), ".lead.email", Mail),
        ["e-mail's host is an address"] = new(With("lead", """{"email":"ann@192.168.0.1"}"""), ".lead.email", Mail),
        ["e-mail is too long"] = new(
            With("lead", $$"""{"email":"ann@{{string.Join('.', Enumerable.Repeat(new string('x', 49), 5))}}.com"}"""), ".lead.email", Mail),
        ["e-mail holds NUL"] = new(With("lead", """{"email":"ann\u0000@example.com"}"""), ".lead.email", Mail),
        ["e-mail holds half of a surrogate pair"] = new(With("lead", """{"email":"\ud800@example.com"}"""), ".lead.email", NoUnicode),

        ["campaign is a number"] = new(With("campaign", "5"), ".campaign", Text),
        ["campaign is empty"] = new(With("campaign", "\"\""), ".campaign", Text128),
        ["campaign is too long"] = new(With("campaign", Letters(EngagementReader.TagLengthMax + 1)), ".campaign", Text128),
        ["channel is an object"] = new(With("channel", "{}"), ".channel", Text),
        ["asset is a list"] = new(With("asset", "[]"), ".asset", Text),
        ["asset holds NUL"] = new(With("asset", "\"\\u0000\""), ".asset", Text128),
        ["product is false"] = new(With("product", "false"), ".product", Text),

        ["properties are a list"] = new(With("properties", "[]"), ".properties", PropertiesObject),
        ["properties are a text"] = new(With("properties", "\"a=1\""), ".properties", PropertiesObject),
        ["33 properties"] = new(With("properties", Numbers(33)), ".properties", "33 properties; at most 32 are taken."),
        ["3000 properties"] = new(With("properties", Numbers(3000)), ".properties", "3000 properties; at most 32 are taken."),
        ["a property is an object"] = new(With("properties", """{"a":1,"b":{"c":1}}"""), ".properties.b", Scalar),
        ["a property is a list"] = new(With("properties", """{"a":["b"]}"""), ".properties.a", Scalar),
        ["a property is null"] = new(With("properties", """{"a":null}"""), ".properties.a", Scalar),
        ["a property has no name"] = new(With("properties", """{"":1}"""), ".properties", PropertyName),
        ["a property's name is too long"] = new(
            With("properties", $"{{{Letters(EngagementReader.PropertyNameLengthMax + 1)}:1}}"), ".properties", PropertyName),
        ["a property's name holds NUL"] = new(With("properties", """{"a\u0000":1}"""), ".properties", PropertyName),
        ["a property's name is no Unicode"] = new(With("properties", """{"\ud800":1}"""), ".properties", NoUnicodeName),
        ["a property with a curious name is bad"] = new(With("properties", """{"page title":[]}"""), ".properties[?]", Scalar),
        ["a property's text is too long"] = new(
            With("properties", $$"""{"a":{{Letters(EngagementReader.PropertyTextLengthMax + 1)}}}"""), ".properties.a", PropertyText),
        ["a property's text holds NUL"] = new(With("properties", """{"a":"\u0000"}"""), ".properties.a", PropertyText),
        ["a property's text is no Unicode"] = new(With("properties", """{"a":"\ud83d \ude00"}"""), ".properties.a", NoUnicode),
        ["a property's number is too large"] = new(With("properties", """{"a":1e999}"""), ".properties.a", TooLarge),
        ["a property's number is too small"] = new(With("properties", """{"a":-1e999}"""), ".properties.a", TooLarge),
        ["a property's number has too many digits"] = new(With("properties", """{"a":9007199254740993}"""), ".properties.a", LosesDigits),
        ["a property's number has too many digits below zero"] = new(
            With("properties", """{"a":-9007199254740993}"""), ".properties.a", LosesDigits),
        ["a property's number is the first of two with one double"] = new(
            With("properties", """{"a":9007199254740992}"""), ".properties.a", LosesDigits),
        ["a property's number has very many digits"] = new(
            With("properties", $$"""{"a":{{new string('9', 300)}}}"""), ".properties.a", LosesDigits),

        ["an unknown field"] = new(Plus("\"colour\":\"red\""), ".colour", Known),
        ["a field in the wrong case"] = new(Plus("\"Campaign\":\"x\""), ".Campaign", Known),
        ["an unknown field that holds much"] = new(Plus("""  "extra" : {"id":[{"lead":{}}],"a":"}"} """), ".extra", Known),
        ["an unknown field named like a person"] = new(Plus("\"ann@example.com\":1"), "[?]", Known),
        ["a field that is no Unicode"] = new(Plus("\"\\ud800\":1"), "", NoUnicodeName),
        ["a field almost named like a known one"] = new(Plus("\"asse\\ud800\":1"), "", NoUnicodeName),

        ["id stands twice"] = new(Plus("\"id\":\"e-1\""), ".id", Twice),
        ["id stands twice, once in disguise"] = new(Plus("\"\\u0069d\":\"e-2\""), ".id", Twice),
        ["lead stands twice"] = new(Plus("\"lead\":{}"), ".lead", Twice),
        ["campaign stands twice, first as null"] = new(Plus("\"campaign\":null,\"campaign\":\"x\""), ".campaign", Twice),
        ["properties stand twice"] = new(Plus("\"properties\":{},\"properties\":{\"a\":1}"), ".properties", Twice),
        ["a property stands twice"] = new(With("properties", """{"a":1,"b":2,"a":1}"""), ".properties.a", Twice),
        ["a property stands twice, once in disguise"] = new(With("properties", """{"a":1,"\u0061":2}"""), ".properties.a", Twice),
        ["e-mail stands twice"] = new(With("lead", """{"email":"ann@example.com","email":"bob@example.com"}"""), ".lead.email", Twice),
        ["e-mail stands twice, first as null"] = new(With("lead", """{"email":null,"email":"ann@example.com"}"""), ".lead.email", Twice),
        ["e-mail stands twice, once in disguise"] = new(
            With("lead", """{"email":"ann@example.com","\u0065mail":"bob@example.com"}"""), ".lead.email", Twice),

        ["a depth bomb in a property"] = new(With("properties", $$"""{"a":{{Nested(30_000)}}}"""), ".properties.a", Scalar),
        ["a depth bomb in the lead"] = new(With("lead", Nested(30_000)), ".lead", WhoObject),
        ["a depth bomb in an unknown field"] = new(Plus($"\"bomb\":{Nested(30_000)}"), ".bomb", Known),
        ["a depth bomb"] = new(Nested(30_000), "", "An engagement, an object, is expected."),
    };

    public static TheoryData<string> Names => [.. Table.Keys];

    public static BadEngagement Named(string name) => Table[name];
}
