using LeadScoring.Contracts;
using LeadScoring.Host.Feed;
using LeadScoring.Host.Subscriptions;

namespace LeadScoring.Host.Webhooks;

/// <summary>
/// Decides for one subscription what is sent next and what an outcome means. It knows neither network nor database, and is
/// touched by the dispatch's loop alone.
/// </summary>
/// <remarks>
/// Events are taken in the feed's order and sent side by side, but of one subject (a lead) one at a time and in order: each subject
/// has a lane, and only what is first in its lane is sent. What fails stays first in its lane, as a row of the database, until it is
/// delivered or given up.
/// </remarks>
internal sealed class SubscriptionDispatch
{
    private readonly IReadOnlyList<TimeSpan> _retryDelays;
    private readonly Action<WebhookDelivery> _store;
    private readonly Dictionary<Guid, LinkedList<Delivery>> _lanes = [];
    private readonly PriorityQueue<Delivery, (DateTimeOffset DueAt, long Position)> _due = new();

    /// <summary>Taken from the feed and not stored yet.</summary>
    private readonly SortedSet<long> _open = [];

    /// <summary>The latest version of a row that is not stored yet.</summary>
    private readonly Dictionary<long, WebhookDelivery> _unsaved = [];

    /// <summary>Beyond the position that was reached, but stored already by whoever delivered before.</summary>
    private readonly HashSet<long> _storedAhead;

    private HashSet<string>? _types;

    /// <param name="store">Called with each new version of a row.</param>
    /// <param name="storedAhead">Positions beyond <paramref name="progress"/> that have a row.</param>
    public SubscriptionDispatch(
        WebhookSubscription subscription,
        SubscriptionProgress progress,
        WebhookTarget target,
        IReadOnlyList<TimeSpan> retryDelays,
        IEnumerable<long> storedAhead,
        Action<WebhookDelivery> store)
    {
        (Subscription, Target, _retryDelays, _store) = (subscription, target, retryDelays, store);
        Progress = progress.Since(subscription.TriedSince);
        Taken = progress.Position;
        _storedAhead = [.. storedAhead];
        _types = TypesOf(subscription);
    }

    public WebhookSubscription Subscription { get; private set; }

    public WebhookTarget Target { get; private set; }

    /// <summary>The last position looked at.</summary>
    public long Taken { get; private set; }

    /// <summary>As it is to be stored; the position is where everything before is settled.</summary>
    public SubscriptionProgress Progress { get; private set; }

    /// <summary>Whether <see cref="Progress"/> has changed since it was last asked for.</summary>
    public bool HasProgressed { get; set; }

    /// <summary>Deliveries held back, in memory.</summary>
    public int Held { get; private set; }

    /// <summary>Deliveries being sent, or about to be.</summary>
    public int UnderWay { get; private set; }

    /// <summary>The database holds back more than was read: what comes fresh might overtake them.</summary>
    public bool HasMoreHeld { get; set; }

    /// <summary>Set when the endpoint wants, or deserves, nothing more.</summary>
    public SubscriptionDisabledReason? Disabling { get; private set; }

    /// <summary>Events read because the endpoint is behind; null: none.</summary>
    public Queue<FeedEntry>? Page { get; private set; }

    /// <summary>Up to where <see cref="Page"/> looked.</summary>
    public long PageUpTo { get; private set; }

    /// <summary>A read is on its way; it ends with <see cref="SetPage"/>.</summary>
    public bool IsReadingPage { get; set; }

    public bool IsFailing => Progress.FailuresInARow >= DispatchBounds.FailuresInARowMax;

    public IReadOnlyList<string>? Types => Subscription.EventTypes;

    private long Settled => _open.Count == 0 ? Taken : _open.Min - 1;

    /// <summary>Somebody changed the subscription. Another URL, or enabling it again, makes everything due.</summary>
    public void Change(WebhookSubscription subscription, WebhookTarget target, DateTimeOffset now)
    {
        var isAfresh = subscription.TriedSince > Subscription.TriedSince;
        (Subscription, Target, _types) = (subscription, target, TypesOf(subscription));
        (Page, PageUpTo) = (null, 0);
        if (!isAfresh) return;
        Set(Progress.Since(subscription.TriedSince));
        MakeAllDue(now, afresh: true);
    }

    /// <summary>A row that is not finished: from a former time, or because somebody wants it sent again.</summary>
    public void Hold(long position, Guid subject, int attempts, DateTimeOffset dueAt, bool isAskedFor)
    {
        // What happened since the row was read is newer than the row.
        if (_open.Contains(position) || _unsaved.ContainsKey(position)) return;
        var lane = LaneOf(subject);
        var place = lane.Last;
        while (place is not null && place.Value.Position > position) place = place.Previous;
        if (place?.Value is { } known && known.Position == position)
        {
            if (known.IsUnderWay || dueAt >= known.DueAt) return;
            (known.DueAt, known.IsAskedFor) = (dueAt, isAskedFor);
            if (lane.First == place) Queue(known);
            return;
        }

        if (position > Taken) _storedAhead.Add(position);
        var delivery = new Delivery(position, subject) { Attempts = attempts, DueAt = dueAt, IsAskedFor = isAskedFor, IsHeld = true };
        var added = place is null ? lane.AddFirst(delivery) : lane.AddAfter(place, delivery);
        Held++;
        if (lane.First == added) Queue(delivery);
    }

    /// <summary>Whether the next event of the feed may be taken.</summary>
    public bool MayTake(DateTimeOffset now) =>
        Disabling is null
        && !HasMoreHeld
        && Held < DispatchBounds.HeldMax
        && _open.Count < DispatchBounds.OpenMax
        && Taken - Settled < DispatchBounds.AheadMax
        && !IsResting(now)
        && (!IsFailing || (UnderWay == 0 && _open.Count == 0 && now - Progress.LastAttemptAt >= DispatchBounds.ProbeAfter));

    /// <summary>Takes the event, or passes over it; it is beyond <see cref="Taken"/>.</summary>
    public void Take(FeedEntry feedEvent, DateTimeOffset now)
    {
        PassOver(feedEvent.Position - 1);
        Taken = feedEvent.Position;
        if (_storedAhead.Remove(feedEvent.Position) || _types?.Contains(feedEvent.Type) == false)
        {
            Settle();
            return;
        }

        var delivery = new Delivery(feedEvent.Position, feedEvent.Subject) { Event = feedEvent, DueAt = now };
        _open.Add(delivery.Position);
        var lane = LaneOf(delivery.Subject);
        lane.AddLast(delivery);
        if (lane.Count == 1) Queue(delivery);
        else if (lane.First!.Value.IsHeld) HoldBehind(delivery);
    }

    /// <summary>Positions up to here hold nothing for this subscription.</summary>
    public void PassOver(long upTo)
    {
        if (upTo <= Taken) return;
        if (_storedAhead.Count > 0) _storedAhead.RemoveWhere(p => p <= upTo);
        Taken = upTo;
        Settle();
    }

    /// <param name="page">Null: it could not be read.</param>
    public void SetPage(FeedPage? page)
    {
        IsReadingPage = false;
        if (page is not null) (Page, PageUpTo) = (new(page.Entries), page.NextAfter);
    }

    /// <summary>The end of the page was reached.</summary>
    public void DropPage()
    {
        PassOver(PageUpTo);
        Page = null;
    }

    /// <summary>An endpoint that rests or fails may do so for hours: what was read for it is read again then.</summary>
    public void ForgetPageWhenHeldUp(DateTimeOffset now)
    {
        if (IsFailing || IsResting(now)) Page = null;
    }

    /// <summary>What is to be sent now; it is under way from here on, until <see cref="Done"/> or <see cref="PutBack"/>.</summary>
    public Delivery? Next(DateTimeOffset now)
    {
        if (Disabling is not null || IsResting(now)) return null;
        if (UnderWay >= (IsFailing ? DispatchBounds.UnderWayMaxWhileFailing : DispatchBounds.UnderWayMax)) return null;
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

    /// <summary>A version of a row is stored.</summary>
    public void Stored(WebhookDelivery record)
    {
        if (_unsaved.TryGetValue(record.Position, out var latest) && ReferenceEquals(latest, record)) _unsaved.Remove(record.Position);
        if (_open.Remove(record.Position)) Settle();
    }

    private static HashSet<string>? TypesOf(WebhookSubscription subscription) =>
        subscription.EventTypes is { } types ? [.. types] : null;

    private void Succeed(Delivery delivery, AttemptOutcome outcome, DateTimeOffset now)
    {
        Store(WebhookDelivery.Of(Subscription.Key, delivery, DeliveryStatus.Delivered, outcome: outcome, finishedAt: now));
        Finish(delivery, now);
        var wasFailing = IsFailing;
        Set(Progress with { FailuresInARow = 0, FailingSince = null, LastAttemptAt = outcome.At, LastSuccessAt = now, LastError = null });
        if (wasFailing) MakeAllDue(now, afresh: false);
    }

    private void Fail(Delivery delivery, AttemptOutcome outcome, DateTimeOffset now)
    {
        Set(Progress with
        {
            FailuresInARow = Progress.FailuresInARow + 1,
            FailingSince = delivery.IsHeld || IsUnbroken(now) ? Progress.FailingSince ?? now : now,
            LastAttemptAt = outcome.At,
            LastError = outcome.Error,
            RestUntil = outcome is { RetryAfterSeconds: { } rest, StatusCode: 429 or 503 } ? now.AddSeconds(rest) : Progress.RestUntil,
        });
        if (outcome.Result == AttemptResult.Gone) Disabling = SubscriptionDisabledReason.Gone;
        else if (now - Progress.FailingSince >= DispatchBounds.FailingMax) Disabling = SubscriptionDisabledReason.Failing;
        if (delivery.Attempts > _retryDelays.Count)
        {
            Store(WebhookDelivery.Of(Subscription.Key, delivery, DeliveryStatus.Failed, outcome: outcome, finishedAt: now));
            Finish(delivery, now);
            return;
        }

        var delay = _retryDelays[delivery.Attempts - 1] * (1 + (Random.Shared.NextDouble() * DispatchBounds.JitterShareMax));
        var asked = TimeSpan.FromSeconds(outcome.RetryAfterSeconds ?? 0);
        (delivery.DueAt, delivery.IsAskedFor) = (now + (asked > delay ? asked : delay), asked > TimeSpan.Zero);
        Store(WebhookDelivery.Of(Subscription.Key, delivery, DeliveryStatus.Pending, delivery.DueAt, outcome));
        Hold(delivery);
        Queue(delivery);
        for (var behind = _lanes[delivery.Subject].First!.Next; behind is not null; behind = behind.Next)
        {
            if (!behind.Value.IsHeld) HoldBehind(behind.Value);
        }
    }

    /// <summary>Failures of fresh events with a long silence between them, in which nothing was to be sent, are not one long failure.</summary>
    private bool IsUnbroken(DateTimeOffset now) => Progress.LastAttemptAt is { } last && now - last < DispatchBounds.SilenceMax;

    private void HoldBehind(Delivery delivery)
    {
        Store(WebhookDelivery.Of(Subscription.Key, delivery, DeliveryStatus.Waiting));
        Hold(delivery);
    }

    private void Hold(Delivery delivery)
    {
        delivery.Event = null;
        if (delivery.IsHeld) return;
        delivery.IsHeld = true;
        Held++;
    }

    /// <summary>It leaves its lane, and the next one's turn comes.</summary>
    private void Finish(Delivery delivery, DateTimeOffset now)
    {
        if (delivery.IsHeld) Held--;
        var lane = _lanes[delivery.Subject];
        lane.Remove(delivery);
        if (lane.First?.Value is not { } next)
        {
            _lanes.Remove(delivery.Subject);
            return;
        }

        if (next.IsHeld && next.Attempts == 0) next.DueAt = now;
        Queue(next);
    }

    /// <param name="afresh">Also what the endpoint asked to get later: it is another one, or was put right.</param>
    private void MakeAllDue(DateTimeOffset now, bool afresh)
    {
        foreach (var lane in _lanes.Values)
        {
            var first = lane.First!.Value;
            if (first.IsUnderWay || first.DueAt <= now || (first.IsAskedFor && !afresh)) continue;
            first.DueAt = now + (DispatchBounds.RecoverySpreadMax * Random.Shared.NextDouble());
            Queue(first);
        }
    }

    private void Store(WebhookDelivery record)
    {
        _unsaved[record.Position] = record;
        _store(record);
    }

    private void Settle()
    {
        if (Settled != Progress.Position) Set(Progress with { Position = Settled });
    }

    private void Set(SubscriptionProgress progress)
    {
        Progress = progress;
        HasProgressed = true;
    }

    private void Queue(Delivery delivery) => _due.Enqueue(delivery, (delivery.DueAt, delivery.Position));

    private bool IsResting(DateTimeOffset now) => now < Progress.RestUntil;

    private bool IsFirst(Delivery delivery) => _lanes.TryGetValue(delivery.Subject, out var lane) && lane.First!.Value == delivery;

    private LinkedList<Delivery> LaneOf(Guid subject)
    {
        if (!_lanes.TryGetValue(subject, out var lane)) _lanes.Add(subject, lane = []);
        return lane;
    }
}
