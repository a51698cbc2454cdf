using System.Threading.Channels;
using LeadScoring.Contracts;
using SampleCrm.Api;

namespace SampleCrm.Demo;

/// <summary>Asks why each lead that sales was handed qualified, for the screen.</summary>
public sealed class QualifiedWatch(LeadScoringApi api, Scoreboard board)
{
    private const int ReasonsMax = 3;

    /// <summary>Only the newest are shown, so of a flood the oldest may go.</summary>
    private readonly Channel<LeadSummary> handoffs = Channel.CreateBounded<LeadSummary>(
        new BoundedChannelOptions(Scoreboard.QualifiedMax) { FullMode = BoundedChannelFullMode.DropOldest });

    public void HandoffTaken(LeadSummary lead) => handoffs.Writer.TryWrite(lead);

    /// <summary>Works until stopped.</summary>
    public async Task WorkAsync(CancellationToken stop)
    {
        await foreach (var handoff in handoffs.Reader.ReadAllAsync(stop))
        {
            var lead = await api.LeadAsync(handoff.LeadId, stop);
            var why = await api.ScoreAsync(handoff.LeadId, stop);
            if (lead.Value is { Handoff: { } made } view && why.Value is { } explanation)
            {
                board.Qualified(Of(handoff, view, made, explanation));
            }
        }
    }

    private static QualifiedLead Of(LeadSummary handoff, LeadView lead, LeadHandoff made, ScoreExplanation why) => new(
        handoff.LeadId,
        made.At,
        handoff.Name is null ? handoff.Email ?? "visitor" : $"{handoff.Name}, {handoff.Company}",
        why.Grade,
        lead.Rating,
        why.Score,
        made.Reason,
        why.Rules.OrderByDescending(rule => Math.Abs(rule.Points)).Take(ReasonsMax).ToList(),
        Sales: null);
}
