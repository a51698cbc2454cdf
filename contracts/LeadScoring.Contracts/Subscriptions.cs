using System.Text.Json.Serialization;

namespace LeadScoring.Contracts;

/// <summary>How events leave the service.</summary>
[JsonConverter(typeof(SnakeCaseEnum<SubscriptionKind>))]
public enum SubscriptionKind
{
    /// <summary>Posted to a URL.</summary>
    Webhook,

    /// <summary>The message broker of the service's settings; it cannot be changed here.</summary>
    Rabbitmq,
}

/// <summary>How a subscription does.</summary>
[JsonConverter(typeof(SnakeCaseEnum<SubscriptionState>))]
public enum SubscriptionState
{
    /// <summary>It takes events.</summary>
    Active,

    /// <summary>The latest attempt failed, and none since <c>failingSince</c> succeeded.</summary>
    Failing,

    /// <summary>It gets nothing until it is enabled again; then it goes on where it stopped.</summary>
    Disabled,
}

/// <summary>What became of one event for one subscription.</summary>
[JsonConverter(typeof(SnakeCaseEnum<DeliveryStatus>))]
public enum DeliveryStatus
{
    /// <summary>It will be sent, again or for the first time.</summary>
    Pending,

    /// <summary>An earlier event of the same lead has to be delivered, or given up, first.</summary>
    Waiting,

    /// <summary>The endpoint answered 2xx.</summary>
    Delivered,

    /// <summary>Given up after the last retry; it can be sent again.</summary>
    Failed,
}

/// <param name="Url">Where events are posted; https, without credentials, of a public address unless the service is set otherwise.</param>
/// <param name="EventTypes">Only these; absent or <c>["*"]</c>: all.</param>
/// <param name="Description">One line, at most 256 characters.</param>
/// <param name="Enabled">Absent: true.</param>
/// <param name="ContentType">
/// What the requests say their body is: <c>application/cloudevents+json</c> (also when absent), or <c>application/json</c> for receivers that
/// read a body of no other kind. The body is the same.
/// </param>
/// <param name="StartAt"><c>now</c> (also when absent), <c>beginning</c>, or a position of the feed after which to start, like <c>1200</c>.</param>
public sealed record CreateSubscriptionRequest(
    string Url,
    IReadOnlyList<string>? EventTypes = null,
    string? Description = null,
    bool? Enabled = null,
    string? StartAt = null,
    string? ContentType = null);

/// <summary>What is absent stays as it is.</summary>
/// <param name="EventTypes"><c>["*"]</c>: all.</param>
/// <param name="Description">Empty: none.</param>
/// <param name="Enabled">True also forgets past failures: everything held back is due at once.</param>
/// <param name="ContentType"><c>application/cloudevents+json</c> or <c>application/json</c>.</param>
public sealed record PatchSubscriptionRequest(
    string? Url = null, IReadOnlyList<string>? EventTypes = null, string? Description = null, bool? Enabled = null, string? ContentType = null);

/// <param name="Id">Absent for the broker.</param>
/// <param name="Url">Absent for the broker.</param>
/// <param name="EventTypes">Absent: all.</param>
/// <param name="ContentType">What the requests say their body is.</param>
/// <param name="State">Refreshed about once a second, like everything below.</param>
/// <param name="Position">Everything up to this position of the feed is delivered, given up, held back for a retry, or of other types.</param>
/// <param name="Behind">Positions from there to the end of the feed.</param>
/// <param name="Pending">Deliveries held back: pending and waiting.</param>
/// <param name="FailingSince">When the first of the latest failures in a row happened.</param>
/// <param name="LastError">Of the latest failed attempt since the last success.</param>
/// <param name="FormerSecretUntil">Until when the secret before the last rotation still signs too.</param>
public sealed record SubscriptionView(
    SubscriptionKind Kind,
    Guid? Id,
    string? Url,
    IReadOnlyList<string>? EventTypes,
    string ContentType,
    string? Description,
    bool Enabled,
    SubscriptionState State,
    SubscriptionDisabledReason? DisabledReason,
    DateTimeOffset? DisabledAt,
    long Position,
    long Behind,
    long Pending,
    DateTimeOffset? FailingSince,
    DateTimeOffset? LastSuccessAt,
    string? LastError,
    DateTimeOffset? FormerSecretUntil,
    DateTimeOffset? CreatedAt,
    DateTimeOffset? UpdatedAt);

/// <param name="NextCursor">Absent on the last page.</param>
public sealed record SubscriptionPage(IReadOnlyList<SubscriptionView> Subscriptions, string? NextCursor);

/// <param name="Secret">The only time it is shown: <c>whsec_</c> and base64 of 32 random bytes.</param>
public sealed record CreatedSubscription(string Secret, SubscriptionView Subscription);

/// <param name="FormerValidForHours">How long the former secret signs too, 0 to 168; absent: 24.</param>
public sealed record RotateSecretRequest(int? FormerValidForHours = null);

/// <param name="Secret">The only time it is shown.</param>
/// <param name="FormerValidUntil">Until then every request carries two signatures, of the new and of the former secret.</param>
public sealed record RotatedSecret(string Secret, DateTimeOffset FormerValidUntil);

/// <summary>What the endpoint said to the test event.</summary>
/// <param name="EventId">The <c>webhook-id</c> that was sent.</param>
/// <param name="StatusCode">Absent: there was no answer.</param>
/// <param name="Answer">The first kilobyte of its body.</param>
/// <param name="Error">Why it does not count as delivered.</param>
public sealed record TestResult(bool Delivered, Guid EventId, int? StatusCode, int LatencyMs, string? Answer, string? Error);

/// <param name="Position">Of the event in the feed; it names the delivery within the subscription.</param>
/// <param name="EventId">The <c>webhook-id</c>, the same in every attempt.</param>
/// <param name="Subject">The lead, or the subscription.</param>
/// <param name="Attempts">Made so far, since it was last sent again.</param>
/// <param name="LatencyMs">From sending to the answer's head, or to the failure, in the latest attempt.</param>
/// <param name="StatusCode">Of the latest attempt; absent: there was no answer.</param>
/// <param name="Answer">The first kilobyte of the latest answer's body.</param>
/// <param name="Error">Why the latest attempt failed.</param>
/// <param name="RetryAfterSeconds">For how long the endpoint wants to be left alone (<c>Retry-After</c> of the latest answer), 1 to 86400.</param>
/// <param name="NextAttemptAt">When it is due, never before <c>RetryAfterSeconds</c> are over; only of pending ones.</param>
public sealed record DeliveryView(
    long Position,
    Guid EventId,
    string EventType,
    Guid Subject,
    DeliveryStatus Status,
    int Attempts,
    DateTimeOffset? LastAttemptAt,
    int? LatencyMs,
    int? StatusCode,
    string? Answer,
    string? Error,
    int? RetryAfterSeconds,
    DateTimeOffset? NextAttemptAt,
    DateTimeOffset? FinishedAt);

/// <param name="Deliveries">The latest position first.</param>
/// <param name="NextCursor">Absent on the last page.</param>
public sealed record DeliveryPage(IReadOnlyList<DeliveryView> Deliveries, string? NextCursor);

/// <param name="FailedSince">Everything given up at or after this instant is sent again.</param>
public sealed record ResendRequest(DateTimeOffset FailedSince);

/// <param name="Resent">How many are due now.</param>
/// <param name="More">There were more than one call takes: repeat it.</param>
public sealed record ResendReceipt(int Resent, bool More);
