using LeadScoring.Domain.Statistics;

namespace LeadScoring.Domain.Scoring.Suggestions;

/// <summary>How much a rule must tell to be kept.</summary>
/// <param name="Keep">The places to keep of a fit of all rules.</param>
internal sealed record Strictness(Func<LogisticFit, IReadOnlyList<int>> Keep)
{
    /// <summary>
    /// Strictest first: of the rules kept at most one in a hundred by chance; each rule for itself beyond chance; each worth what Akaike's
    /// criterion asks for it; all.
    /// </summary>
    public static IReadOnlyList<Strictness> All { get; } =
    [
        new(fit => BackwardElimination.Run(fit, falseDiscoveryRate: 0.01)),
        new(fit => BackwardElimination.RunEach(fit, pValueMax: 0.05)),
        new(fit => BackwardElimination.RunEach(fit, pValueMax: 0.157)), // Chi-square above 2.
        new(fit => [.. Enumerable.Range(0, fit.Coefficients.Count).Where(fit.IsInformed)]),
    ];
}
