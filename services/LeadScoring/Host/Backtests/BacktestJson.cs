using System.Text.Json.Serialization;
using LeadScoring.Contracts;

namespace LeadScoring.Host.Backtests;

/// <summary>
/// Parameters and results as they are stored: as on the wire, but what an earlier or later version of this program stored is read as far
/// as it goes.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(BacktestParameters))]
[JsonSerializable(typeof(BacktestReport))]
public sealed partial class BacktestJson : JsonSerializerContext;
