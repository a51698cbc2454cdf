namespace LeadScoring.IntegrationTests.Faults.Changing;

/// <summary>How long a run is and what its chances are drawn from.</summary>
/// <param name="Seconds">From <c>LEADSCORING_RANDOM_RUN_SECONDS</c>: in which things happen.</param>
/// <param name="Seed">From <c>LEADSCORING_RANDOM_RUN_SEED</c>; otherwise another one each run.</param>
internal sealed record RunSettings(int Seconds, int Seed)
{
    private const int SecondsByDefault = 24;
    private const int LeadsPerSecond = 7;

    public int Leads => Seconds * LeadsPerSecond;

    public TimeSpan Duration => TimeSpan.FromSeconds(Seconds);

    public static RunSettings Read() => new(
        FromEnvironment.Number("LEADSCORING_RANDOM_RUN_SECONDS") ?? SecondsByDefault,
        FromEnvironment.Number("LEADSCORING_RANDOM_RUN_SEED") ?? Random.Shared.Next(1_000_000));

    /// <summary>Chances of one of those who act: what the others do does not change them.</summary>
    public Random Of(string actor) => new(actor.Aggregate(Seed, (hash, letter) => unchecked((hash * 31) + letter)));
}
