using System.Text.Json.Serialization;
using LeadScoring.Domain.Scoring.Versions;
using LeadScoring.Host.Engagements;
using LeadScoring.Host.Events;

namespace LeadScoring.Host.Scoring.Models;

/// <summary>The events of a tenant's stream of scoring models.</summary>
public static class ModelEvents
{
    public static Type[] ClrTypes { get; } = [.. MartenSetup.EventAliases.Keys.Where(t => t.IsSubclassOf(typeof(ModelEvent)))];

    /// <summary>A tenant has one such stream, whose id follows from its name.</summary>
    public static StreamKey StreamOf(string tenantId) => new(tenantId, EngagementId.Of(tenantId, "scoring_models", ""));
}

/// <summary>Bodies of the events in a stream of scoring models: PascalCase, nulls left out, codes as texts.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(ModelDrafted))]
[JsonSerializable(typeof(ModelDraftEdited))]
[JsonSerializable(typeof(ModelProposed))]
[JsonSerializable(typeof(ModelSignedOff))]
[JsonSerializable(typeof(ModelActivated))]
[JsonSerializable(typeof(ModelActivationCancelled))]
[JsonSerializable(typeof(ModelShadowSwitched))]
public sealed partial class ModelEventJson : JsonSerializerContext;
