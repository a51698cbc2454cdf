using LeadScoring.Contracts;
using LeadScoring.Domain.Leads;
using LeadScoring.Host.Events;
using LeadScoring.Host.Leads;

namespace LeadScoring.Host.Scoring.Suggestions;

/// <summary>A handoff, and how it ended so far.</summary>
/// <param name="Version">Of its event in the lead's stream.</param>
internal sealed record HandoffOutcome(Guid LeadId, int Cycle, long Version, DateTimeOffset At)
{
    private bool? _isAccepted;
    private bool _isOpportunity;
    private bool _isWon;
    private bool _hasEnded;

    public void Take(LeadEvent fact)
    {
        switch (fact)
        {
            case SalesAccepted: _isAccepted ??= true; break;
            case SalesRejected: _isAccepted ??= false; break;
            case OpportunityOpened: _isOpportunity = true; break;
            case OpportunityWon: _isWon = true; break;
            case LeadRecycled or LeadDisqualified: _hasEnded = true; break;
        }
    }

    /// <returns>Null: nobody answered, or the end is still open.</returns>
    public bool? Has(SuggestionTarget target) => target switch
    {
        _ when _isAccepted is null => null,
        SuggestionTarget.Accepted => _isAccepted,
        SuggestionTarget.Opportunity => _isOpportunity ? true : _hasEnded ? false : null,
        SuggestionTarget.Won => _isWon ? true : _hasEnded ? false : null,
        _ => throw new ArgumentOutOfRangeException(nameof(target)),
    };
}

/// <summary>
/// Collects a tenant's handoffs and their ends while the log is read. When there are too many, half of the leads are left out, and
/// half of the rest, until there are few enough: which, depends on the leads' ids alone.
/// </summary>
internal sealed class HandoffOutcomes(EventTypes types, DateTimeOffset? from, DateTimeOffset? to, int handoffsMax)
{
    private const string HandoffType = "marketing_qualified";

    private static readonly HashSet<string> Telling = new(StringComparer.Ordinal)
    {
        HandoffType, "sales_accepted", "sales_rejected", "opportunity_opened", "opportunity_won", "lead_recycled", "lead_disqualified",
    };

    private long _leftOut;
    private Dictionary<(Guid LeadId, int Cycle), HandoffOutcome> _handoffs = [];

    /// <summary>One lead in so many was looked at: 1, 2, 4, ...</summary>
    public int LeadsPerSample { get; private set; } = 1;

    /// <summary>Those looked at.</summary>
    public IReadOnlyCollection<HandoffOutcome> All => _handoffs.Values;

    /// <summary>All of the period, whether looked at or not.</summary>
    public long Handoffs => _handoffs.Count + _leftOut;

    /// <exception cref="UnreadableEventException">A body does not fit its type.</exception>
    public void Take(RecordedEvent recorded)
    {
        if (!Telling.Contains(recorded.Type)) return;
        var isSampled = IsSampled(recorded.Stream.StreamId);
        if ((!isSampled && recorded.Type != HandoffType) || types.Read(recorded) is not LeadEvent fact) return;
        if (fact is MarketingQualified handoff)
        {
            if (handoff.At < from || handoff.At >= to) return;
            if (!isSampled)
            {
                _leftOut++;
                return;
            }

            _handoffs.TryAdd((recorded.Stream.StreamId, handoff.Cycle), new(recorded.Stream.StreamId, handoff.Cycle, recorded.Version, handoff.At));
            if (_handoffs.Count > handoffsMax) Thin();
        }
        else if (_handoffs.TryGetValue((recorded.Stream.StreamId, CycleOf(fact)), out var outcome))
        {
            outcome.Take(fact);
        }
    }

    private void Thin()
    {
        LeadsPerSample *= 2;
        var before = _handoffs.Count;
        _handoffs = _handoffs.Where(h => IsSampled(h.Key.LeadId)).ToDictionary();
        _leftOut += before - _handoffs.Count;
    }

    private bool IsSampled(Guid leadId) => LeadsPerSample == 1 || EvenHash(leadId) % LeadsPerSample == 0;

    /// <summary>Ids begin with the time they were made: only a hash is even.</summary>
    private static long EvenHash(Guid leadId)
    {
        Span<byte> bytes = stackalloc byte[16];
        leadId.TryWriteBytes(bytes);
        var hash = 14695981039346656037UL; // FNV-1a.
        foreach (var b in bytes) hash = (hash ^ b) * 1099511628211UL;
        return (long)((hash ^ (hash >> 32)) & int.MaxValue);
    }

    private static int CycleOf(LeadEvent fact) => fact switch
    {
        SalesAccepted e => e.Cycle,
        SalesRejected e => e.Cycle,
        OpportunityOpened e => e.Cycle,
        OpportunityWon e => e.Cycle,
        LeadRecycled e => e.Cycle,
        LeadDisqualified e => e.Cycle,
        _ => 0,
    };
}
