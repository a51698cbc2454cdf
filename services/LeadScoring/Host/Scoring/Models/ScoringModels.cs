using System.Text.Json.Serialization;
using JasperFx.Events;
using JasperFx.Events.Aggregation;
using JasperFx.Events.Daemon;
using JasperFx.Events.Projections;
using LeadScoring.Domain.Scoring.Versions;
using Marten;
using Marten.Events.Aggregation;

namespace LeadScoring.Host.Scoring.Models;

/// <summary>A tenant's <see cref="ModelCatalog"/> as the document kept beside its stream.</summary>
/// <param name="Id">The stream's.</param>
/// <param name="Version">The stream's, as far as it is taken in.</param>
/// <param name="Versions">The built-in first, without its document: that is the program's, not the tenant's.</param>
public sealed record ScoringModels(Guid Id, long Version, IReadOnlyList<ModelVersion> Versions, IReadOnlyList<ModelActivation> Activations)
{
    public static ScoringModels Of(Guid id, ModelCatalog catalog) => new(
        id, catalog.StreamVersion, [catalog.Versions[0] with { Document = "" }, .. catalog.Versions.Skip(1)], catalog.Activations);

    public ModelCatalog ToCatalog() => new()
    {
        StreamVersion = Version,
        Versions = [Versions[0] with { Document = ModelCatalog.BuiltIn.Versions[0].Document }, .. Versions.Skip(1)],
        Activations = Activations,
    };
}

/// <summary>Keeps <see cref="ScoringModels"/> in the transaction that appends.</summary>
public sealed class ScoringModelsProjection : SingleStreamProjection<ScoringModels, Guid>
{
    public ScoringModelsProjection()
    {
        foreach (var type in ModelEvents.ClrTypes) IncludeType(type);
    }

    public override async ValueTask<(ScoringModels?, ActionType)> DetermineActionAsync(
        IQuerySession session,
        ScoringModels? snapshot,
        Guid identity,
        IIdentitySetter<ScoringModels, Guid> identitySetter,
        IReadOnlyList<IEvent> events,
        CancellationToken cancellation)
    {
        var catalog = snapshot?.ToCatalog() ?? ModelCatalog.BuiltIn;
        var before = events[0].Version - 1;

        // Another application appended what this document has not seen: no inline projection of ours runs there.
        if (catalog.StreamVersion < before) catalog = await session.ReadOnAsync(identity, catalog, before, cancellation);
        return (ScoringModels.Of(identity, events.Aggregate(catalog, ModelStreams.Evolved)), ActionType.Store);
    }
}

/// <summary>The document's JSON: PascalCase, nulls left out, codes as texts, like the events'.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(ScoringModels))]
public sealed partial class ScoringModelsJson : JsonSerializerContext;
