namespace LeadScoring.Domain.Subscriptions;

/// <summary>Why a subscription no longer gets events.</summary>
public enum SubscriptionDisabledReason
{
    /// <summary>Somebody switched it off.</summary>
    ByRequest,

    /// <summary>The endpoint answered 410 Gone.</summary>
    Gone,

    /// <summary>Every attempt failed for days.</summary>
    Failing,
}

/// <summary>The subscription gets nothing from here on, until it is enabled again.</summary>
public sealed record SubscriptionDisabled(Guid SubscriptionId, SubscriptionDisabledReason Reason, DateTimeOffset At);
