using System.Text.Json;
using System.Text.Json.Serialization;

namespace LeadScoring.Contracts;

/// <summary>Codes on the wire are snake_case texts; numbers are refused.</summary>
public sealed class SnakeCaseEnum<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where T : struct, Enum;
