using LeadScoring.Benchmarks.Reporting;
using LeadScoring.Benchmarks.Scenarios;

namespace LeadScoring.Benchmarks.Comparison;

/// <summary>One figure of one build in one round. Processor times are microseconds per unit; 0 where they say nothing.</summary>
internal sealed record FigureRound(
    string Figure, string Build, int Round, double Value, double P50Ms = 0, double P99Ms = 0, double ServiceCpu = 0, double DatabaseCpu = 0, double OthersShare = 0);

/// <summary>Measures figures round by round, the builds in turns within each, and who begins changes with the round.</summary>
internal sealed class Rounds(CompareOptions options, IReadOnlyList<Contender> contenders, List<FigureRound> measured, CancellationToken ct)
{
    public CompareOptions Options => options;

    public IReadOnlyList<Contender> Contenders => contenders;

    public CancellationToken Stop => ct;

    private TimeSpan Window => TimeSpan.FromSeconds(options.Seconds);

    /// <summary>Loads whose rate is the figure; those nobody asked for are left out.</summary>
    /// <exception cref="BenchmarkFailure">Something was answered wrongly.</exception>
    public Task MeasureRatesAsync(IReadOnlyList<(string Figure, Func<Contender, Task<IScenario>> Make)> loads) => MeasureAsync(loads, m => m.PerSecond);

    /// <summary>Loads whose 99th percentile is the figure.</summary>
    /// <inheritdoc cref="MeasureRatesAsync"/>
    public Task MeasureP99Async(IReadOnlyList<(string Figure, Func<Contender, Task<IScenario>> Make)> loads) => MeasureAsync(loads, m => m.P99Ms);

    /// <summary>Something that is no load.</summary>
    /// <param name="measure">In this round, which is 1-based.</param>
    public async Task MeasureAsync(string figure, Func<Contender, int, Task> measure, int roundsMax = int.MaxValue)
    {
        if (!options.Wants(figure)) return;
        for (var round = 1; round <= Math.Min(options.Repetitions, roundsMax); round++)
        {
            foreach (var contender in InTurn(round)) await measure(contender, round);
        }
    }

    public async Task<Measurement> MeasureLoadAsync(string figure, Contender contender, Func<Contender, Task<IScenario>> make, int round) =>
        await contender.MeasureAsync(figure, make, round, Window, ct);

    public void Note(FigureRound found)
    {
        measured.Add(found);
        Console.WriteLine($"  round {found.Round} {found.Figure,-28} {found.Build,-10} {found.Value,12:#,##0.##} {Figure.All.Single(f => f.Name == found.Figure).Unit}");
    }

    /// <returns>Of a build's rounds so far.</returns>
    public double MedianOf(string figure, Contender contender) => Median.Of(measured.Where(m => m.Figure == figure && m.Build == contender.Name).Select(m => m.Value));

    /// <summary>A further figure of every round that has both.</summary>
    public void NoteShares(string figure, string of, string to)
    {
        foreach (var share in measured.Where(m => m.Figure == of).ToArray())
        {
            if (measured.Find(m => m.Figure == to && m.Build == share.Build && m.Round == share.Round) is not { } whole) continue;
            Note(new(figure, share.Build, share.Round, share.Value / whole.Value));
        }
    }

    private async Task MeasureAsync(IReadOnlyList<(string Figure, Func<Contender, Task<IScenario>> Make)> loads, Func<Measurement, double> value)
    {
        for (var round = 1; round <= options.Repetitions; round++)
        {
            foreach (var (figure, make) in loads.Where(l => options.Wants(l.Figure)))
            {
                foreach (var contender in InTurn(round))
                {
                    var m = await MeasureLoadAsync(figure, contender, make, round);
                    Note(new(figure, contender.Name, round, value(m), m.P50Ms, m.P99Ms, m.ServiceCpu, m.DatabaseCpu, m.OthersShare));
                }
            }
        }
    }

    private IEnumerable<Contender> InTurn(int round) => round % 2 == 1 ? contenders : contenders.Reverse();
}
