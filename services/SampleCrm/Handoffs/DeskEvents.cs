using System.Globalization;
using System.Text.Json;
using LeadScoring.Contracts;

namespace SampleCrm.Handoffs;

/// <summary>What each event does to the desk.</summary>
public static class DeskEvents
{
    private const string SpecVersion = "1.0";

    /// <summary>The types a desk needs; others pass.</summary>
    public static IReadOnlyList<string> Types { get; } =
    [
        IntegrationEventTypes.LeadMarketingQualified,
        IntegrationEventTypes.LeadAcceptanceDueSoon,
        IntegrationEventTypes.LeadAcceptanceOverdue,
        IntegrationEventTypes.LeadSalesAccepted,
        IntegrationEventTypes.LeadSalesRejected,
        IntegrationEventTypes.LeadRecycled,
        IntegrationEventTypes.LeadDisqualified,
        IntegrationEventTypes.LeadReinstated,
        IntegrationEventTypes.OpportunityOpened,
        IntegrationEventTypes.OpportunityWon,
        IntegrationEventTypes.OpportunityLost,
    ];

    /// <summary>Reads one event as it came, in structured mode.</summary>
    /// <exception cref="UnreadableEvent">It is no CloudEvent of this service.</exception>
    public static CloudEvent Read(ReadOnlySpan<byte> body)
    {
        try
        {
            var read = JsonSerializer.Deserialize<CloudEvent>(body, JsonSerializerOptions.Web);
            return read is { Specversion: SpecVersion, Type: not null }
                ? read
                : throw new UnreadableEvent("A CloudEvent 1.0 is expected.");
        }
        catch (JsonException e)
        {
            throw new UnreadableEvent("A CloudEvent 1.0 in JSON is expected.", e);
        }
    }

    /// <summary>Whom an event of <see cref="Types"/> is about, and where it stands in the feed.</summary>
    /// <exception cref="UnreadableEvent">One of the two is not there.</exception>
    public static (Guid LeadId, long Sequence) PlaceOf(CloudEvent published) =>
        Guid.TryParse(published.Subject, out var lead)
        && long.TryParse(published.Sequence, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
            ? (lead, sequence)
            : throw new UnreadableEvent("Subject or sequence is not what it must be.");

    /// <param name="known">The lead as it lies on the desk; null: it does not.</param>
    /// <returns>The lead after the event; null: it is not sales' any more, or never was.</returns>
    /// <exception cref="UnreadableEvent">The event's data is not of its type.</exception>
    public static DeskLead? Apply(DeskLead? known, CloudEvent published)
    {
        try
        {
            return published.Type switch
            {
                IntegrationEventTypes.LeadMarketingQualified => HandedOff(Data<LeadMarketingQualifiedV1>()),
                IntegrationEventTypes.LeadAcceptanceDueSoon => Reminded(known, Data<LeadAcceptanceV1>(), AnswerUrgency.DueSoon),
                IntegrationEventTypes.LeadAcceptanceOverdue => Reminded(known, Data<LeadAcceptanceV1>(), AnswerUrgency.Overdue),
                IntegrationEventTypes.LeadSalesAccepted => Accepted(known, Data<LeadSalesAcceptedV1>()),
                IntegrationEventTypes.OpportunityOpened => Opened(known, Data<OpportunityOpenedV1>()),
                _ => null,
            };
        }
        catch (JsonException e)
        {
            throw new UnreadableEvent($"The data is not that of {published.Type}.", e);
        }

        T Data<T>()
            where T : class => (published.Data.ValueKind == JsonValueKind.Object ? published.Data.Deserialize<T>(JsonSerializerOptions.Web) : null)
            ?? throw new UnreadableEvent("The event has no data.");
    }

    private static DeskLead HandedOff(LeadMarketingQualifiedV1 data) => new(
        Subject(data.Lead), Stage.MarketingQualified, data.Cycle, data.At, data, data.AcceptanceDueAt);

    private static DeskLead? Reminded(DeskLead? known, LeadAcceptanceV1 data, AnswerUrgency urgency) =>
        known is { Stage: Stage.MarketingQualified } && known.Cycle == data.Cycle ? known with { Urgency = urgency } : known;

    private static DeskLead Accepted(DeskLead? known, LeadSalesAcceptedV1 data) => new(
        Subject(data.Lead), Stage.SalesAccepted, data.Cycle, data.At, known?.Handoff, Owner: data.Owner);

    private static DeskLead Opened(DeskLead? known, OpportunityOpenedV1 data) => new(
        Subject(data.Lead),
        Stage.SalesQualified,
        data.Cycle,
        data.At,
        known?.Handoff,
        Owner: data.Owner ?? known?.Owner,
        Amount: data.Amount,
        Currency: data.Currency);

    /// <summary>A member that is missing in JSON is null whatever the record says.</summary>
    private static EventLead Subject(EventLead? lead) => lead ?? throw new UnreadableEvent("The event names no lead.");
}

/// <summary>What came is not an event of this service; the same bytes will never be.</summary>
public sealed class UnreadableEvent(string message, Exception? inner = null) : Exception(message, inner);
