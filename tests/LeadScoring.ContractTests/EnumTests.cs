using LeadScoring.Contracts;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;
using LeadScoring.Domain.Scoring.Suggestions;

namespace LeadScoring.ContractTests;

/// <summary>Codes stand in the contracts and in the domain, which know nothing of each other. They must say the same.</summary>
public sealed class EnumTests
{
    private static readonly string[] OnTheWireOnly =
    [
        nameof(EngagementOutcome), nameof(LeadSort), nameof(SubscriptionDisabledReason), nameof(SubscriptionKind),
        nameof(SubscriptionState), nameof(DeliveryStatus), nameof(JobState), nameof(ActivationState), nameof(ReleaseState), nameof(RetractionState),
        nameof(CycleOutcome), nameof(RuleKind), nameof(RuleVerdict), nameof(ScorePointKind), nameof(SuggestionTarget),
        nameof(CapacitySource),
    ];

    private static readonly Dictionary<Type, Type> NamedOtherwise = new()
    {
        [typeof(ScoreLineKind)] = typeof(LineKind),
        [typeof(SuggestionReason)] = typeof(PointsReason),
        [typeof(SuggestionRefusal)] = typeof(SuggestionFault),
    };

    public static TheoryData<Type> Shared() => [.. typeof(Problem).Assembly.GetTypes().Where(t => t.IsEnum && !OnTheWireOnly.Contains(t.Name))];

    [Theory]
    [MemberData(nameof(Shared))]
    public void A_code_means_the_same_in_the_contracts_and_in_the_domain(Type contract)
    {
        var domain = NamedOtherwise.GetValueOrDefault(contract)
            ?? typeof(LeadEvent).Assembly.GetTypes().Where(t => t.IsEnum && t.Name == contract.Name).ShouldHaveSingleItem();

        NamesAndValues(contract).ShouldBe(NamesAndValues(domain));
    }

    private static IEnumerable<(string Name, int Value)> NamesAndValues(Type type) =>
        Enum.GetNames(type).Select(name => (name, (int)Enum.Parse(type, name)));
}
