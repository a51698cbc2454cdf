using System.Text.Json;

namespace LeadScoring.IntegrationTests.Faults.Handoffs;

/// <summary>What one subscriber holds: every event once, by its id, and what was wrong with the way it came.</summary>
internal sealed class Ledger(string subscriber)
{
    private const int ComplaintsMax = 20;

    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, long> _positions = [];
    private readonly Dictionary<Guid, long> _latestOfSubject = [];
    private readonly List<string> _complaints = [];

    public string Subscriber => subscriber;

    /// <summary>How often an event came that had come before.</summary>
    public int Repeats { get; private set; }

    public int Count
    {
        get
        {
            lock (_lock) return _positions.Count;
        }
    }

    public IReadOnlyList<string> Complaints
    {
        get
        {
            lock (_lock) return [.. _complaints];
        }
    }

    /// <summary>The positions held, in order.</summary>
    public IReadOnlyList<long> Positions
    {
        get
        {
            lock (_lock) return [.. _positions.Values.Order()];
        }
    }

    /// <param name="cloudEvent">Structured JSON, UTF-8.</param>
    public void Take(ReadOnlyMemory<byte> cloudEvent)
    {
        using var json = JsonDocument.Parse(cloudEvent);
        var id = json.RootElement.GetProperty("id").GetGuid();
        var subject = Guid.Parse(json.RootElement.GetProperty("subject").GetString()!);
        var position = long.Parse(json.RootElement.GetProperty("sequence").GetString()!);
        lock (_lock)
        {
            if (!_positions.TryAdd(id, position))
            {
                Repeats++;
                if (_positions[id] != position) Complain($"{id} came at {_positions[id]} and again at {position}");
                return;
            }

            if (_latestOfSubject.TryGetValue(subject, out var latest) && latest > position)
            {
                Complain($"{position} of {subject} came after {latest}");
            }

            _latestOfSubject[subject] = Math.Max(latest, position);
        }
    }

    private void Complain(string what)
    {
        if (_complaints.Count < ComplaintsMax) _complaints.Add($"{subscriber}: {what}");
    }
}
