using System.Text;
using LeadScoring.Host.Events;
using LeadScoring.IntegrationTests.Setup;

namespace LeadScoring.IntegrationTests.Events;

public sealed class EventTypesTests
{
    private readonly RecordedLog<EventTypes> _log = new();

    [Fact]
    public void An_unknown_type_is_kept_and_warned_of_once()
    {
        var types = new EventTypes(_log);
        var (first, second) = (Recorded("order_placed", """{"Total":1}"""), Recorded("order_placed", """{"Total":2}"""));

        types.Read(first).ShouldBe(new UnknownEvent(first));
        types.Read(second).ShouldBe(new UnknownEvent(second));

        _log.Warnings.Single().ShouldContain("order_placed");
    }

    [Theory]
    [InlineData("""{"Source":"Acme","At":"yesterday"}""")]
    [InlineData("""null""")]
    public void A_body_that_does_not_fit_names_its_event_and_not_its_content(string body)
    {
        var recorded = Recorded("lead_captured", body);

        var failure = Should.Throw<UnreadableEventException>(() => new EventTypes().Read(recorded));

        failure.Message.ShouldContain($"{recorded.Id}");
        failure.Message.ShouldNotContain("Acme");
    }

    [Fact]
    public void A_type_without_a_name_cannot_be_written() =>
        Should.Throw<ArgumentException>(() => EventTypes.ToNewEvent(Guid.NewGuid(), new NoEvent(), EventMetadata.None));

    private static RecordedEvent Recorded(string type, string body) => new(
        1, Guid.NewGuid(), new("acme", Guid.NewGuid()), 1, type, Encoding.UTF8.GetBytes(body), DateTimeOffset.UnixEpoch, EventMetadata.None);

    private sealed record NoEvent;
}
