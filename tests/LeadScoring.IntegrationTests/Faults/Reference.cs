using LeadScoring.Domain.Identities;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;

namespace LeadScoring.IntegrationTests.Faults;

/// <summary>What stage a prospect may be in, whatever order the engagements arrived in.</summary>
internal enum StageBound
{
    /// <summary>All that could ever be earned is below the threshold, and nothing fast-tracks.</summary>
    NeverQualified,

    /// <summary>Whether the threshold was crossed on the way depends on the order.</summary>
    Either,

    /// <summary>The whole is above the threshold, so the last engagement at the latest crossed it.</summary>
    AwaitsReview,

    /// <summary>A FastTrack engagement hands a lead of sufficient grade to sales.</summary>
    HandedOff,
}

/// <param name="Score">As shown, one decimal.</param>
/// <param name="UnroundedScore">The same before rounding.</param>
/// <param name="Conflicts">The rivals: by which identity, and who.</param>
internal sealed record Expected(
    decimal Score,
    double UnroundedScore,
    StageBound Stage,
    int Count,
    DateTimeOffset FirstAt,
    DateTimeOffset LastAt,
    IReadOnlyDictionary<string, int> CountByType,
    IReadOnlyCollection<string> Sources,
    IReadOnlyCollection<string> Campaigns,
    IReadOnlyCollection<string> Products,
    IReadOnlyCollection<Identity> Identities,
    IReadOnlyCollection<(IdentityKind Kind, int Prospect)> Conflicts);

/// <summary>
/// What the service must say of a prospect, worked out from the plain input alone: no state, no order, no repeats.
/// </summary>
internal sealed class Reference(Prospects prospects)
{
    private static readonly ScoringModel Model = ScoringModelDocument.Default;

    private readonly ILookup<int, PlainEngagement> _byProspect = prospects.All.ToLookup(e => e.Prospect);

    /// <summary>Prospects who did anything at all.</summary>
    public IEnumerable<int> Prospects => _byProspect.Select(p => p.Key).Order();

    /// <param name="at">Not before the last engagement.</param>
    public Expected Of(int prospect, DateTimeOffset at)
    {
        var facts = _byProspect[prospect].Select(e => e.Fact).ToList();
        var explanation = Explanation.Of(EngagementHistory.Of(facts), Model, at);
        return new(
            explanation.Score,
            explanation.UnroundedScore,
            BoundOf(facts, explanation.UnroundedScore),
            facts.Count,
            facts.Min(f => f.OccurredAt),
            facts.Max(f => f.OccurredAt),
            facts.CountBy(f => f.Type).ToDictionary(),
            [.. facts.Select(f => f.Source).Distinct()],
            [.. facts.Select(f => f.Campaign).OfType<string>().Distinct()],
            [.. facts.Select(f => f.Product).OfType<string>().Distinct()],
            prospects.People[prospect].Identities,
            [.. Rivals(prospect).Distinct()]);
    }

    /// <summary>The weaker name in every conflict of this input is the cookie.</summary>
    private IEnumerable<(IdentityKind Kind, int Prospect)> Rivals(int prospect)
    {
        foreach (var engagement in prospects.All)
        {
            if (engagement.Rival is not { } rival) continue;
            if (engagement.Prospect == prospect) yield return (IdentityKind.AnonymousId, rival);
            if (rival == prospect) yield return (IdentityKind.AnonymousId, engagement.Prospect);
        }
    }

    private static StageBound BoundOf(List<Domain.Leads.EngagementRecorded> facts, double score)
    {
        var rules = facts.Select(Model.RuleFor).OfType<Rule>().ToList();
        if (rules.Any(r => r.FastTrack)) return StageBound.HandedOff;
        // A point more: caps keep some points up while the penalties beside them fade, so a score may creep up for a while.
        if (score >= Model.Threshold + 1) return StageBound.AwaitsReview;
        return rules.Sum(r => Math.Max(r.Points, 0)) < Model.Threshold ? StageBound.NeverQualified : StageBound.Either;
    }
}
