using System.Text.Json.Serialization;
using JasperFx;
using LeadScoring.Contracts;
using LeadScoring.Host.Engagements;
using LeadScoring.Host.Events;
using LeadScoring.Host.Storage;
using LeadScoring.Host.Webhooks;
using Marten;
using Marten.Schema;
using Marten.Schema.Indexing.Unique;

namespace LeadScoring.Host.Subscriptions;

/// <summary>Where events are posted, as its owner wants it. Changed over the API, and when the service switches one off.</summary>
public sealed record WebhookSubscription : IRevisioned
{
    /// <summary>Its stream's in the event store, too.</summary>
    public required Guid Id { get; init; }

    [JsonIgnore]
    public string TenantId { get; set; } = "";

    /// <summary>Grows with each change: how whoever delivers finds out about it.</summary>
    public int Version { get; set; }

    /// <summary>Of its stream in the event store.</summary>
    public long StreamVersion { get; init; }

    public required string Url { get; init; }

    /// <summary>Null: all.</summary>
    public IReadOnlyList<string>? EventTypes { get; init; }

    /// <summary>Of the requests' bodies.</summary>
    public string ContentType { get; init; } = SubscriptionRules.ContentTypes[0];

    public string? Description { get; init; }

    public bool Enabled { get; init; }

    public SubscriptionDisabledReason? DisabledReason { get; init; }

    public DateTimeOffset? DisabledAt { get; init; }

    /// <summary>Failures before this say nothing: it was enabled then, or got another address.</summary>
    public DateTimeOffset TriedSince { get; init; }

    /// <summary>As stored; see <see cref="SubscriptionSecrets"/>.</summary>
    public required byte[] Secret { get; init; }

    /// <summary>Signs too until <see cref="FormerSecretUntil"/>.</summary>
    public byte[]? FormerSecret { get; init; }

    public DateTimeOffset? FormerSecretUntil { get; init; }

    /// <summary>The client's Idempotency-Key.</summary>
    public string? CreationKey { get; init; }

    /// <summary>Of what the client sent with it.</summary>
    public byte[]? CreationHash { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Gone for everybody; the document stays until its deliveries are removed.</summary>
    public DateTimeOffset? DeletedAt { get; init; }

    [JsonIgnore]
    public StreamKey Key => new(TenantId, Id);

    /// <summary>Another address, or being enabled again, is a fresh start: failures of before count no more.</summary>
    internal WebhookSubscription Patched(PatchSubscriptionRequest patch, Uri? newUrl, DateTimeOffset now)
    {
        var (enables, url) = (patch.Enabled == true, newUrl?.AbsoluteUri ?? Url);
        return this with
        {
            Url = url,
            EventTypes = patch.EventTypes is { } types ? SubscriptionRules.Chosen(types) : EventTypes,
            ContentType = patch.ContentType ?? ContentType,
            Description = patch.Description is { } text ? (text.Length > 0 ? text : null) : Description,
            Enabled = Enabled || enables,
            DisabledReason = enables ? null : DisabledReason,
            DisabledAt = enables ? null : DisabledAt,
            TriedSince = enables || url != Url ? now : TriedSince,
            UpdatedAt = now,
        };
    }

    /// <summary>By the event that makes the next version of its stream.</summary>
    internal WebhookSubscription Disabled(SubscriptionDisabledReason reason, DateTimeOffset now) => this with
    {
        StreamVersion = StreamVersion + 1, Enabled = false, DisabledReason = reason, DisabledAt = now, UpdatedAt = now,
    };

    /// <summary>What could be used is gone at once.</summary>
    internal WebhookSubscription Deleted(DateTimeOffset now) => this with
    {
        Enabled = false,
        Url = "",
        Description = null,
        Secret = [],
        FormerSecret = null,
        FormerSecretUntil = null,
        CreationKey = null,
        CreationHash = null,
        UpdatedAt = now,
        DeletedAt = now,
    };
}

/// <summary>How far a subscription is, and how it does. Written by whoever delivers, about once a second.</summary>
public sealed record SubscriptionProgress : IRevisioned
{
    /// <summary>The subscription's.</summary>
    public required Guid Id { get; init; }

    public int Version { get; set; }

    /// <summary>Everything up to here is finished, stored as a delivery, or of no interest to the subscription. Only grows.</summary>
    public long Position { get; init; }

    public int FailuresInARow { get; init; }

    public DateTimeOffset? FailingSince { get; init; }

    public DateTimeOffset? LastAttemptAt { get; init; }

    public DateTimeOffset? LastSuccessAt { get; init; }

    public string? LastError { get; init; }

    /// <summary>Until then the endpoint wants to be left alone.</summary>
    public DateTimeOffset? RestUntil { get; init; }

    /// <summary>Without what happened before it was enabled or got another URL.</summary>
    public SubscriptionProgress Since(DateTimeOffset triedSince) =>
        FailingSince < triedSince || LastAttemptAt < triedSince
            ? this with { FailuresInARow = 0, FailingSince = null, LastError = null, RestUntil = null }
            : this;
}

/// <summary>A subscription no longer gets events.</summary>
public sealed record SubscriptionDisabled(Guid SubscriptionId, SubscriptionDisabledReason Reason, DateTimeOffset At);

/// <summary>Bodies of the events in a subscription's stream: PascalCase, codes as texts.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(SubscriptionDisabled))]
public sealed partial class SubscriptionEventJson : JsonSerializerContext;

/// <summary>Changes of subscriptions that others change too.</summary>
internal static class SubscriptionChanges
{
    private const string DisabledSource = "subscription_disabled";

    /// <returns>False: the tenant has no such subscription.</returns>
    public static async Task<bool> ChangeSubscriptionAsync(
        this IDocumentStore documents, string tenantId, Guid id, Func<WebhookSubscription, WebhookSubscription> change, CancellationToken ct) =>
        await documents.ChangeAsync<WebhookSubscription>(tenantId, id, s => s.DeletedAt is null ? change(s) : null, ct) is not null;

    /// <summary>Switches it off and says so in the log, both or neither. What is off already stays as it is.</summary>
    /// <param name="triedSince">Only if it was neither enabled nor given another address since; null: in any case.</param>
    /// <returns>Whether this call did it.</returns>
    public static Task<bool> DisableSubscriptionAsync(
        this IDocumentStore documents,
        StreamKey key,
        SubscriptionDisabledReason reason,
        DateTimeOffset now,
        EventMetadata metadata,
        CancellationToken ct,
        DateTimeOffset? triedSince = null) =>
        documents.ChangeAsync(
            key.TenantId,
            async session =>
            {
                if (await session.LoadAsync<WebhookSubscription>(key.StreamId, ct) is not { Enabled: true } subscription) return false;
                if (triedSince is { } since && subscription.TriedSince != since) return false;
                var version = subscription.StreamVersion + 1;
                session.Carry(metadata);
                var disabled = session.Events.Append(key.StreamId, version, new SubscriptionDisabled(key.StreamId, reason, now)).Events[0];
                disabled.Timestamp = now;

                // Of the version it makes: a repeat after a lost answer is the same event.
                disabled.Id = EngagementId.Of(key.TenantId, DisabledSource, $"{key.StreamId}/{version}");
                session.UpdateRevision(subscription.Disabled(reason, now), subscription.Version + 1L);
                return true;
            },
            ct);
}

/// <summary>The documents of webhooks, as Marten is told of them.</summary>
public static class SubscriptionDocuments
{
    public static void Configure(StoreOptions options)
    {
        options.Schema.For<WebhookSubscription>().DocumentAlias("webhook_subscription").DoNotPartition().UseNumericRevisions(true)
            .Metadata(m => m.TenantId.MapTo(s => s.TenantId))
            .UniqueIndex(UniqueIndexType.DuplicatedField, "mt_doc_webhook_subscription_one_per_creation_key", TenancyScope.PerTenant, s => s.CreationKey!);
        options.Schema.For<SubscriptionProgress>().DocumentAlias("webhook_progress").DoNotPartition().UseNumericRevisions(true);
        options.Schema.For<WebhookDelivery>().DocumentAlias("webhook_delivery").DoNotPartition().UseNumericRevisions(true)
            .Metadata(m => m.TenantId.MapTo(d => d.TenantId));
        options.Policies.ForAllDocuments(mapping =>
        {
            if (mapping.DocumentType == typeof(WebhookSubscription)) MapSubscription(mapping);
            if (mapping.DocumentType == typeof(WebhookDelivery)) MapDelivery(mapping);
        });
    }

    private static void MapSubscription(DocumentMapping subscription)
    {
        foreach (var column in new[] { "Enabled", "CreatedAt" }) subscription.DuplicateField(column, notNull: true);
        subscription.DuplicateField("DeletedAt");
        subscription.AddIndex("tenant_id", "created_at", "id").Predicate = "deleted_at is null";
        subscription.AddIndex("deleted_at").Predicate = "deleted_at is not null";
    }

    private static void MapDelivery(DocumentMapping delivery)
    {
        foreach (var column in new[] { "SubscriptionId", "Position", "Status" }) delivery.DuplicateField(column, notNull: true);
        delivery.DuplicateField("FinishedAt");
        delivery.AddIndex("subscription_id", "position");
        delivery.AddIndex("subscription_id", "status", "position").Predicate = $"status <> '{DeliveryStatus.Delivered}'";
        delivery.Indexes.Add(new DocumentIndex(delivery, "subscription_id", "position")
        {
            Name = "mt_doc_webhook_delivery_idx_unfinished", Predicate = "finished_at is null",
        });
        delivery.AddIndex("finished_at").Predicate = "finished_at is not null";
    }
}
