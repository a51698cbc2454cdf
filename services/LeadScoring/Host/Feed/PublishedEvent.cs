using LeadScoring.EventStore;

namespace LeadScoring.Host.Feed;

/// <summary>A stored event made ready to be published; only its position is missing.</summary>
/// <param name="Type">As the world knows it.</param>
/// <param name="Data">UTF-8 JSON; null: it could not be made, for <paramref name="Fault"/>.</param>
internal sealed record PublishedEvent(RecordedEvent Recorded, string Type, DateTimeOffset At, byte[]? Data, string? Fault = null)
{
    public string TenantId => Recorded.Stream.TenantId;

    public static PublishedEvent Unreadable(RecordedEvent recorded, string fault) =>
        new(recorded, PublishedTypes.Of(recorded.Type), recorded.At, Data: null, fault);
}
