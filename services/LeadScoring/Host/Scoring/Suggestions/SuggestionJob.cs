using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using LeadScoring.Contracts;
using LeadScoring.Domain;
using LeadScoring.Host.Backtests;
using LeadScoring.Host.Events;
using LeadScoring.Host.Http;
using LeadScoring.Host.Jobs;
using LeadScoring.Host.Scoring.Models;

namespace LeadScoring.Host.Scoring.Suggestions;

/// <summary>What a suggestion works on: kept as it was when it was asked for, since a draft may be edited meanwhile.</summary>
/// <param name="Document">Of the version whose rules are weighed, JSON.</param>
public sealed record SuggestionParameters(SuggestionRequest Request, string Document);

/// <summary>A suggestion as a job.</summary>
public sealed class SuggestionJob(SuggestionRun suggestion)
{
    public const string Kind = "suggestion";

    public async Task<string> RunAsync(JobRun run, CancellationToken ct)
    {
        var parameters = JsonSerializer.Deserialize(run.Parameters, SuggestionJson.Default.SuggestionParameters)!;
        try
        {
            var result = await suggestion.RunAsync(run.TenantId, run.Id, parameters.Document, parameters.Request, run.Progress, run.Pace, ct);
            return JsonSerializer.Serialize(result, WireJson.Default.SuggestionResult);
        }
        catch (Exception e) when (e is RuleViolation or UnreadableEventException)
        {
            throw new JobFailed(e.Message);
        }
    }
}

/// <summary>Makes a job of a wish for a suggestion: settles what was left open, so that the job gives the same result whenever it runs.</summary>
public sealed class SuggestionOrders(ModelStreams models, LogScan log, TimeProvider clock)
{
    /// <param name="requestedBy">The API key's id, or who else.</param>
    /// <returns>The job to be made, or why there can be none.</returns>
    public async Task<(NewJob? Job, Refusal? Refusal)> PrepareAsync(
        string tenantId, SuggestionRequest request, string requestedBy, string? creationKey, CancellationToken ct)
    {
        var catalog = await models.ReadAsync(tenantId, knownAt: null, ct);
        var end = await log.FindEndAsync(ct);
        var basedOn = request.BasedOn ?? catalog.Timeline().At(clock.GetUtcNow()).Version;
        var validation = new Validation();
        var version = catalog.Find(basedOn);
        validation.Require(version is not null, "$.basedOn", "There is no such version.");
        validation.Require(request.From is not { } from || request.To is not { } to || from < to, "$.to", "A time after from is expected.");
        validation.UpTo(request.UpTo, end);
        if (validation.ToRefusal() is { } invalid) return (null, invalid);

        var settled = request with { BasedOn = basedOn, Target = request.Target ?? SuggestionTarget.Accepted, UpTo = request.UpTo ?? end };
        var asked = $"{SuggestionJob.Kind} {JsonSerializer.Serialize(request, WireJson.Default.SuggestionRequest)}";
        return (
            new(
                tenantId,
                SuggestionJob.Kind,
                basedOn,
                version!.Model.Id,
                Against: null,
                settled.UpTo.Value,
                JsonSerializer.Serialize(settled, WireJson.Default.SuggestionRequest),
                JsonSerializer.Serialize(new(settled, version.Document), SuggestionJson.Default.SuggestionParameters),
                requestedBy,
                creationKey,
                SHA256.HashData(Encoding.UTF8.GetBytes(asked))),
            null);
    }
}

/// <inheritdoc cref="Backtests.BacktestJson"/>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SuggestionParameters))]
[JsonSerializable(typeof(SuggestionRequest))]
[JsonSerializable(typeof(SuggestionResult))]
public sealed partial class SuggestionJson : JsonSerializerContext;
