namespace LeadScoring.Domain.Statistics;

/// <summary>What it says for an outcome that somebody is in a group.</summary>
/// <param name="Weights">By group: log of the share of all with the outcome over the share of all without; above 0 speaks for it.</param>
/// <param name="InformationValue">0 says nothing; by custom 0.02 is weak, 0.1 medium, 0.3 strong.</param>
public sealed record WeightOfEvidence(IReadOnlyList<double> Weights, double InformationValue)
{
    /// <summary>Added to every cell when one is empty, so that no weight is infinite.</summary>
    private const double Smoothing = 0.5;

    /// <param name="groups">How many have the outcome (<see cref="Share.Hits"/>) of how many in the group; groups do not overlap.</param>
    /// <returns>Null with no outcome, or nothing but outcomes.</returns>
    public static WeightOfEvidence? Of(IReadOnlyList<Share> groups)
    {
        var held = groups.Sum(g => g.Hits);
        if (held == 0 || held == groups.Sum(g => g.Trials)) return null;
        var smoothing = groups.Any(g => g.Trials > 0 && (g.Hits == 0 || g.Hits == g.Trials)) ? Smoothing : 0;
        var with = groups.Select(g => g.Trials == 0 ? 0 : g.Hits + smoothing).ToArray();
        var without = groups.Select(g => g.Trials == 0 ? 0 : g.Trials - g.Hits + smoothing).ToArray();
        var (allWith, allWithout) = (with.Sum(), without.Sum());
        var weights = new double[groups.Count];
        var information = 0.0;
        for (var i = 0; i < weights.Length; i++)
        {
            if (groups[i].Trials == 0) continue;
            weights[i] = Math.Log(with[i] / allWith / (without[i] / allWithout));
            information += ((with[i] / allWith) - (without[i] / allWithout)) * weights[i];
        }

        return new(weights, information);
    }
}
