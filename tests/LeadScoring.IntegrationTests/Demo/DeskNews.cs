using System.Globalization;
using System.Text.Json;
using LeadScoring.Contracts;
using SampleCrm;

namespace LeadScoring.IntegrationTests.Demo;

/// <summary>Events about one lead, as the service writes them.</summary>
internal sealed class DeskNews
{
    public static readonly DateTimeOffset Morning = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    public DeskNews(string? name = "Jane Doe", string? company = "Acme", string? email = "jane.doe@acme.example")
    {
        LeadId = Guid.NewGuid();
        Lead = new(LeadId, null, email, null, name, company, $"http://127.0.0.1:5080/v1/leads/{LeadId}");
    }

    public Guid LeadId { get; }

    public EventLead Lead { get; }

    public CloudEvent HandedOff(long sequence, int cycle = 1) =>
        Event(sequence, IntegrationEventTypes.LeadMarketingQualified, Story(cycle));

    public CloudEvent Accepted(long sequence, int cycle = 1) => Event(
        sequence,
        IntegrationEventTypes.LeadSalesAccepted,
        new LeadSalesAcceptedV1(Lead, cycle, At(sequence), "sam", "sam", null, Morning, 60, Overdue: false));

    public CloudEvent Opened(long sequence) => Event(
        sequence,
        IntegrationEventTypes.OpportunityOpened,
        new OpportunityOpenedV1(Lead, 1, At(sequence), "sam", "sam", 12_500m, "EUR", null));

    public CloudEvent Overdue(long sequence, int cycle = 1) => Event(
        sequence,
        IntegrationEventTypes.LeadAcceptanceOverdue,
        new LeadAcceptanceV1(Lead, cycle, At(sequence), Morning.AddHours(24), Morning, null));

    public CloudEvent DueSoon(long sequence, int cycle = 1) => Event(
        sequence,
        IntegrationEventTypes.LeadAcceptanceDueSoon,
        new LeadAcceptanceV1(Lead, cycle, At(sequence), Morning.AddHours(24), Morning, null));

    public CloudEvent Recycled(long sequence) => Event(
        sequence,
        IntegrationEventTypes.LeadRecycled,
        new LeadRecycledV1(Lead, 1, At(sequence), "sam", RecycleReason.NoResponse, null, Morning.AddDays(30)));

    public CloudEvent Event(long sequence, string type, object data) => new(
        "1.0",
        Guid.NewGuid(),
        "/leadscoring/acme",
        type,
        LeadId.ToString(),
        At(sequence),
        "application/json",
        "acme",
        sequence.ToString(CultureInfo.InvariantCulture),
        Traceparent: null,
        Traceid: null,
        JsonSerializer.SerializeToElement(data, JsonSerializerOptions.Web));

    /// <summary>As it lies on the desk.</summary>
    public DeskLead OnDesk(Stage stage = Stage.MarketingQualified, LeadMarketingQualifiedV1? story = null) =>
        new(LeadId, 1, Lead, stage, Cycle: 1, Morning, Handoff: story);

    public LeadMarketingQualifiedV1 Story(int cycle = 1)
    {
        var demo = new EventEngagement("demo_requested", Morning, "website", "spring-launch", Product: "analytics");
        return new(
            Lead,
            cycle,
            Morning,
            QualificationReason.FastTrack,
            Actor: null,
            Note: null,
            new(127.4m, 127.4m, 70, Grade.A, "A 127", "1-9f2c01d4", 1, [new("demo_requested", 60, 1, "Demo requested, once: +60 points.")]),
            new([], [], []),
            new Dictionary<string, JsonElement>(StringComparer.Ordinal),
            new(1, new Dictionary<string, int>(StringComparer.Ordinal) { ["demo_requested"] = 1 }, Morning, Morning, demo, demo, ["spring-launch"], ["analytics"], [demo]),
            Morning.AddHours(24));
    }

    private static DateTimeOffset At(long sequence) => Morning.AddMinutes(sequence);
}
