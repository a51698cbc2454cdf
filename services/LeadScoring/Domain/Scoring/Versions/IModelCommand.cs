namespace LeadScoring.Domain.Scoring.Versions;

/// <summary>Something a person asks of a tenant's scoring models.</summary>
public interface IModelCommand
{
    /// <summary>The version it is about; null: one that does not exist yet.</summary>
    int? Version { get; }

    /// <returns>Nothing when it is true already.</returns>
    /// <exception cref="RuleViolation">The rules refuse it.</exception>
    IReadOnlyList<ModelEvent> Decide(ModelCatalog catalog, DateTimeOffset now);
}
