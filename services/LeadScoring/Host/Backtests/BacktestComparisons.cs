using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;
using LeadScoring.Host.Jobs;
using LeadScoring.Host.Scoring.Models;
using Microsoft.AspNetCore.Mvc;

namespace LeadScoring.Host.Backtests;

/// <summary><c>GET /v1/scoring-models/{version}/backtests/{backtestId}/compare?with=</c>: two reports side by side.</summary>
public static class GetBacktestComparison
{
    public static void MapGetBacktestComparison(this IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/scoring-models/{version:int}/backtests/{backtestId:guid}/compare", HandleAsync)
        .RequireScope(ModelRules.Readers)
        .WithName("GetBacktestComparison")
        .WithTags(BacktestRules.OpenApiTag)
        .WithSummary("Compare two backtests")
        .WithDescription(
            "The headline figures of the versions tried, side by side with their differences. The other backtest may be of another version. "
            + "notes say what makes the figures hard to compare.")
        .Produces<BacktestComparison>()
        .ProducesRefusal(400)
        .ProducesRefusal(404)
        .ProducesRefusal(409);

    private static async Task<IResult> HandleAsync(
        HttpContext http, int version, Guid backtestId, [FromQuery(Name = "with")] string? with, JobStore jobs, CancellationToken ct)
    {
        var (tenantId, validation) = (http.Caller().TenantId, new Validation());
        validation.KnownOnly(http.Request.Query, "with");
        validation.Require(Guid.TryParseExact(with, "D", out var otherId), "with", "The id of another backtest is expected.");
        if (validation.ToRefusal() is { } invalid) return invalid.ToResult();

        var first = await jobs.FindAsync(tenantId, BacktestJob.Kind, backtestId, version, ct);
        var second = await jobs.FindAsync(tenantId, BacktestJob.Kind, otherId, modelVersion: null, ct);
        if (first is null || second is null) return BacktestRules.NotFound.ToResult();
        var reports = (First: await ReadAsync(jobs, first, ct), Second: await ReadAsync(jobs, second, ct));
        return reports is { First: { } a, Second: { } b }
            ? TypedResults.Json(BacktestComparisons.Compare(backtestId, a, otherId, b), WireJson.Default.BacktestComparison)
            : BacktestRules.Unfinished.ToResult();
    }

    private static async Task<BacktestReport?> ReadAsync(JobStore jobs, Job job, CancellationToken ct) =>
        await jobs.ResultAsync(job.TenantId, job.Id, ct) is { } report ? JsonSerializer.Deserialize(report, BacktestJson.Default.BacktestReport) : null;
}

/// <summary>Puts the headline figures of two reports side by side.</summary>
internal static class BacktestComparisons
{
    private static readonly (string Measure, Func<BacktestReport, double?> Of)[] Measures =
    [
        ("threshold", r => r.Draft.Threshold),
        ("qualifications", r => r.Draft.Qualifications),
        ("qualified_leads", r => r.Draft.Leads),
        ("qualified_per_week_mean", r => r.Workload.Draft.Mean),
        ("qualified_per_week_p90", r => r.Workload.Draft.P90),
        ("qualified_per_week_max", r => r.Workload.Draft.Max),
        ("weeks_over_capacity", r => r.Workload.Draft.WeeksOverCapacity),
        ("newly_qualified_cycles", r => r.Groups.DraftOnly.Cycles),
        ("no_longer_qualified_cycles", r => r.Groups.LiveOnly.Cycles),
        .. Of("accepted", q => q.Accepted),
        .. Of("opportunity", q => q.Opportunity),
        .. Of("won", q => q.Won),
        ("days_median", r => r.Timing.MedianDays),
        ("informative_rules", r => r.Rules.Count(rule => rule.Verdict == RuleVerdict.Informative)),
        ("noise_rules", r => r.Rules.Count(rule => rule.Verdict == RuleVerdict.Noise)),
        ("best_threshold_for_capacity", r => r.Thresholds.BestForCapacity?.Threshold),
        ("best_threshold_for_precision", r => r.Thresholds.BestForPrecision?.Threshold),
        ("would_cross_on_activation", r => r.Activation.WouldCross),
    ];

    public static BacktestComparison Compare(Guid firstId, BacktestReport first, Guid secondId, BacktestReport second) => new(
        Head(firstId, first),
        Head(secondId, second),
        [.. Measures.Select(m => Compare(m.Measure, m.Of(first), m.Of(second)))],
        [.. Notes(first, second)]);

    private static (string, Func<BacktestReport, double?>)[] Of(string outcome, Func<BacktestQuality, OutcomeMeasures> measures) =>
    [
        ($"{outcome}_precision", r => measures(r.DraftQuality).Precision),
        ($"{outcome}_recall", r => measures(r.DraftQuality).Recall),
        ($"{outcome}_lift", r => measures(r.DraftQuality).Lift),
        ($"{outcome}_roc_auc", r => measures(r.DraftQuality).RocAuc),
    ];

    private static ComparedBacktest Head(Guid id, BacktestReport report) =>
        new(id, report.Draft.Version, report.Draft.ModelId, report.Live.Version, report.Period, report.UpTo);

    /// <summary>Reports give six decimals; so does their difference.</summary>
    private static ComparedMeasure Compare(string measure, double? first, double? second) =>
        new(measure, first, second, second - first is { } difference ? Math.Round(difference, 6) : null);

    private static IEnumerable<string> Notes(BacktestReport first, BacktestReport second)
    {
        if (first.Period != second.Period) yield return "The periods differ.";
        if (first.UpTo != second.UpTo) yield return "They read the log up to different positions: later outcomes are in one of them only.";
        if (first.Live.ModelId != second.Live.ModelId) yield return "They were compared with different versions: what is newly or no longer qualified differs for that alone.";
        if (first.Draft.ModelId == second.Draft.ModelId) yield return "Both tried the same document.";
        if (first.Workload.CapacityPerWeek != second.Workload.CapacityPerWeek) yield return "Different capacities were stated.";
    }
}
