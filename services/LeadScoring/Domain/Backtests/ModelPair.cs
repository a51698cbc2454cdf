using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;

namespace LeadScoring.Domain.Backtests;

/// <summary>The two models a backtest compares.</summary>
public sealed class ModelPair
{
    private readonly Dictionary<string, TypeRules> _types = [];

    public ModelPair(ScoringModel draft, ScoringModel live)
    {
        (Draft, Live) = (draft, live);
        foreach (var type in draft.Rules.Concat(live.Rules).Select(r => r.Type).Concat(TracedTypes(draft)).Concat(TracedTypes(live)).Distinct())
        {
            var (ofDraft, ofLive) = (RulesOf(draft, type), RulesOf(live, type));
            var isMore = ofDraft.Concat(ofLive).Any(r => r.When.Count > 0) || TracedTypes(draft).Contains(type) || TracedTypes(live).Contains(type);
            _types.Add(type, new(IndexOf(draft, ofDraft.FirstOrDefault()), IndexOf(live, ofLive.FirstOrDefault()), isMore));
        }
    }

    public ScoringModel Draft { get; }

    public ScoringModel Live { get; }

    /// <summary>The rules every engagement of a type counts under.</summary>
    /// <returns>False: whether or where it counts depends on more of it than its type.</returns>
    public bool TryRulesFor(ReadOnlySpan<char> type, out RulePair rules)
    {
        if (!_types.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(type, out var known))
        {
            rules = RulePair.None;
            return true;
        }

        rules = new(known.Draft, known.Live);
        return !known.IsMoreNeeded;
    }

    public RulePair RulesFor(EngagementRecorded engagement) => TryRulesFor(engagement.Type, out var rules)
        ? rules
        : new(IndexOf(Draft, Draft.RuleFor(engagement)), IndexOf(Live, Live.RuleFor(engagement)));

    /// <summary>Engagements of these types may be a bot's, or make others suspect.</summary>
    private static IEnumerable<string> TracedTypes(ScoringModel model)
    {
        if (model.ClickBurst is not { } burst) return [];
        return burst.DeliveredType is { } delivered ? burst.Types.Append(delivered) : burst.Types;
    }

    private static List<Rule> RulesOf(ScoringModel model, string type) => [.. model.Rules.Where(r => r.Type == type)];

    private static int IndexOf(ScoringModel model, Rule? rule)
    {
        for (var i = 0; i < model.Rules.Count; i++)
        {
            if (ReferenceEquals(model.Rules[i], rule)) return i;
        }

        return -1;
    }

    private readonly record struct TypeRules(int Draft, int Live, bool IsMoreNeeded);
}

/// <summary>The rules an engagement counts under: places in the two models; -1: none speaks of it.</summary>
public readonly record struct RulePair(int Draft, int Live)
{
    public static readonly RulePair None = new(-1, -1);
}
