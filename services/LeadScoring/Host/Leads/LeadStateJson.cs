using System.Text.Json.Serialization;
using LeadScoring.Domain.Leads;

namespace LeadScoring.Host.Leads;

/// <summary>A lead as JSON: what rows from before <see cref="LeadState.Format"/> 1 hold, and how differences are named.</summary>
[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault, UseStringEnumConverter = true)]
[JsonSerializable(typeof(Lead))]
public sealed partial class LeadStateJson : JsonSerializerContext;
