namespace LeadScoring.Benchmarks.Scenarios;

/// <summary>Events acknowledged to a client, all repetitions and warm-ups together: exactly these must be in the log at the end.</summary>
internal sealed class Ledger
{
    private long acknowledged;

    public long Acknowledged => Interlocked.Read(ref acknowledged);

    public void Add(int events) => Interlocked.Add(ref acknowledged, events);

    /// <exception cref="BenchmarkFailure">The log holds another number.</exception>
    public void Check(string of, long stored)
    {
        if (stored != Acknowledged)
        {
            throw new BenchmarkFailure($"{of}: {Acknowledged} events were acknowledged and {stored} are stored; the figures are worth nothing.");
        }
    }
}
