using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Broker;
using LeadScoring.Host.Events;
using LeadScoring.Host.Feed;
using LeadScoring.Host.Http;
using LeadScoring.Host.Leads.Listing;
using LeadScoring.Host.Storage;
using LeadScoring.Host.Webhooks;
using Marten;
using Microsoft.AspNetCore.Mvc;

namespace LeadScoring.Host.Subscriptions;

/// <summary><c>/v1/subscriptions</c>: who gets events, and how each does.</summary>
public static class SubscriptionEndpoints
{
    /// <summary>Of one tenant.</summary>
    public const int PerTenantMax = 5_000;

    private const string All = "/v1/subscriptions";
    private const string One = All + "/{subscriptionId:guid}";
    private const string OpenApiTag = "Subscriptions";
    private const int LimitMax = 200;
    private const int LimitDefault = 50;
    private const int FormerValidHoursMax = 168;
    private const int FormerValidHoursDefault = 24;

    /// <summary>Those who make a tenant's subscriptions take turns: they can be counted then, and of two requests one sees the other's.</summary>
    private const string CreationLock = "creation of subscriptions";

    private static readonly Refusal TooMany = new(
        409, "too_many_subscriptions", $"The tenant has {PerTenantMax} subscriptions, the most there can be; delete some.");

    private static readonly Refusal SecretUnreadable = new(
        409, "secret_unreadable", "The service cannot read the subscription's secret with the key it is set up with; rotate the secret.");

    internal static Refusal NotFound { get; } = new(404, "subscription_not_found", "There is no such subscription in this tenant.");

    public static void MapSubscriptions(this IEndpointRouteBuilder routes)
    {
        routes.MapPost(All, PostAsync).Accepts<CreateSubscriptionRequest>("application/json")
            .Produces<CreatedSubscription>(StatusCodes.Status201Created).Produces<CreatedSubscription>()
            .Describe(
                "PostSubscription", "Have events posted to a URL",
                "Standard Webhooks 1.0; the body is the CloudEvent of the feed. The answer is the only place that shows the secret, apart from a "
                + "repeat: the same request with the same header Idempotency-Key makes no second subscription and answers 200 with the first one. "
                + "A key that may read the feed may manage subscriptions. A changed start position needs another subscription.",
                409, 422);
        routes.MapGet(All, ListAsync).Produces<SubscriptionPage>().Describe(
            "GetSubscriptions", "List subscriptions",
            "The broker first, where one is configured; then webhooks, the newest first. limit is 1 to 200, default 50.",
            400);
        routes.MapGet(One, GetAsync).Produces<SubscriptionView>().Describe(
            "GetSubscription", "Look at a subscription",
            "State, position, how far it is behind, since when it fails and why. Never the secret.",
            404);
        routes.MapPatch(One, PatchAsync).Accepts<PatchSubscriptionRequest>("application/json").Produces<SubscriptionView>().Describe(
            "PatchSubscription", "Change a subscription",
            "What is absent stays. Takes effect within a second. One that is enabled again goes on where it stopped, so nothing is lost; "
            + "enabling, or another URL, makes everything held back due at once. Other types apply to what has not been looked at yet.",
            404);
        routes.MapDelete(One, DeleteAsync).Produces(StatusCodes.Status204NoContent).Describe(
            "DeleteSubscription", "Delete a subscription",
            "Nothing is sent to it from a second later on. Its secret and its deliveries are deleted too.",
            404);
        routes.MapPost(One + "/secret/rotate", RotateSecretAsync).Accepts<RotateSecretRequest>("application/json").Produces<RotatedSecret>().Describe(
            "PostSecretRotation", "Give a subscription another secret",
            "The answer is the only place that shows it. For formerValidForHours (24 unless said otherwise, 0 for none) every request carries "
            + "two signatures, of the new and of the former secret, so that the receiver can change over in its own time.",
            404);
        routes.MapPost(One + "/test", TestAsync).Produces<TestResult>().Describe(
            "PostTestEvent", "Send a test event",
            "At once and once, signed like any other, also while the subscription is disabled; the answer is what the endpoint said. Its type is "
            + $"`{IntegrationEventTypes.SubscriptionTest}`; it is no part of the feed and changes nothing of the subscription's state.",
            404, 409);
        routes.MapDeliveries(One);
    }

    internal static void Describe(this RouteHandlerBuilder endpoint, string name, string summary, string description, params ReadOnlySpan<int> refusals)
    {
        endpoint.RequireScope(Scopes.FeedRead).WithName(name).WithTags(OpenApiTag).WithSummary(summary).WithDescription(description);
        foreach (var status in refusals) endpoint.ProducesRefusal(status);
    }

    /// <returns>Null: the tenant has no such subscription.</returns>
    internal static async Task<WebhookSubscription?> FindAsync(this IQuerySession session, Guid subscriptionId, CancellationToken ct) =>
        await session.LoadAsync<WebhookSubscription>(subscriptionId, ct) is { DeletedAt: null } found ? found : null;

    private static async Task<IResult> PostAsync(
        HttpContext http, IDocumentStore documents, SubscriptionSecrets secrets, FeedReader feed, WebhookOptions options, TimeProvider clock)
    {
        if (!(await JsonBody.ReadAsync(http, WireJson.Default.CreateSubscriptionRequest)).TryGet(out var request, out var refusal))
        {
            return refusal.ToResult();
        }

        (var creationKey, refusal) = IdempotencyKey.Read(http.Request);
        if (refusal is not null) return refusal.ToResult();
        var (tenantId, now, ct, validation) = (http.Caller().TenantId, clock.GetUtcNow(), http.RequestAborted, new Validation());
        var url = validation.Url(request.Url, options);
        validation.Subscription(request.EventTypes, request.ContentType, request.Description);
        var head = await feed.HeadAsync(tenantId, ct);
        var position = validation.StartAt(request.StartAt, head);
        if (validation.ToRefusal() is { } invalid) return invalid.ToResult();
        if (position > head) return FeedQuery.BeyondHead(position, head).ToResult();

        var creationHash = SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(request, WireJson.Default.CreateSubscriptionRequest));
        await using var session = documents.LightweightSession(tenantId);
        await session.LockAsync(CreationLock, ct);
        var known = creationKey is null ? null : await session.Query<WebhookSubscription>().FirstOrDefaultAsync(s => s.CreationKey == creationKey, ct);
        if (known is not null && !known.CreationHash.AsSpan().SequenceEqual(creationHash)) return IdempotencyKey.Reused.ToResult();
        var id = known?.Id ?? Guid.CreateVersion7(now);
        var subscription = known ?? new WebhookSubscription
        {
            Id = id,
            Url = url!.AbsoluteUri,
            EventTypes = SubscriptionRules.Chosen(request.EventTypes),
            ContentType = request.ContentType ?? SubscriptionRules.ContentTypes[0],
            Description = request.Description is { Length: > 0 } description ? description : null,
            Enabled = request.Enabled ?? true,
            DisabledReason = request.Enabled == false ? SubscriptionDisabledReason.ByRequest : null,
            DisabledAt = request.Enabled == false ? now : null,
            TriedSince = now,
            Secret = secrets.Seal(id, SubscriptionSecrets.NewKey()),
            CreationKey = creationKey,
            CreationHash = creationHash,
            CreatedAt = now,
            UpdatedAt = now,
        };
        if (known is null)
        {
            if (await session.Query<WebhookSubscription>().CountAsync(s => s.DeletedAt == null, ct) >= PerTenantMax) return TooMany.ToResult();
            session.Insert(subscription);
            session.Insert(new SubscriptionProgress { Id = id, Position = position });
            await session.SaveChangesAsync(ct);
        }

        if (!secrets.TryOpen(id, subscription.Secret, out var key)) return SecretUnreadable.ToResult();
        return Results.Json(
            new CreatedSubscription(WebhookSignature.SecretOf(key), await ViewAsync(session, subscription, now, ct)),
            WireJson.Default.CreatedSubscription,
            statusCode: known is null ? StatusCodes.Status201Created : StatusCodes.Status200OK);
    }

    private static async Task<IResult> ListAsync(
        HttpContext http,
        [FromQuery(Name = "limit")] string? limit,
        [FromQuery(Name = "cursor")] string? cursor,
        IDocumentStore documents,
        BrokerStatusReader broker,
        TimeProvider clock,
        CancellationToken ct)
    {
        var (tenantId, now, validation) = (http.Caller().TenantId, clock.GetUtcNow(), new Validation());
        validation.KnownOnly(http.Request.Query, "limit", "cursor");
        var most = validation.Whole("limit", limit, least: 1, LimitMax, LimitDefault);
        if (validation.ToRefusal() is { } invalid) return invalid.ToResult();
        var (after, refusal) = cursor is null ? (null, null) : PageCursor.Read(cursor, OpenApiTag, now);
        if (refusal is not null) return refusal.ToResult();

        await using var session = documents.QuerySession(tenantId);
        var wanted = session.Query<WebhookSubscription>().Where(s => s.DeletedAt == null);
        if (after is { } last)
        {
            var at = last.SortInstant;
            wanted = wanted.Where(s => s.CreatedAt < at || (s.CreatedAt == at && s.Id.CompareTo(last.Id) < 0));
        }

        // One more than the page holds is asked for: it tells that there is a next page.
        var found = await wanted.OrderByDescending(s => s.CreatedAt).ThenByDescending(s => s.Id).Take(most + 1).ToListAsync(ct);
        var shown = found.Take(most).ToList();
        var views = new List<SubscriptionView>();
        if (after is null && broker.IsConfigured) views.Add(SubscriptionRules.View(await broker.ReadAsync(tenantId, ct)));
        views.AddRange(await ViewsAsync(session, shown, now, ct));
        var next = found.Count > most ? new PageCursor(shown[^1].CreatedAt.UtcTicks, shown[^1].Id).Write(OpenApiTag, now) : null;
        return TypedResults.Json(new SubscriptionPage(views, next), WireJson.Default.SubscriptionPage);
    }

    private static async Task<IResult> GetAsync(HttpContext http, Guid subscriptionId, IDocumentStore documents, TimeProvider clock, CancellationToken ct)
    {
        await using var session = documents.QuerySession(http.Caller().TenantId);
        return await session.FindAsync(subscriptionId, ct) is { } found
            ? TypedResults.Json(await ViewAsync(session, found, clock.GetUtcNow(), ct), WireJson.Default.SubscriptionView)
            : NotFound.ToResult();
    }

    private static async Task<IResult> PatchAsync(
        HttpContext http, Guid subscriptionId, IDocumentStore documents, WebhookOptions options, TimeProvider clock)
    {
        if (!(await JsonBody.ReadAsync(http, WireJson.Default.PatchSubscriptionRequest)).TryGet(out var request, out var refusal))
        {
            return refusal.ToResult();
        }

        var (tenantId, now, ct, validation) = (http.Caller().TenantId, clock.GetUtcNow(), http.RequestAborted, new Validation());
        var url = request.Url is null ? null : validation.Url(request.Url, options);
        validation.Subscription(request.EventTypes, request.ContentType, request.Description);
        if (validation.ToRefusal() is { } invalid) return invalid.ToResult();
        await documents.ChangeSubscriptionAsync(tenantId, subscriptionId, s => s.Patched(request, url, now), ct);
        if (request.Enabled == false)
        {
            await documents.DisableSubscriptionAsync(new(tenantId, subscriptionId), SubscriptionDisabledReason.ByRequest, now, http.EventMetadata(), ct);
        }

        return await GetAsync(http, subscriptionId, documents, clock, ct);
    }

    private static async Task<IResult> DeleteAsync(HttpContext http, Guid subscriptionId, IDocumentStore documents, TimeProvider clock)
    {
        var now = clock.GetUtcNow();
        return await documents.ChangeSubscriptionAsync(http.Caller().TenantId, subscriptionId, s => s.Deleted(now), http.RequestAborted)
            ? Results.NoContent()
            : NotFound.ToResult();
    }

    private static async Task<IResult> RotateSecretAsync(
        HttpContext http, Guid subscriptionId, IDocumentStore documents, SubscriptionSecrets secrets, TimeProvider clock)
    {
        if (!(await JsonBody.ReadAsync(http, WireJson.Default.RotateSecretRequest)).TryGet(out var request, out var refusal))
        {
            return refusal.ToResult();
        }

        var (now, key, validation) = (clock.GetUtcNow(), SubscriptionSecrets.NewKey(), new Validation());
        var hours = request.FormerValidForHours ?? FormerValidHoursDefault;
        validation.Require(
            hours is >= 0 and <= FormerValidHoursMax, "$.formerValidForHours", $"A whole number from 0 to {FormerValidHoursMax} is expected.");
        if (validation.ToRefusal() is { } invalid) return invalid.ToResult();
        var (secret, until) = (secrets.Seal(subscriptionId, key), now.AddHours(hours));
        return await documents.ChangeSubscriptionAsync(
            http.Caller().TenantId,
            subscriptionId,
            s => s with { Secret = secret, FormerSecret = s.Secret, FormerSecretUntil = until, UpdatedAt = now },
            http.RequestAborted)
            ? TypedResults.Json(new RotatedSecret(WebhookSignature.SecretOf(key), until), WireJson.Default.RotatedSecret)
            : NotFound.ToResult();
    }

    private static async Task<IResult> TestAsync(
        HttpContext http, Guid subscriptionId, IDocumentStore documents, SubscriptionSecrets secrets, WebhookSender sender, TimeProvider clock)
    {
        var (tenantId, now) = (http.Caller().TenantId, clock.GetUtcNow());
        await using var session = documents.QuerySession(tenantId);
        if (await session.FindAsync(subscriptionId, http.RequestAborted) is not { } subscription) return NotFound.ToResult();
        if (!secrets.TryTargetOf(subscription, out var target)) return SecretUnreadable.ToResult();
        var eventId = Guid.CreateVersion7(now);
        var cloudEvent = new JsonObject
        {
            ["specversion"] = "1.0",
            ["id"] = eventId,
            ["source"] = $"/leadscoring/{tenantId}",
            ["type"] = IntegrationEventTypes.SubscriptionTest,
            ["subject"] = subscriptionId,
            ["time"] = now,
            ["datacontenttype"] = "application/json",
            ["tenantid"] = tenantId,
            ["data"] = new JsonObject { ["subscriptionId"] = subscriptionId },
        };
        var attempt = await sender.SendAsync(target, eventId, System.Text.Encoding.UTF8.GetBytes(cloudEvent.ToJsonString()), http.RequestAborted);
        return TypedResults.Json(
            new TestResult(attempt.Result == AttemptResult.Delivered, eventId, attempt.StatusCode, attempt.LatencyMs, attempt.Answer, attempt.Error),
            WireJson.Default.TestResult);
    }

    private static async Task<SubscriptionView> ViewAsync(IQuerySession session, WebhookSubscription one, DateTimeOffset now, CancellationToken ct) =>
        (await ViewsAsync(session, [one], now, ct))[0];

    private static async Task<IReadOnlyList<SubscriptionView>> ViewsAsync(
        IQuerySession session, IReadOnlyList<WebhookSubscription> some, DateTimeOffset now, CancellationToken ct)
    {
        Guid[] ids = [.. some.Select(s => s.Id)];
        var progress = (await session.LoadManyAsync<SubscriptionProgress>(ct, ids)).ToDictionary(p => p.Id);
        var head = (await session.LoadAsync<FeedHead>(session.TenantId, ct))?.Position ?? 0;
        var pending = await session.Query<WebhookDelivery>()
            .Where(d => d.SubscriptionId.IsOneOf(ids) && d.FinishedAt == null)
            .GroupBy(d => d.SubscriptionId)
            .Select(g => new { SubscriptionId = g.Key, Count = g.Count() })
            .ToListAsync(ct);
        return [.. some.Select(s => SubscriptionRules.View(s, progress[s.Id], head, pending.FirstOrDefault(p => p.SubscriptionId == s.Id)?.Count ?? 0, now))];
    }
}
