using LeadScoring.Benchmarks.Load;
using LeadScoring.Benchmarks.Stack;

namespace LeadScoring.Benchmarks;

/// <summary>One scenario in one repetition. Processor times are microseconds per unit.</summary>
/// <param name="OthersShare">0 to 1: how much of the machine's processors went to what is no part of the benchmark.</param>
internal sealed record Measurement(
    string Scenario,
    string Unit,
    int Clients,
    int Repetition,
    double PerSecond,
    double P50Ms,
    double P99Ms,
    double P999Ms,
    double ServiceCpu,
    double DatabaseCpu,
    double GeneratorCpu,
    double WalBytes,
    double OthersShare,
    double ServiceMegabytes)
{
    public static Measurement Of(
        Scenarios.IScenario scenario, int repetition, LoadResult result, Consumption used, double serviceMegabytes)
    {
        var ours = used.ServiceSeconds + used.DatabaseSeconds + used.GeneratorSeconds;
        var units = Math.Max(result.Units, 1);
        return new Measurement(
            scenario.Name,
            scenario.Unit,
            scenario.Clients,
            repetition,
            result.Units / result.Seconds,
            result.Latency.Milliseconds(0.5),
            result.Latency.Milliseconds(0.99),
            result.Latency.Milliseconds(0.999),
            used.ServiceSeconds * 1e6 / units,
            used.DatabaseSeconds * 1e6 / units,
            used.GeneratorSeconds * 1e6 / units,
            (double)used.WalBytes / units,
            Math.Max(0, used.MachineSeconds - ours) / (result.Seconds * Environment.ProcessorCount),
            serviceMegabytes);
    }
}
