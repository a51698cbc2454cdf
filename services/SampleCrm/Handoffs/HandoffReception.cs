using LeadScoring.Contracts;

namespace SampleCrm.Handoffs;

/// <summary>How the events came, to show.</summary>
/// <param name="From">E.g. <c>webhook at http://127.0.0.1:5090/webhooks/leadscoring</c>.</param>
/// <param name="State">A few words.</param>
/// <param name="Live">Taken from the source; what was read of the past is not counted.</param>
/// <param name="Twice">Came again, and changed nothing.</param>
/// <param name="Older">Came after a later one of the same lead, and changed nothing.</param>
/// <param name="Refused">Not signed as they must be, or not readable.</param>
public sealed record ReceptionView(string From, string State, long Live, long Twice, long Older, long Refused);

/// <summary>Where a source hands in what it gets, and notes how it does.</summary>
public sealed class HandoffReception(HandoffInbox inbox)
{
    private readonly Lock _gate = new();
    private ReceptionView _view = new("nowhere yet", "starting", 0, 0, 0, 0);

    /// <summary>Something about the source that somebody at a console may want to know.</summary>
    public Action<string>? Said { get; init; }

    public HandoffInbox Inbox => inbox;

    public ReceptionView View()
    {
        lock (_gate) return _view;
    }

    public void ComesFrom(string source)
    {
        lock (_gate) _view = _view with { From = source };
    }

    /// <summary>Said once until it changes, however often a failure repeats.</summary>
    public void Say(string state)
    {
        lock (_gate)
        {
            if (_view.State == state) return;
            _view = _view with { State = state };
        }

        Said?.Invoke(state);
    }

    /// <summary>Hands in one event; a source confirms it only after this has come back and the answer is not full.</summary>
    /// <exception cref="UnreadableEvent">It is not what its type says.</exception>
    public InboxAnswer Take(CloudEvent published) => Count(inbox.Take(published));

    private InboxAnswer Count(InboxAnswer answer)
    {
        lock (_gate)
        {
            _view = answer switch
            {
                InboxAnswer.Taken => _view with { Live = _view.Live + 1 },
                InboxAnswer.Repeat => _view with { Twice = _view.Twice + 1 },
                InboxAnswer.Older => _view with { Older = _view.Older + 1 },
                _ => _view,
            };
        }

        return answer;
    }

    /// <summary>The same for a source in whose order nothing passes: what would make room stands behind this one.</summary>
    /// <exception cref="UnreadableEvent">It is not what its type says.</exception>
    /// <exception cref="DeskOverflow">There is no room at all.</exception>
    public void TakeInOrder(CloudEvent published)
    {
        if (Count(inbox.Take(published, isInOrder: true)) == InboxAnswer.Full) throw new DeskOverflow();
    }

    public void Refuse()
    {
        lock (_gate) _view = _view with { Refused = _view.Refused + 1 };
    }
}
