using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring.Versions;
using LeadScoring.Host.Events;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.Host.Subscriptions;

namespace LeadScoring.ContractTests;

/// <summary>
/// Bodies of events as they lie in people's databases: <c>Events/{alias}[.{variant}].json</c>. A file here is never changed
/// or removed; a new shape gets a new file, and an upcaster for the old one.
/// </summary>
public sealed class EventBodyTests
{
    private static readonly EventMetadata Metadata = new(null, null, null, null);
    private static readonly EventTypes Types = new();

    public static TheoryData<string> Files() =>
        [.. Directory.EnumerateFiles(Folder, "*.json").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    public static TheoryData<Type> EventTypesOfTheDomain() =>
        [.. typeof(LeadEvent).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(LeadEvent)) || t.IsSubclassOf(typeof(ModelEvent)))];

    private static string Folder => Repository.PathOf("tests", "LeadScoring.ContractTests", "Events");

    [Theory]
    [MemberData(nameof(Files))]
    public void A_body_that_was_ever_stored_is_read_and_written_back_as_it_was(string file)
    {
        var golden = JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, file)))!.ToJsonString();

        var read = Types.Read(Recorded(AliasOf(file), golden));

        read.ShouldNotBeOfType<UnknownEvent>();
        var written = EventTypes.ToNewEvent(Guid.NewGuid(), read, Metadata);
        written.Type.ShouldBe(AliasOf(file));
        JsonNode.Parse(written.Body.Span)!.ToJsonString().ShouldBe(golden);
    }

    [Theory]
    [MemberData(nameof(EventTypesOfTheDomain))]
    public void Every_event_has_its_frozen_name_and_all_its_members_stand_in_a_golden_body(Type type)
    {
        var alias = JsonNamingPolicy.SnakeCaseLower.ConvertName(type.Name);
        var goldens = Directory.EnumerateFiles(Folder, $"{alias}*.json").Where(f => AliasOf(Path.GetFileName(f)) == alias).ToList();

        goldens.ShouldNotBeEmpty($"Events/{alias}.json is missing.");
        var shown = goldens.SelectMany(f => JsonNode.Parse(File.ReadAllText(f))!.AsObject().Select(p => p.Key)).Distinct();
        var json = LeadEventJson.Default.GetTypeInfo(type) ?? ModelEventJson.Default.GetTypeInfo(type);
        var members = json.ShouldNotBeNull().Properties.Select(p => p.Name);
        shown.ShouldBe(members, ignoreOrder: true, $"Add Events/{alias}.<variant>.json that shows the new member.");
    }

    private static string AliasOf(string file) => file[..file.IndexOf('.', StringComparison.Ordinal)];

    private static RecordedEvent Recorded(string alias, string body) => new(
        1, Guid.NewGuid(), new StreamKey("tenant", Guid.NewGuid()), 1, alias, Encoding.UTF8.GetBytes(body), DateTimeOffset.UnixEpoch, Metadata);
}
