using LeadScoring.Benchmarks.Stack;
using LeadScoring.Benchmarks.Traffic;
using LeadScoring.Domain.Leads;
using LeadScoring.EventStore;
using LeadScoring.EventStore.Events;
using LeadScoring.Host.Engagements;
using LeadScoring.Host.Leads;

namespace LeadScoring.Benchmarks.Seeding;

/// <summary>One row of the log; the body is valid until the next one is taken.</summary>
internal readonly record struct SeededEvent(
    long Sequence, Guid Id, Guid StreamId, long Version, ReadOnlyMemory<byte> Body, string Type, string DotNetType, DateTime At);

/// <summary>One row of the streams.</summary>
internal readonly record struct SeededStream(Guid Id, long Version, DateTime Created, DateTime At);

/// <summary>
/// The log in the order of its sequence: leads are captured all along, and their engagements interleave, most of them of leads
/// captured not long ago, the rest of any.
/// </summary>
internal sealed class SeededEvents
{
    private const int Templates = 20_000;
    private const double RecentShare = 0.7;

    /// <summary>Of the leads there are at that time.</summary>
    private const double RecentLeadsShare = 0.2;

    /// <summary>By then all leads are captured.</summary>
    private const double CapturedByShare = 0.98;

    private readonly LogSeed seed;
    private readonly EventTypes types = new(LeadEvents.Types);
    private readonly EngagementBody[] bodies;
    private readonly SeededStream[] streams;
    private readonly Random random = new(LogSeed.RandomSeed);
    private int captured;
    private long sequence;

    public SeededEvents(LogSeed seed)
    {
        this.seed = seed;
        bodies = [.. Enumerable.Range(0, Templates).Select(_ => new EngagementBody(SampledEngagement.Take(random), types))];
        streams = new SeededStream[seed.Leads];
    }

    /// <summary>As the events taken so far left them; the number of a stream is its lead's.</summary>
    public IReadOnlyList<SeededStream> Streams => streams;

    public long Engagements { get; private set; }

    public IEnumerable<SeededEvent> Take()
    {
        while (sequence < seed.Events)
        {
            var at = AtMillisecond(seed.Until - (LogSeed.Span * (1 - ((double)sequence / seed.Events))));
            if (MustCapture())
            {
                foreach (var fact in Capture(captured++, at)) yield return fact;
            }
            else
            {
                yield return Engage(PickLead(), at);
            }
        }
    }

    private static DateTime AtMillisecond(DateTime at) => new(at.Ticks - (at.Ticks % TimeSpan.TicksPerMillisecond), DateTimeKind.Utc);

    /// <summary>Spread evenly over the log; at its end whoever is left.</summary>
    private bool MustCapture() =>
        captured < seed.Leads && (captured == 0 || sequence >= captured * (seed.Events * CapturedByShare / seed.Leads));

    private int PickLead()
    {
        var recent = random.NextDouble() < RecentShare ? (int)Math.Ceiling(captured * RecentLeadsShare) : captured;
        return captured - 1 - random.Next(recent);
    }

    private IEnumerable<SeededEvent> Capture(int lead, DateTime at)
    {
        var instant = new DateTimeOffset(at, TimeSpan.Zero);
        streams[lead] = new(Guid.CreateVersion7(instant), 0, at, at);
        var first = bodies[random.Next(bodies.Length)];
        yield return Fact(lead, new LeadCaptured(first.Source, instant), instant);
        foreach (var identity in LeadIdentities.Of(lead)) yield return Fact(lead, new IdentityLinked(identity.Kind, identity.Value, instant), instant);
        yield return Engage(lead, at, first);
    }

    private SeededEvent Fact(int lead, LeadEvent fact, DateTimeOffset at)
    {
        var stored = types.ToNewEvent(Guid.CreateVersion7(at), fact, EventMetadata.None);
        return Next(lead, stored.Id, stored.Body, stored.Type, stored.DotNetType, at.UtcDateTime);
    }

    private SeededEvent Engage(int lead, DateTime at) => Engage(lead, at, bodies[random.Next(bodies.Length)]);

    private SeededEvent Engage(int lead, DateTime at, EngagementBody body)
    {
        var number = ++Engagements;
        var id = EngagementId.Of(ServiceProcess.TenantId, body.Source, EngagementBody.IdOf(number));
        return Next(lead, id, body.Write(number, at), body.Type, body.DotNetType, at);
    }

    private SeededEvent Next(int lead, Guid id, ReadOnlyMemory<byte> body, string type, string dotNetType, DateTime at)
    {
        streams[lead] = streams[lead] with { Version = streams[lead].Version + 1, At = at };
        return new(++sequence, id, streams[lead].Id, streams[lead].Version, body, type, dotNetType, at);
    }
}
