using LeadScoring.Contracts;
using LeadScoring.Host.Events;
using LeadScoring.Host.Feed;
using LeadScoring.Host.Subscriptions;

namespace LeadScoring.Host.Webhooks;

/// <summary>One event on its way to one subscription, until it is delivered or given up.</summary>
internal sealed class Delivery(long position, Guid subject)
{
    public long Position { get; } = position;

    /// <summary>What it must stay in order with.</summary>
    public Guid Subject { get; } = subject;

    /// <summary>Made so far.</summary>
    public int Attempts { get; set; }

    public DateTimeOffset DueAt { get; set; }

    /// <summary>The endpoint asked for <see cref="DueAt"/>: it is not made due earlier because others succeed.</summary>
    public bool IsAskedFor { get; set; }

    /// <summary>It failed, or waits for one that did: a row says so, or soon will.</summary>
    public bool IsHeld { get; set; }

    public bool IsUnderWay { get; set; }
}

/// <summary>
/// Decides for one subscription what is sent next and what an outcome means. It knows neither network nor database, and is
/// touched by the subscription's loop alone.
/// </summary>
/// <remarks>
/// Events are taken in the feed's order and sent side by side, but of one subject (a lead) one at a time and in order: each subject
/// has a lane, and only what is first in its lane is sent. What fails stays first in its lane, as a row of the database, until it is
/// delivered or given up.
/// </remarks>
/// <param name="progress">As it is stored.</param>
/// <param name="storedAhead">Positions beyond <paramref name="progress"/> that are finished already.</param>
/// <param name="store">Called with each new version of a row.</param>
internal sealed class DeliveryQueue(
    StreamKey key, SubscriptionProgress progress, IEnumerable<long> storedAhead, IReadOnlyList<TimeSpan> retryDelays, Action<WebhookDelivery> store)
{
    /// <summary>Requests at once to one subscription's endpoint.</summary>
    public const int UnderWayMax = 8;

    /// <summary>The same while it fails: one request asks whether it is back.</summary>
    public const int UnderWayMaxWhileFailing = 1;

    /// <summary>Events taken from the feed of which nothing is stored yet.</summary>
    public const int OpenMax = 16;

    /// <summary>How far events may be done beyond one that still is not: so many finished rows are read at a take-over.</summary>
    public const int AheadMax = 1_024;

    /// <summary>Deliveries held back, in memory. Beyond it nothing fresh is taken.</summary>
    public const int HeldMax = 10_000;

    /// <summary>Failures after which nothing fresh is taken until an attempt succeeds.</summary>
    public const int FailuresInARowMax = 10;

    /// <summary>By which share a retry may be later than its delay says, so that many do not come at once.</summary>
    private const double JitterShareMax = 0.1;

    /// <summary>An endpoint that fails is asked with a fresh event when it was asked nothing for so long: its retries may be hours apart.</summary>
    private static readonly TimeSpan ProbeAfter = TimeSpan.FromMinutes(5);

    /// <summary>Unbroken failure for so long disables a subscription.</summary>
    private static readonly TimeSpan FailingMax = TimeSpan.FromDays(5);

    /// <summary>Longer than the longest pause before a retry: a longer one between two attempts means that nothing was to be sent.</summary>
    private static readonly TimeSpan SilenceMax = TimeSpan.FromHours(30);

    private readonly Dictionary<Guid, SortedList<long, Delivery>> _lanes = [];
    private readonly PriorityQueue<Delivery, (DateTimeOffset DueAt, long Position)> _due = new();

    /// <summary>Taken from the feed and not stored yet.</summary>
    private readonly SortedSet<long> _open = [];

    /// <summary>Beyond <see cref="Taken"/>, but in the database already.</summary>
    private readonly HashSet<long> _storedAhead = [.. storedAhead];

    /// <summary>The last position looked at.</summary>
    public long Taken { get; private set; } = progress.Position;

    /// <summary>As it is to be stored; the position is where everything before is settled. Another one whenever it changes.</summary>
    public SubscriptionProgress Progress { get; private set; } = progress;

    /// <summary>Deliveries held back, in memory.</summary>
    public int Held { get; private set; }

    /// <summary>Deliveries being sent, or about to be.</summary>
    public int UnderWay { get; private set; }

    /// <summary>The database holds back more than was read: what comes fresh might overtake them.</summary>
    public bool HasMoreHeld { get; set; }

    /// <summary>Set when the endpoint wants, or deserves, nothing more.</summary>
    public SubscriptionDisabledReason? Disabling { get; private set; }

    /// <summary>Something becomes due by the passing of time.</summary>
    public bool HasDue => _due.Count > 0;

    private bool IsFailing => Progress.FailuresInARow >= FailuresInARowMax;

    private long Settled => _open.Count == 0 ? Taken : _open.Min - 1;

    /// <summary>It was enabled, or got another address, at an instant: what was before counts no more, and everything is due.</summary>
    public void TryAfresh(DateTimeOffset triedSince, DateTimeOffset now)
    {
        Progress = Progress.Since(triedSince);
        MakeAllDue(now, afresh: true);
    }

    /// <summary>A row that is not finished: from a former time, or because somebody wants it sent again.</summary>
    /// <param name="triedSince">What was tried before is due at once.</param>
    public void Hold(WebhookDelivery row, DateTimeOffset triedSince)
    {
        // What is taken and not stored yet is newer than any row.
        if (_open.Contains(row.Position)) return;
        var isAfresh = row.NextAttemptAt is null || row.LastAttempt?.At < triedSince;
        var (dueAt, isAskedFor) = isAfresh ? (triedSince, false) : (row.NextAttemptAt!.Value, row.LastAttempt?.RetryAfterSeconds is not null);
        var lane = LaneOf(row.Subject);
        if (!lane.TryGetValue(row.Position, out var delivery))
        {
            if (row.Position > Taken) _storedAhead.Add(row.Position);
            lane.Add(row.Position, delivery = new(row.Position, row.Subject) { Attempts = row.Attempts, IsHeld = true });
            Held++;
        }
        else if (delivery.IsUnderWay || dueAt >= delivery.DueAt)
        {
            return;
        }

        (delivery.DueAt, delivery.IsAskedFor) = (dueAt, isAskedFor);
        if (IsFirst(delivery)) Queue(delivery);
    }

    /// <summary>Whether the next event of the feed may be taken: one that could be sent, so that nothing fresh waits when an endpoint begins to fail.</summary>
    public bool MayTake(DateTimeOffset now) =>
        Disabling is null
        && !HasMoreHeld
        && Held < HeldMax
        && UnderWay < UnderWayMax
        && _open.Count < OpenMax
        && Taken - Settled < AheadMax
        && !(now < Progress.RestUntil)
        && (!IsFailing || (UnderWay == 0 && _open.Count == 0 && now - Progress.LastAttemptAt >= ProbeAfter));

    /// <summary>Takes the event after <see cref="Taken"/>, or passes over it.</summary>
    public void Take(FeedEntry published, bool isWanted, DateTimeOffset now)
    {
        Taken = published.Position;
        if (!_storedAhead.Remove(Taken) && isWanted)
        {
            var delivery = new Delivery(Taken, published.Subject) { DueAt = now };
            _open.Add(Taken);
            var lane = LaneOf(delivery.Subject);
            lane.Add(Taken, delivery);
            if (lane.Count == 1) Queue(delivery);
            else if (lane.Values[0].IsHeld) HoldBehind(delivery);
        }

        Settle();
    }

    /// <summary>What is to be sent now; it is under way from here on, until <see cref="Done"/> or <see cref="PutBack"/>.</summary>
    public Delivery? Next(DateTimeOffset now)
    {
        if (Disabling is not null || now < Progress.RestUntil || UnderWay >= (IsFailing ? UnderWayMaxWhileFailing : UnderWayMax)) return null;
        while (_due.TryPeek(out var delivery, out var entry))
        {
            // An entry of a delivery that is under way, done, or due at another time by now.
            var isStale = delivery.IsUnderWay || delivery.DueAt != entry.DueAt || !IsFirst(delivery);
            if (!isStale && entry.DueAt > now) return null;
            _due.Dequeue();
            if (isStale) continue;
            delivery.IsUnderWay = true;
            UnderWay++;
            return delivery;
        }

        return null;
    }

    /// <summary>It could not be sent: not the endpoint's fault.</summary>
    public void PutBack(Delivery delivery, DateTimeOffset dueAt)
    {
        (delivery.IsUnderWay, delivery.DueAt) = (false, dueAt);
        UnderWay--;
        Queue(delivery);
    }

    public void Done(Delivery delivery, AttemptOutcome outcome, DateTimeOffset now)
    {
        UnderWay--;
        delivery.IsUnderWay = false;
        delivery.Attempts++;
        if (outcome.Result == AttemptResult.Delivered) Succeed(delivery, outcome, now);
        else Fail(delivery, outcome, now);
    }

    /// <summary>A row of this position is durable.</summary>
    public void Stored(long position)
    {
        if (_open.Remove(position)) Settle();
    }

    private void Succeed(Delivery delivery, AttemptOutcome outcome, DateTimeOffset now)
    {
        store(WebhookDelivery.Of(key, delivery, DeliveryStatus.Delivered, outcome) with { FinishedAt = now });
        Finish(delivery, now);
        var wasFailing = IsFailing;
        Progress = Progress with { FailuresInARow = 0, FailingSince = null, LastAttemptAt = outcome.At, LastSuccessAt = now, LastError = null };
        if (wasFailing) MakeAllDue(now, afresh: false);
    }

    private void Fail(Delivery delivery, AttemptOutcome outcome, DateTimeOffset now)
    {
        // Failures of fresh events with a long silence between them, in which nothing was to be sent, are not one long failure.
        var isUnbroken = delivery.IsHeld || now - Progress.LastAttemptAt < SilenceMax;
        Progress = Progress with
        {
            FailuresInARow = Progress.FailuresInARow + 1,
            FailingSince = isUnbroken ? Progress.FailingSince ?? now : now,
            LastAttemptAt = outcome.At,
            LastError = outcome.Error,
            RestUntil = outcome is { RetryAfterSeconds: { } rest, StatusCode: 429 or 503 } ? now.AddSeconds(rest) : Progress.RestUntil,
        };
        if (outcome.Result == AttemptResult.Gone) Disabling = SubscriptionDisabledReason.Gone;
        else if (now - Progress.FailingSince >= FailingMax) Disabling = SubscriptionDisabledReason.Failing;
        if (delivery.Attempts > retryDelays.Count)
        {
            store(WebhookDelivery.Of(key, delivery, DeliveryStatus.Failed, outcome) with { FinishedAt = now });
            Finish(delivery, now);
            return;
        }

        var delay = retryDelays[delivery.Attempts - 1] * (1 + (Random.Shared.NextDouble() * JitterShareMax));
        var asked = TimeSpan.FromSeconds(outcome.RetryAfterSeconds ?? 0);
        (delivery.DueAt, delivery.IsAskedFor) = (now + (asked > delay ? asked : delay), asked > TimeSpan.Zero);
        store(WebhookDelivery.Of(key, delivery, DeliveryStatus.Pending, outcome) with { NextAttemptAt = delivery.DueAt });
        Hold(delivery);
        Queue(delivery);
        foreach (var behind in _lanes[delivery.Subject].Values.Where(d => !d.IsHeld)) HoldBehind(behind);
    }

    private void HoldBehind(Delivery delivery)
    {
        store(WebhookDelivery.Of(key, delivery, DeliveryStatus.Waiting));
        Hold(delivery);
    }

    private void Hold(Delivery delivery)
    {
        if (delivery.IsHeld) return;
        delivery.IsHeld = true;
        Held++;
    }

    /// <summary>It leaves its lane, and the next one's turn comes.</summary>
    private void Finish(Delivery delivery, DateTimeOffset now)
    {
        if (delivery.IsHeld) Held--;
        var lane = _lanes[delivery.Subject];
        lane.Remove(delivery.Position);
        if (lane.Count == 0)
        {
            _lanes.Remove(delivery.Subject);
            return;
        }

        var next = lane.Values[0];
        if (next.IsHeld && next.Attempts == 0) next.DueAt = now;
        Queue(next);
    }

    /// <param name="afresh">Also what the endpoint asked to get later: it is another one, or was put right.</param>
    private void MakeAllDue(DateTimeOffset now, bool afresh)
    {
        foreach (var first in _lanes.Values.Select(lane => lane.Values[0]))
        {
            if (first.IsUnderWay || first.DueAt <= now || (first.IsAskedFor && !afresh)) continue;
            first.DueAt = now;
            Queue(first);
        }
    }

    private void Settle()
    {
        if (Settled != Progress.Position) Progress = Progress with { Position = Settled };
    }

    private void Queue(Delivery delivery) => _due.Enqueue(delivery, (delivery.DueAt, delivery.Position));

    private bool IsFirst(Delivery delivery) => _lanes.TryGetValue(delivery.Subject, out var lane) && lane.Values[0] == delivery;

    private SortedList<long, Delivery> LaneOf(Guid subject)
    {
        if (!_lanes.TryGetValue(subject, out var lane)) _lanes.Add(subject, lane = []);
        return lane;
    }
}
