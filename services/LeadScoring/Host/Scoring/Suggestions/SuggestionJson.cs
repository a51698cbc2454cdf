using System.Text.Json.Serialization;
using LeadScoring.Contracts;
using LeadScoring.Host.Backtests;

namespace LeadScoring.Host.Scoring.Suggestions;

/// <inheritdoc cref="Backtests.BacktestJson"/>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SuggestionParameters))]
[JsonSerializable(typeof(SuggestionRequest))]
[JsonSerializable(typeof(SuggestionResult))]
public sealed partial class SuggestionJson : JsonSerializerContext;
