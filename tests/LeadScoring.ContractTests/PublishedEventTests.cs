using System.Text.Json;
using System.Text.Json.Nodes;
using LeadScoring.Contracts;
using LeadScoring.ContractTests.Schemas;
using LeadScoring.Host.Feed;

namespace LeadScoring.ContractTests;

/// <summary>
/// Published events as others read them: <c>contracts/events/{type}.schema.json</c> and <c>{type}.example[.variant].json</c>. An
/// example is never changed or removed once released: what somebody may have stored must stay valid and readable.
/// </summary>
public sealed class PublishedEventTests
{
    private const string Example = ".example";

    private static readonly Dictionary<string, Type> Records = new(StringComparer.Ordinal)
    {
        [IntegrationEventTypes.LeadAutomationQualified] = typeof(LeadAutomationQualifiedV1),
        [IntegrationEventTypes.LeadMarketingQualified] = typeof(LeadMarketingQualifiedV1),
        [IntegrationEventTypes.LeadSalesAccepted] = typeof(LeadSalesAcceptedV1),
        [IntegrationEventTypes.LeadSalesRejected] = typeof(LeadSalesRejectedV1),
        [IntegrationEventTypes.LeadRecycled] = typeof(LeadRecycledV1),
        [IntegrationEventTypes.LeadDisqualified] = typeof(LeadDisqualifiedV1),
        [IntegrationEventTypes.LeadReinstated] = typeof(LeadReinstatedV1),
        [IntegrationEventTypes.LeadAcceptanceDueSoon] = typeof(LeadAcceptanceV1),
        [IntegrationEventTypes.LeadAcceptanceOverdue] = typeof(LeadAcceptanceV1),
        [IntegrationEventTypes.LeadEvidenceRetracted] = typeof(LeadEvidenceRetractedV1),
        [IntegrationEventTypes.OpportunityOpened] = typeof(OpportunityOpenedV1),
        [IntegrationEventTypes.OpportunityWon] = typeof(OpportunityWonV1),
        [IntegrationEventTypes.OpportunityLost] = typeof(OpportunityLostV1),
        [IntegrationEventTypes.NurtureStepDue] = typeof(NurtureStepDueV1),
        [IntegrationEventTypes.SubscriptionDisabled] = typeof(SubscriptionDisabledV1),
    };

    public static TheoryData<string> Types() => [.. IntegrationEventTypes.All];

    public static TheoryData<string> Examples() =>
        [.. Directory.EnumerateFiles(EventContracts.Folder, $"*{Example}*.json").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    [Fact]
    public void Every_type_that_can_be_published_has_its_record_and_is_made_of_one_stored_type()
    {
        Records.Keys.ShouldBe(IntegrationEventTypes.All, ignoreOrder: true);
        PublishedTypes.Aliases.Select(PublishedTypes.Of).ShouldBe(IntegrationEventTypes.All, ignoreOrder: true);
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public void An_example_that_was_ever_released_is_a_CloudEvent_and_keeps_to_its_schema(string file)
    {
        var example = Read(file);

        EventContracts.Faults(example).ShouldBeEmpty();
        file.ShouldStartWith(example.GetProperty("type").GetString()! + Example);
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public void An_example_that_was_ever_released_is_read_and_written_back_as_it_was(string file)
    {
        var example = Read(file);
        var record = Records[example.GetProperty("type").GetString()!];

        var envelope = example.Deserialize<CloudEvent>(JsonSerializerOptions.Web).ShouldNotBeNull();
        var data = envelope.Data.Deserialize(record, FeedJson.Default).ShouldNotBeNull();

        JsonNode.DeepEquals(JsonSerializer.SerializeToNode(data, record, FeedJson.Default), JsonObject.Create(envelope.Data))
            .ShouldBeTrue(JsonSerializer.Serialize(data, record, FeedJson.Default));
        JsonNode.DeepEquals(JsonSerializer.SerializeToNode(envelope, JsonSerializerOptions.Web), JsonObject.Create(example)).ShouldBeTrue();
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_member_of_a_schema_stands_in_an_example_and_every_member_of_the_record_in_the_schema(string type)
    {
        var members = EventContracts.SchemaOf(type).Members();
        var shown = Directory.EnumerateFiles(EventContracts.Folder, $"{type}{Example}*.json")
            .SelectMany(f => MembersOf(Read(Path.GetFileName(f)).GetProperty("data"), ""))
            .ToHashSet(StringComparer.Ordinal);

        members.Except(shown).ShouldBeEmpty("A member is shown by an example, so that nobody takes it away: add one as a variant.");
        FeedJson.Default.GetTypeInfo(Records[type]).ShouldNotBeNull().Properties.Select(p => p.Name).Except(members)
            .ShouldBeEmpty("The schema does not name it.");
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void A_schema_lets_members_be_added_and_does_not_take_anything(string type)
    {
        var schema = EventContracts.SchemaOf(type);
        var data = JsonObject.Create(Read($"{type}{Example}.json").GetProperty("data"))!;

        data["addedLater"] = "yes";
        schema.Faults(Element(data)).ShouldBeEmpty();

        foreach (var member in data.Select(m => m.Key).Where(m => m != "addedLater").ToList())
        {
            var spoilt = JsonObject.Create(Element(data))!;
            spoilt[member] = new JsonArray(new JsonArray());
            schema.Faults(Element(spoilt)).ShouldNotBeEmpty(member);
        }
    }

    [Fact]
    public void A_schema_that_says_what_is_not_checked_is_refused()
    {
        var schema = JsonSchema.Parse("""{"type": "object", "propertyNames": {"maxLength": 3}}""");

        Should.Throw<NotSupportedException>(() => schema.Faults(Element(new JsonObject()))).Message.ShouldContain("propertyNames");
    }

    private static IEnumerable<string> MembersOf(JsonElement value, string path) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().SelectMany(m =>
        {
            var member = path.Length == 0 ? m.Name : $"{path}.{m.Name}";
            return MembersOf(m.Value, member).Prepend(member);
        }),
        JsonValueKind.Array => value.EnumerateArray().SelectMany(item => MembersOf(item, $"{path}[]")),
        _ => [],
    };

    private static JsonElement Read(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(EventContracts.Folder, file)));
        return document.RootElement.Clone();
    }

    private static JsonElement Element(JsonNode node) => JsonSerializer.SerializeToElement(node);
}
