using System.Text.Json;

namespace LeadScoring.Contracts;

/// <summary>The active definition of a lead.</summary>
/// <param name="ModelId">Version and fingerprint; equal ids score equally.</param>
/// <param name="Document">The model document as both teams read it.</param>
public sealed record ScoringModelView(int Version, string ModelId, string Name, JsonElement Document);
