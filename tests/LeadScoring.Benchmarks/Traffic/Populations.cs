namespace LeadScoring.Benchmarks.Traffic;

/// <summary>Who is posted about. The populations share no lead, and no two of them post the same id.</summary>
/// <param name="Usual">Ten thousand leads, whose states a service has at hand.</param>
/// <param name="One">A single lead, the hot one.</param>
/// <param name="Told">A single lead whose score is explained; a batch of a thousand.</param>
internal sealed record Populations(EngagementTraffic Usual, EngagementTraffic One, EngagementTraffic Told)
{
    private const int HotLead = 1_000_000;
    private const int ToldLead = 2_000_000;
    private const int UsualTemplates = 3;
    private const int LoneTemplates = 1_000;

    /// <param name="seed">The same seed makes the same templates.</param>
    public static Populations Make(int seed)
    {
        var numbers = new EngagementNumbers();
        return new(
            new(seed, numbers, firstLead: 0, EngagementTraffic.Leads, UsualTemplates),
            new(seed, numbers, HotLead, leads: 1, LoneTemplates),
            new(seed, numbers, ToldLead, leads: 1, LoneTemplates));
    }
}
