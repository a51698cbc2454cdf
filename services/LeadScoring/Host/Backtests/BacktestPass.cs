using System.Diagnostics;
using LeadScoring.Domain.Backtests;
using LeadScoring.Domain.Leads;
using LeadScoring.Host.Events;
using LeadScoring.Host.Leads.Rebuilding;
using LeadScoring.Host.Operations;
using Npgsql;

namespace LeadScoring.Host.Backtests;

/// <summary>
/// Tells the lives of a shard of a tenant's leads while the log is read once, in order. The few leads whose score only their
/// whole history can tell are set aside and told again from their streams.
/// </summary>
internal sealed class BacktestPass(string tenantId, ModelPair models, Simulation simulation, EventTypes types, BacktestTotals totals)
{
    private const string EngagementAlias = "engagement_recorded";

    private readonly Dictionary<Guid, LeadTrack> _leads = [];
    private readonly HashSet<Guid> _aside = [];

    /// <param name="told">Given every lead of the shard, in no order. What is set aside is let go of afterwards: it holds its whole history.</param>
    /// <exception cref="UnreadableEventException">A body does not fit its type.</exception>
    public async Task RunAsync(
        NpgsqlConnection connection, LeadShard shard, long end, Action<LeadTrack> told, WorkProgress progress, Pace pace, CancellationToken ct)
    {
        var worked = Stopwatch.GetTimestamp();
        await LogScan.VisitAsync(
            connection,
            new(After: 0, end, shard.Count, shard.Index, tenantId),
            Take,
            async events =>
            {
                progress.Add(leads: 0, events);
                await pace.RestAsync(Stopwatch.GetElapsedTime(worked), ct);
                worked = Stopwatch.GetTimestamp();
            },
            ct);
        foreach (var some in _aside.Order().Chunk(LeadPages.LeadsMax))
        {
            await ReplayAsync(connection, some, end, told, ct);
            await pace.RestAsync(Stopwatch.GetElapsedTime(worked), ct);
            worked = Stopwatch.GetTimestamp();
        }

        foreach (var lead in _leads.Values)
        {
            simulation.Finish(lead);
            told(lead);
        }

        progress.Add(_leads.Count + _aside.Count, events: 0);
    }

    private void Take(RecordedEvent recorded)
    {
        if (_aside.Contains(recorded.Stream.StreamId))
        {
            Count(recorded);
            return;
        }

        var isPlaced = recorded.Type == EngagementAlias
            && EngagementBodies.TryRead(recorded.Body.Span, models, out var rules, out var occurredAt)
                ? simulation.TryTakeEngagement(TrackOf(recorded), rules, occurredAt, recorded.At.UtcTicks)
                : TryTake(recorded);
        if (isPlaced) return;
        _aside.Add(recorded.Stream.StreamId);
        if (_leads.Remove(recorded.Stream.StreamId, out var lead)) Simulation.Forget(lead);
    }

    private bool TryTake(RecordedEvent recorded)
    {
        if (types.Read(recorded) is not LeadEvent fact) return true; // Another stream's, or of a type nobody knows.
        return simulation.TryTake(TrackOf(recorded), fact, recorded.At.UtcTicks);
    }

    private LeadTrack TrackOf(RecordedEvent recorded)
    {
        Count(recorded);
        var id = recorded.Stream.StreamId;
        if (!_leads.TryGetValue(id, out var lead)) _leads.Add(id, lead = simulation.New(id));
        return lead;
    }

    private void Count(RecordedEvent recorded) => totals.Count(recorded.At, recorded.Type == EngagementAlias);

    private async Task ReplayAsync(NpgsqlConnection connection, Guid[] leads, long end, Action<LeadTrack> told, CancellationToken ct)
    {
        var page = leads.Select(id => new StreamKey(tenantId, id)).ToList();
        foreach (var (stream, events) in await LeadPages.ReadAsync(connection, page, ct))
        {
            var lead = simulation.NewWithHistory(stream.StreamId);
            foreach (var recorded in events.Where(e => e.Sequence <= end))
            {
                if (types.Read(recorded) is LeadEvent fact) simulation.TryTake(lead, fact, recorded.At.UtcTicks);
            }

            simulation.Finish(lead);
            told(lead);
            Simulation.Forget(lead);
        }
    }
}

/// <summary>What a run read of leads.</summary>
internal sealed class BacktestTotals
{
    public long Events { get; private set; }

    public long Engagements { get; private set; }

    /// <summary>When the first event was recorded; null: there is none.</summary>
    public DateTimeOffset? FirstAt { get; private set; }

    /// <summary>When the last one was; null exactly when <see cref="FirstAt"/> is.</summary>
    public DateTimeOffset? LastAt { get; private set; }

    public void Count(DateTimeOffset recordedAt, bool isEngagement)
    {
        Events++;
        if (isEngagement) Engagements++;
        if (FirstAt is null || recordedAt < FirstAt) FirstAt = recordedAt;
        if (LastAt is null || recordedAt > LastAt) LastAt = recordedAt;
    }
}
