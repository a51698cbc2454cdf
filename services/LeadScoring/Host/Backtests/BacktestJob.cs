using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using LeadScoring.Contracts;
using LeadScoring.Domain.Backtests;
using LeadScoring.Domain.Scoring;
using LeadScoring.Domain.Scoring.Versions;
using LeadScoring.Host.Events;
using LeadScoring.Host.Http;
using LeadScoring.Host.Jobs;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.Host.Settings;

namespace LeadScoring.Host.Backtests;

/// <summary>What a backtest works on: kept as it was when it was asked for, since a draft may be edited meanwhile.</summary>
/// <param name="Draft">The document tried, JSON.</param>
/// <param name="Live">The document compared with, JSON.</param>
/// <param name="IsCapacityStated">The capacity in the request is the one the tenant had stated: whoever asked named none.</param>
public sealed record BacktestParameters(BacktestRequest Request, string Draft, string Live, bool IsCapacityStated = false);

/// <summary>A backtest as a job.</summary>
public sealed class BacktestJob(BacktestRun backtest)
{
    public const string Kind = "backtest";

    public async Task<string> RunAsync(JobRun run, CancellationToken ct)
    {
        var parameters = JsonSerializer.Deserialize(run.Parameters, BacktestJson.Default.BacktestParameters)!;
        try
        {
            var report = await backtest.RunAsync(
                run.TenantId, Read(parameters.Draft), Read(parameters.Live), parameters.Request, run.Progress, run.Pace, ct);
            if (parameters.IsCapacityStated) report = report with { Workload = report.Workload with { CapacityFrom = CapacitySource.SalesCapacity } };
            return JsonSerializer.Serialize(report, WireJson.Default.BacktestReport);
        }
        catch (Exception e) when (e is TooManyCycles or UnreadableEventException)
        {
            throw new JobFailed(e.Message);
        }
    }

    private static ScoringModel Read(string document) => ScoringModelDocument.Read(Encoding.UTF8.GetBytes(document));
}

/// <summary>Makes a job of a wish for a backtest: settles what was left open, so that the job gives the same report whenever it runs.</summary>
public sealed class BacktestOrders(ModelStreams models, TenantSettings settings, LogScan log, TimeProvider clock)
{
    /// <param name="requestedBy">The API key's id, or who else.</param>
    /// <returns>The job to be made, or why there can be none.</returns>
    public async Task<(NewJob? Job, Refusal? Refusal)> PrepareAsync(
        string tenantId, int version, BacktestRequest request, string requestedBy, string? creationKey, CancellationToken ct)
    {
        var catalog = await models.ReadAsync(tenantId, knownAt: null, ct);
        if (catalog.Find(version) is not { } draft) return (null, ModelRules.NotFound);

        var end = await log.FindEndAsync(ct);
        var validation = new Validation();
        BacktestRules.Check(request, end, validation);
        var against = request.Against ?? catalog.Timeline().At(clock.GetUtcNow()).Version;
        var live = catalog.Find(against);
        validation.Require(live is not null, "$.against", "There is no such version.");
        if (validation.ToRefusal() is { } invalid) return (null, invalid);

        var stated = request.CapacityPerWeek is null ? await SalesCapacityRules.FindAsync(settings, tenantId, ct) : null;
        var settled = request with { Against = against, UpTo = request.UpTo ?? end, CapacityPerWeek = request.CapacityPerWeek ?? stated };
        var parameters = new BacktestParameters(settled, draft.Document, live!.Document, IsCapacityStated: stated is not null);
        return (JobOf(tenantId, draft, parameters, requestedBy, creationKey, HashOf(version, request)), null);
    }

    private static NewJob JobOf(
        string tenantId, ModelVersion draft, BacktestParameters parameters, string requestedBy, string? creationKey, byte[] hash) => new(
        tenantId,
        BacktestJob.Kind,
        draft.Version,
        draft.Model.Id,
        parameters.Request.Against,
        parameters.Request.UpTo!.Value,
        JsonSerializer.Serialize(parameters.Request, WireJson.Default.BacktestRequest),
        JsonSerializer.Serialize(parameters, BacktestJson.Default.BacktestParameters),
        requestedBy,
        creationKey,
        hash);

    /// <summary>Of what was asked for, not of what it was settled to: that changes with each repeat.</summary>
    private static byte[] HashOf(int version, BacktestRequest request) => SHA256.HashData(
        Encoding.UTF8.GetBytes($"{BacktestJob.Kind} {version} {JsonSerializer.Serialize(request, WireJson.Default.BacktestRequest)}"));
}

/// <summary>
/// Parameters and results as they are stored: as on the wire, but what an earlier or later version of this program stored is read as far
/// as it goes.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(BacktestParameters))]
[JsonSerializable(typeof(BacktestReport))]
public sealed partial class BacktestJson : JsonSerializerContext;
