using System.Text.Json.Serialization;
using LeadScoring.Domain.Scoring.Versions;
using LeadScoring.EventStore;
using LeadScoring.EventStore.Events;
using LeadScoring.Host.Engagements;

namespace LeadScoring.Host.Scoring.Models;

/// <summary>The events of a tenant's stream of scoring models: their frozen names.</summary>
public static class ModelEvents
{
    public static IReadOnlyList<EventType> Types { get; } =
    [
        EventType.Current("model_drafted", ModelEventJson.Default.ModelDrafted),
        EventType.Current("model_draft_edited", ModelEventJson.Default.ModelDraftEdited),
        EventType.Current("model_proposed", ModelEventJson.Default.ModelProposed),
        EventType.Current("model_signed_off", ModelEventJson.Default.ModelSignedOff),
        EventType.Current("model_activated", ModelEventJson.Default.ModelActivated),
        EventType.Current("model_activation_cancelled", ModelEventJson.Default.ModelActivationCancelled),
        EventType.Current("model_shadow_switched", ModelEventJson.Default.ModelShadowSwitched),
    ];

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
