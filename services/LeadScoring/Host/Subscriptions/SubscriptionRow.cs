using LeadScoring.Contracts;
using LeadScoring.Host.Events;

namespace LeadScoring.Host.Subscriptions;

/// <summary>A webhook subscription as its table has it.</summary>
/// <param name="Revision">Grows with each change.</param>
/// <param name="StreamVersion">Of its stream in the event store.</param>
/// <param name="EventTypes">Null: all.</param>
/// <param name="TriedSince">Failures before this say nothing.</param>
/// <param name="Secret">As stored; see <see cref="SubscriptionSecrets"/>.</param>
/// <param name="FormerSecret">Signs too until <paramref name="FormerSecretUntil"/>.</param>
public sealed record SubscriptionRow(
    StreamKey Key,
    long Revision,
    long StreamVersion,
    string Url,
    IReadOnlyList<string>? EventTypes,
    string? Description,
    bool Enabled,
    SubscriptionDisabledReason? DisabledReason,
    DateTimeOffset? DisabledAt,
    DateTimeOffset TriedSince,
    byte[] Secret,
    byte[]? FormerSecret,
    DateTimeOffset? FormerSecretUntil,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt);

/// <summary>How far a subscription is, and how it does.</summary>
public sealed record SubscriptionProgress(
    long Position,
    int FailuresInARow,
    DateTimeOffset? FailingSince,
    DateTimeOffset? LastAttemptAt,
    DateTimeOffset? LastSuccessAt,
    string? LastError)
{
    /// <summary>Without what happened before it was enabled or got another URL.</summary>
    public SubscriptionProgress Since(DateTimeOffset triedSince) =>
        FailingSince < triedSince ? this with { FailuresInARow = 0, FailingSince = null, LastError = null } : this;
}
