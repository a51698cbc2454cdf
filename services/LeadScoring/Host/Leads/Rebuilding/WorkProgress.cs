namespace LeadScoring.Host.Leads.Rebuilding;

/// <summary>How far a rebuild or a verification is. Workers add to it, a display reads it.</summary>
public sealed class WorkProgress
{
    private long _leadsTotal;
    private long _leads;
    private long _events;
    private long _eventsTotal;

    /// <summary>Leads there were when the work began; more may be captured meanwhile.</summary>
    public long LeadsTotal => Volatile.Read(ref _leadsTotal);

    public long Leads => Volatile.Read(ref _leads);

    public long Events => Volatile.Read(ref _events);

    /// <summary>About how many events will be read; 0: not known.</summary>
    public long EventsTotal => Volatile.Read(ref _eventsTotal);

    /// <param name="events">A sequence number will do: the log's numbers have few gaps.</param>
    public void ExpectEvents(long events) => Volatile.Write(ref _eventsTotal, events);

    /// <summary>Documents no stream stood behind, removed before the first page.</summary>
    public long DocumentsRemoved { get; set; }

    public void Expect(long leads) => Volatile.Write(ref _leadsTotal, leads);

    public void Add(long leads, long events)
    {
        Interlocked.Add(ref _leads, leads);
        Interlocked.Add(ref _events, events);
    }
}
