using System.Text.Json;
using System.Text.Json.Serialization;

namespace LeadScoring.Domain.Scoring;

[JsonSerializable(typeof(JsonElement))]
internal sealed partial class FingerprintJson : JsonSerializerContext;
