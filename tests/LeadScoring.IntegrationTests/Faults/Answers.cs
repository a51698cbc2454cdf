using System.Collections.Concurrent;
using LeadScoring.Contracts;

namespace LeadScoring.IntegrationTests.Faults;

/// <summary>What the service said of one engagement, all posts together.</summary>
/// <param name="Recorded">Answers that said: recorded now.</param>
/// <param name="Duplicates">Answers that said: recorded before.</param>
/// <param name="Warnings">Codes, each once.</param>
internal sealed record Acknowledgement(
    Guid EngagementId, Guid LeadId, int Recorded, int Duplicates, IReadOnlyCollection<string> Warnings);

/// <summary>Everything the producers were told, by all of them at once.</summary>
internal sealed class Answers
{
    private const int ComplaintsMax = 20;

    private readonly Lock _lock = new();
    private readonly Dictionary<PlainEngagement, Acknowledgement> _acknowledged = new(ReferenceEqualityComparer.Instance);
    private readonly ConcurrentQueue<string> _complaints = new();

    public IReadOnlyDictionary<PlainEngagement, Acknowledgement> Acknowledged => _acknowledged;

    /// <summary>Posts acknowledged, repeats included.</summary>
    public Tally Posts { get; } = new();

    /// <summary>Requests that were told to come again (503).</summary>
    public Tally Refused { get; } = new();

    /// <summary>Requests whose connection failed.</summary>
    public Tally Unanswered { get; } = new();

    /// <summary>Answers a producer should never get; the first few.</summary>
    public IReadOnlyCollection<string> Complaints => _complaints;

    public void Acknowledge(
        PlainEngagement engagement, bool recorded, Guid engagementId, Guid leadId, IEnumerable<Warning>? warnings)
    {
        lock (_lock)
        {
            var before = _acknowledged.GetValueOrDefault(engagement) ?? new(engagementId, leadId, 0, 0, []);
            if (before.EngagementId != engagementId || before.LeadId != leadId)
            {
                Complain($"{Name(engagement)} was {before.EngagementId} of {before.LeadId}, then {engagementId} of {leadId}");
            }

            _acknowledged[engagement] = before with
            {
                Recorded = before.Recorded + (recorded ? 1 : 0),
                Duplicates = before.Duplicates + (recorded ? 0 : 1),
                Warnings = [.. before.Warnings.Union(warnings?.Select(w => w.Code) ?? [])],
            };
        }

        Posts.Increment();
    }

    public void Complain(string complaint)
    {
        if (_complaints.Count < ComplaintsMax) _complaints.Enqueue(complaint);
    }

    public static string Name(PlainEngagement engagement) => $"{engagement.Fact.Source}/{engagement.Fact.Id}";
}
