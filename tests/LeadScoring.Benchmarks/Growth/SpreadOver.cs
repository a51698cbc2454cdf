using LeadScoring.Benchmarks.Scenarios;

namespace LeadScoring.Benchmarks.Growth;

/// <summary>One load under a name of its own, its clients dealt out to the services in turn.</summary>
/// <param name="ofEach">The same scenario, made once for each service.</param>
internal sealed class SpreadOver(string name, IReadOnlyList<IScenario> ofEach) : IScenario
{
    public string Name => name;

    public string Unit => ofEach[0].Unit;

    public int Clients => ofEach[0].Clients;

    public ValueTask<ILoadClient> ConnectAsync(int number, CancellationToken ct) => ofEach[number % ofEach.Count].ConnectAsync(number, ct);
}
