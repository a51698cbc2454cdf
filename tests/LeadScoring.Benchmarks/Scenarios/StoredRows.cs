using System.Text;
using LeadScoring.Benchmarks.Traffic;
using LeadScoring.Domain.Leads;
using LeadScoring.EventStore;
using LeadScoring.EventStore.Events;
using LeadScoring.Host.Leads;

namespace LeadScoring.Benchmarks.Scenarios;

/// <summary>Events as the service stores them, made before the measurement: what the ceilings C and A write.</summary>
internal sealed class StoredRows
{
    public const string TenantId = "benchmark";
    public const string TraceId = "0af7651916cd43dd8448eb211c80319c";
    public const string Actor = "k_benchmark";
    public const string TraceParent = $"00-{TraceId}-b7ad6b7169203331-01";

    private const int Seed = 1;

    private StoredRows(NewEvent[] events) => Events = events;

    /// <summary>One for each of <see cref="EngagementTraffic.Leads"/> leads; without an id of their own.</summary>
    public IReadOnlyList<NewEvent> Events { get; }

    /// <summary>UTF-8 JSON of the column <c>headers</c>.</summary>
    public static byte[] Headers { get; } = Encoding.UTF8.GetBytes($$"""{"actor":"{{Actor}}","traceparent":"{{TraceParent}}"}""");

    public static StoredRows Make()
    {
        var random = new Random(Seed);
        var types = new EventTypes(LeadEvents.Types);
        var metadata = new EventMetadata(TraceId, null, Actor, TraceParent);
        return new([.. Enumerable.Range(0, EngagementTraffic.Leads).Select(i => types.ToNewEvent(Guid.Empty, Fact(i, random), metadata))]);
    }

    private static EngagementRecorded Fact(int number, Random random)
    {
        var sample = SampledEngagement.Take(random);
        return new EngagementRecorded(
            sample.Source, $"bench-{number:D12}", sample.Type, DateTimeOffset.UtcNow, null, sample.Campaign, sample.Channel, sample.Asset, null, sample.Properties);
    }
}
