using System.Text;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using LeadScoring.EventStore;
using LeadScoring.EventStore.Events;
using LeadScoring.IntegrationTests.Setup;
using static LeadScoring.IntegrationTests.EventStore.Sample;

namespace LeadScoring.IntegrationTests.EventStore;

public sealed partial class EventTypesTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    private readonly PostgresEventStore _store = new(database.DataSource);
    private readonly RecordedLog<EventTypes> _log = new();

    [Fact]
    public async Task An_event_survives_the_store()
    {
        var types = Types(EventType.Current("lead_captured", Json.Default.LeadCaptured));
        var captured = new LeadCaptured("Müller \"&\" Söhne 🚀", 12.5, At);

        var recorded = await StoreAsync(types.ToNewEvent(Guid.NewGuid(), captured, EventMetadata.None));

        recorded.Type.ShouldBe("lead_captured");
        types.Read(recorded).ShouldBe(captured);
        JsonNode.Parse(recorded.Body.Span)!.AsObject().Select(p => p.Key).ShouldBe(["At", "Company", "Points"], ignoreOrder: true);
        (await database.ScalarAsync<string>("select mt_dotnet_type from mt_events where id = $1", recorded.Id))
            .ShouldBe("LeadScoring.IntegrationTests.EventStore.EventTypesTests+LeadCaptured, LeadScoring.IntegrationTests");
    }

    [Fact]
    public async Task A_body_of_an_older_shape_is_read_as_the_current_one()
    {
        var types = Types(EventType.Current("lead_captured", Json.Default.LeadCaptured, upcast: body =>
        {
            if (body.Remove("CompanyName", out var company))
            {
                body["Company"] = company;
            }

            return body;
        }));
        var old = await StoreAsync(Raw("lead_captured", """{"CompanyName":"Acme","Points":3,"At":"2026-03-01T12:00:00+00:00"}"""));
        var current = await StoreAsync(types.ToNewEvent(Guid.NewGuid(), new LeadCaptured("Globex", 4, At), EventMetadata.None));

        types.Read(old).ShouldBe(new LeadCaptured("Acme", 3, At));
        types.Read(current).ShouldBe(new LeadCaptured("Globex", 4, At));
    }

    [Fact]
    public async Task An_alias_of_an_older_program_is_read_and_never_written()
    {
        var types = Types(
            EventType.Current("lead_captured", Json.Default.LeadCaptured),
            EventType.Former("visitor_seen", Json.Default.LeadCaptured, upcast: body => new JsonObject
            {
                ["Company"] = "unknown",
                ["Points"] = body["Score"]!.GetValue<int>(),
                ["At"] = body["At"]!.GetValue<string>(),
            }));

        var old = await StoreAsync(Raw("visitor_seen", """{"Score":7,"At":"2026-03-01T12:00:00Z"}"""));

        types.Read(old).ShouldBe(new LeadCaptured("unknown", 7, At));
        types.ToNewEvent(Guid.NewGuid(), new LeadCaptured("Acme", 1, At), EventMetadata.None).Type.ShouldBe("lead_captured");
    }

    [Fact]
    public async Task An_unknown_type_is_kept_and_warned_of_once()
    {
        var types = Types();
        var first = await StoreAsync(Raw("order_placed", """{"Total":1}"""));
        var second = await StoreAsync(Raw("order_placed", """{"Total":2}"""));

        types.Read(first).ShouldBe(new UnknownEvent(first));
        types.Read(second).ShouldBe(new UnknownEvent(second));

        _log.Warnings.Single().ShouldContain("order_placed");
    }

    [Theory]
    [InlineData("""{"Company":"Acme","Points":"many","At":"2026-03-01T12:00:00Z"}""")]
    [InlineData("""null""")]
    public async Task A_body_that_does_not_fit_names_its_event_and_not_its_content(string body)
    {
        var types = Types(EventType.Current("lead_captured", Json.Default.LeadCaptured));
        var recorded = await StoreAsync(Raw("lead_captured", body));

        var failure = Should.Throw<UnreadableEventException>(() => types.Read(recorded));

        failure.Message.ShouldContain($"{recorded.Id}");
        failure.Message.ShouldNotContain("Acme");
    }

    [Fact]
    public void A_type_that_is_not_registered_cannot_be_written() =>
        Should.Throw<ArgumentException>(() => Types().ToNewEvent(Guid.NewGuid(), new LeadCaptured("Acme", 1, At), EventMetadata.None));

    [Fact]
    public void Two_types_of_one_alias_are_refused() => Should.Throw<ArgumentException>(() => Types(
        EventType.Current("lead_captured", Json.Default.LeadCaptured),
        EventType.Former("lead_captured", Json.Default.LeadCaptured)));

    [Theory]
    [InlineData("LeadCaptured")]
    [InlineData("lead captured")]
    [InlineData("")]
    public void An_alias_is_snake_case(string alias) =>
        Should.Throw<ArgumentException>(() => EventType.Current(alias, Json.Default.LeadCaptured));

    [Fact]
    public void Json_with_a_naming_policy_is_refused() =>
        Should.Throw<ArgumentException>(() => EventType.Current("lead_captured", CamelCaseJson.Default.LeadCaptured));

    private static NewEvent Raw(string type, string body) =>
        new(Guid.NewGuid(), type, "Gone, Gone", Encoding.UTF8.GetBytes(body), EventMetadata.None);

    private EventTypes Types(params EventType[] types) => new(types, _log);

    private async Task<RecordedEvent> StoreAsync(NewEvent @event)
    {
        var append = To(NewStream(), after: 0) with { Events = [@event] };
        await _store.AppendAsync(append);
        return (await _store.StreamAsync(append.Stream)).Single();
    }

    public sealed record LeadCaptured(string Company, double Points, DateTimeOffset At);

    [JsonSerializable(typeof(LeadCaptured))]
    internal sealed partial class Json : JsonSerializerContext;

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
    [JsonSerializable(typeof(LeadCaptured))]
    internal sealed partial class CamelCaseJson : JsonSerializerContext;
}
