namespace LeadScoring.Host.Leads.Writing;

/// <summary>
/// What waits to be written, in the order it arrived, handed out in batches. While a batch is being written another may
/// begin, but never with what names the same lead: that waits, and so does everything behind it that does.
/// </summary>
internal sealed class SubmissionQueue(WriterOptions options, TimeProvider clock)
{
    /// <summary>Batches being written at once.</summary>
    public const int RoundsMax = 2;

    /// <summary>Waiting submissions that make a second commit at once worth its price; fewer had better share the next one.</summary>
    private const int SecondRoundMin = 100;

    /// <summary>Submissions looked at for one batch, taken or passed over.</summary>
    private const int LooksMax = 4_000;

    private readonly Lock _sync = new();
    private readonly List<List<Submission>> _rounds = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Submission? _first;
    private Submission? _last;
    private int _waiting;
    private int _beingWritten;
    private int _idleTakers;
    private bool _isHeldUp;
    private bool _isComplete;

    /// <summary>Waiting or being written.</summary>
    public int Count => Volatile.Read(ref _waiting) + Volatile.Read(ref _beingWritten);

    private bool MayBegin => _rounds.Count == 0 || (_rounds.Count < RoundsMax && _waiting >= SecondRoundMin && !_isHeldUp);

    /// <returns>False, and none is taken, when there is no room for all or the queue is complete.</returns>
    public bool TryAdd(ReadOnlySpan<Submission> submissions)
    {
        lock (_sync)
        {
            if (_isComplete || _waiting + _beingWritten + submissions.Length > options.QueueMax) return false;
            foreach (var submission in submissions)
            {
                if (_last is null) _first = submission;
                else _last.Next = submission;
                _last = submission;
            }

            _waiting += submissions.Length;
            if (MayBegin) WakeTakers();
            return true;
        }
    }

    /// <summary>Takes no more; what waits is still handed out.</summary>
    public void Complete()
    {
        lock (_sync)
        {
            _isComplete = true;
            WakeTakers();
        }
    }

    /// <summary>The next batch, to be given back with <see cref="Release"/>; null when the queue is complete and empty.</summary>
    public async ValueTask<List<Submission>?> TakeAsync()
    {
        while (true)
        {
            Task changed;
            lock (_sync)
            {
                if (MayBegin && Take() is { Count: > 0 } batch) return batch;
                if (_isComplete && _waiting == 0) return null;
                _idleTakers++;
                changed = _changed.Task;
            }

            await changed;
        }
    }

    /// <summary>A batch is over, whatever became of it: what names the same leads may be written.</summary>
    /// <param name="batch">As it was handed out.</param>
    public void Release(List<Submission> batch)
    {
        lock (_sync)
        {
            _rounds.Remove(batch);
            _beingWritten -= batch.Count;
            _isHeldUp = false;
            WakeTakers();
        }
    }

    /// <summary>Answers everything that has waited too long, queued or held up in a batch.</summary>
    public void AnswerOverdue(LeadOutcome outcome)
    {
        lock (_sync)
        {
            for (var submission = _first; submission is not null; submission = submission.Next) AnswerIfOverdue(submission, outcome);
            foreach (var submission in _rounds.SelectMany(r => r)) AnswerIfOverdue(submission, outcome);
        }
    }

    private List<Submission> Take()
    {
        var batch = new List<Submission>(Math.Min(_waiting, options.BatchMax));
        var held = _rounds.Count == 0 ? null : new NamesInRounds(_rounds);
        var (bytes, looks) = (0, 0);
        Submission? passedOver = null;
        for (var submission = _first; submission is not null && batch.Count < options.BatchMax && bytes < options.BatchBytesMax && looks < LooksMax; looks++)
        {
            var next = submission.Next;
            if (held?.HoldUp(submission) ?? false)
            {
                passedOver = submission;
            }
            else
            {
                if (passedOver is null) _first = next;
                else passedOver.Next = next;
                if (next is null) _last = passedOver;
                submission.Next = null;
                batch.Add(submission);
                bytes += submission.Bytes;
            }

            submission = next;
        }

        if (batch.Count == 0)
        {
            _isHeldUp = _waiting > 0;
            return batch;
        }

        _waiting -= batch.Count;
        _beingWritten += batch.Count;
        _rounds.Add(batch);
        return batch;
    }

    private void AnswerIfOverdue(Submission submission, LeadOutcome outcome)
    {
        if (clock.GetElapsedTime(submission.QueuedAt).TotalMilliseconds > options.AnswerWithinMs) submission.Answer(outcome);
    }

    private void WakeTakers()
    {
        if (_idleTakers == 0) return;
        _idleTakers = 0;
        var changed = _changed;
        _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.SetResult();
    }
}
