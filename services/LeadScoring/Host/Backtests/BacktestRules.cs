using LeadScoring.Contracts;
using LeadScoring.Host.Http;

namespace LeadScoring.Host.Backtests;

/// <summary>What a backtest may be asked, and how it is refused.</summary>
internal static class BacktestRules
{
    public const string OpenApiTag = "Backtests";

    public static Refusal NotFound { get; } = new(404, "backtest_not_found", "There is no such backtest of this version in this tenant.");

    public static Refusal Unfinished { get; } =
        new(409, "backtest_without_report", "One of the two backtests has no report: it has not finished, failed or was cancelled.");

    public static Refusal Needed { get; } = new(
        409, "backtest_needed", "No backtest of this version's present document has succeeded: run one with POST .../backtests.");

    public static void Check(BacktestRequest request, long end, Validation validation)
    {
        validation.Require(request.From is not { } from || request.To is not { } to || from < to, "$.to", "A time after from is expected.");
        validation.PerWeek("$.capacityPerWeek", request.CapacityPerWeek);
        validation.Require(request.TargetPrecision is null or (> 0 and < 1), "$.targetPrecision", "A number above 0 and below 1 is expected.");
        validation.UpTo(request.UpTo, end);
    }

    /// <summary>Where the log ends is not said: it holds all tenants' events, and how many these are is no tenant's business.</summary>
    /// <param name="upTo">The last log position to be read; null: the end.</param>
    public static void UpTo(this Validation validation, long? upTo, long end)
    {
        validation.Require(upTo is null or >= 1, "$.upTo", "A log position is expected: 1 or more.");
        validation.Require(upTo is null || upTo <= end, "$.upTo", "The log does not reach so far.");
    }
}
