namespace LeadScoring.Host.Feed;

/// <summary>An event as subscribers get it.</summary>
/// <param name="Position">1-based and without gaps within the tenant.</param>
/// <param name="LogSequence">Of the log event it was made from: ascending with the position, and across tenants.</param>
/// <param name="Id">The CloudEvent's id, by which consumers tell repeats.</param>
/// <param name="Type">One of <see cref="Contracts.IntegrationEventTypes.All"/>.</param>
/// <param name="Subject">The lead, or the subscription.</param>
/// <param name="Body">The CloudEvent, UTF-8 JSON; never changes.</param>
public sealed record FeedEvent(
    string TenantId, long Position, long LogSequence, Guid Id, string Type, Guid Subject, DateTimeOffset At, byte[] Body);

/// <param name="Events">In order of position.</param>
/// <param name="NextAfter">Where to go on: past everything looked at, also when it was of other types.</param>
/// <param name="Head">The last position there was when the page was read.</param>
public sealed record FeedPage(IReadOnlyList<FeedEvent> Events, long NextAfter, long Head);
