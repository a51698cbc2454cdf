using LeadScoring.Contracts;
using SampleCrm.Handoffs;

namespace SampleCrm.Demo;

/// <param name="AtLeast">There are more than were counted.</param>
public sealed record StageCount(Stage Stage, int Leads, bool AtLeast);

/// <summary>A lead as it was handed to sales, and why.</summary>
/// <param name="Reasons">The three rules with the most points.</param>
/// <param name="Sales">What sales said last; null while they say nothing.</param>
public sealed record QualifiedLead(
    Guid LeadId,
    DateTimeOffset At,
    string Who,
    Grade Grade,
    string Rating,
    decimal Score,
    QualificationReason How,
    IReadOnlyList<EventContribution> Reasons,
    string? Sales);

/// <summary>How the posts fared, counted in engagements.</summary>
/// <param name="Posted">Answered by the service, one way or another.</param>
/// <param name="Late">Recorded, and had occurred hours or days before.</param>
/// <param name="Rejected">Refused by the service for what they say.</param>
public sealed record PostCounts(long Posted, long Recorded, long Duplicates, long Late, long Rejected);

/// <summary>What there is to see at one moment.</summary>
/// <param name="Stages">Empty until first counted.</param>
/// <param name="Qualified">Newest first.</param>
/// <param name="Handoffs">How sales gets its events; null: it does not yet.</param>
public sealed record ScoreboardView(
    string Phase,
    PostCounts Posts,
    IReadOnlyList<StageCount> Stages,
    IReadOnlyList<QualifiedLead> Qualified,
    string? Refusal,
    ReceptionView? Handoffs = null);

/// <summary>Where everybody who plays notes what happened, and the screen reads it.</summary>
public sealed class Scoreboard
{
    public const int QualifiedMax = 8;
    private const int ReasonsMax = 3;

    private readonly Lock gate = new();
    private readonly List<QualifiedLead> qualified = [];
    private PostCounts posts = new(0, 0, 0, 0, 0);
    private string phase = "starting";
    private IReadOnlyList<StageCount> stages = [];
    private string? refusal;
    private bool away;

    public void Say(string now)
    {
        lock (gate) phase = now;
    }

    public void Count(Posting posting, EngagementOutcome outcome)
    {
        lock (gate)
        {
            posts = new(
                posts.Posted + 1,
                posts.Recorded + (outcome == EngagementOutcome.Recorded ? 1 : 0),
                posts.Duplicates + (outcome == EngagementOutcome.Duplicate ? 1 : 0),
                posts.Late + (outcome == EngagementOutcome.Recorded && posting.Late ? 1 : 0),
                posts.Rejected + (outcome == EngagementOutcome.Rejected ? 1 : 0));
        }
    }

    /// <summary>Keeps the last refusal to show: a healthy demo has none.</summary>
    public void Refused(Problem problem)
    {
        lock (gate) refusal = $"{problem.Code}: {problem.Detail}";
    }

    /// <param name="now">Whether the last post went unanswered.</param>
    public void ServiceAway(bool now)
    {
        lock (gate) away = now;
    }

    public void Counted(IReadOnlyList<StageCount> counts)
    {
        lock (gate) stages = counts;
    }

    /// <summary>How sales gets its events, asked whenever somebody looks.</summary>
    public Func<ReceptionView>? Handoffs { get; set; }

    /// <summary>Sales was handed a lead; a handoff without its story is not shown.</summary>
    public void Qualified(DeskLead handed)
    {
        if (handed.Handoff is not { } story) return;
        var judged = story.Judgement;
        var lead = new QualifiedLead(
            handed.LeadId,
            story.At,
            handed.Lead.Company is null ? handed.Who : $"{handed.Who}, {handed.Lead.Company}",
            judged.Grade,
            judged.Rating,
            judged.Score,
            story.Reason,
            [.. judged.Contributions.Take(ReasonsMax)],
            Sales: null);
        lock (gate)
        {
            qualified.Insert(0, lead);
            qualified.Sort((a, b) => b.At.CompareTo(a.At));
            if (qualified.Count > QualifiedMax) qualified.RemoveAt(QualifiedMax);
        }
    }

    public void SalesSaid(Guid leadId, string says)
    {
        lock (gate)
        {
            var at = qualified.FindIndex(lead => lead.LeadId == leadId);
            if (at >= 0) qualified[at] = qualified[at] with { Sales = says };
        }
    }

    public ScoreboardView View()
    {
        lock (gate)
        {
            var now = away ? "the service does not answer; asking again" : phase;
            return new(now, posts, stages, [.. qualified], refusal, Handoffs?.Invoke());
        }
    }
}
