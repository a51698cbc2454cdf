namespace LeadScoring.Domain.Scoring.Versions;

/// <summary>Somebody writes another definition of a lead.</summary>
/// <param name="Document">A model document; its <c>version</c>, if it has one, is not the one it gets.</param>
/// <param name="BasedOn">A version of the tenant, or null.</param>
/// <param name="SuggestionId">The suggestion its numbers come from; null: somebody wrote it.</param>
public sealed record DraftModel(string Document, int? BasedOn, string Actor, string? Note, Guid? SuggestionId = null) : IModelCommand
{
    /// <summary>Every instance keeps all of them in memory.</summary>
    public const int VersionsMax = 500;

    int? IModelCommand.Version => null;

    /// <exception cref="InvalidScoringModel">The document is not a sound model.</exception>
    /// <exception cref="RuleViolation"><c>model_version_not_found</c>, <c>too_many_model_versions</c>.</exception>
    public IReadOnlyList<ModelEvent> Decide(ModelCatalog catalog, DateTimeOffset now)
    {
        if (BasedOn is { } basis) catalog.Get(basis);
        var version = catalog.Versions[^1].Version + 1;
        var document = ScoringModelDocument.Numbered(Document, version);
        if (catalog.Versions.Any(v => IsThis(v, document, version))) return [];
        if (catalog.Versions.Count >= VersionsMax)
        {
            throw new RuleViolation("too_many_model_versions", $"There are {VersionsMax} versions already, the most a tenant can have; edit a draft instead.");
        }

        return [new ModelDrafted(version, document, BasedOn, Actor, Note, now, SuggestionId)];
    }

    /// <summary>The version this made or, when it was repeated, had made.</summary>
    public ModelVersion MadeIn(ModelCatalog catalog)
    {
        var last = catalog.Versions[^1].Version;
        var document = ScoringModelDocument.Numbered(Document, last);
        return catalog.Versions.Last(v => IsThis(v, document, last));
    }

    /// <summary>
    /// The same author's untouched draft of the same text. Of two suggestions that come to the same, the first has drafted it, and stays
    /// the one it names.
    /// </summary>
    private bool IsThis(ModelVersion version, string document, int numbered) =>
        version.ProposedAt is null && version.EditedAt == version.DraftedAt
        && version.BasedOn == BasedOn && version.Actor == Actor && version.Note == Note
        && version.Document == Renumbered(document, numbered, version.Version);

    /// <summary>No text within a document holds quotes that are not escaped: what is found is the member.</summary>
    private static string Renumbered(string document, int from, int to) =>
        document.Replace($"\"version\":{from}", $"\"version\":{to}", StringComparison.Ordinal);
}

/// <param name="Note">Null: the former note stays.</param>
public sealed record EditDraft(int Version, string Document, string Actor, string? Note) : IModelCommand
{
    /// <summary>Each keeps its document for good.</summary>
    public const int EditsMax = 500;

    int? IModelCommand.Version => Version;

    /// <exception cref="InvalidScoringModel">The document is not a sound model.</exception>
    /// <exception cref="RuleViolation"><c>model_not_a_draft</c>, <c>too_many_model_edits</c>.</exception>
    public IReadOnlyList<ModelEvent> Decide(ModelCatalog catalog, DateTimeOffset now)
    {
        var version = catalog.Get(Version);
        if (version.ProposedAt is not null)
        {
            throw new RuleViolation("model_not_a_draft", "The version has been proposed and never changes again; draft another one.");
        }

        var document = ScoringModelDocument.Numbered(Document, Version);
        if (document == version.Document && (Note is null || Note == version.Note)) return [];
        return version.Revision <= EditsMax
            ? [new ModelDraftEdited(Version, document, Actor, Note, now)]
            : throw new RuleViolation("too_many_model_edits", $"The draft has been edited {EditsMax} times, the most there can be; draft another one.");
    }
}

public sealed record ProposeModel(int Version, string Actor) : IModelCommand
{
    int? IModelCommand.Version => Version;

    public IReadOnlyList<ModelEvent> Decide(ModelCatalog catalog, DateTimeOffset now) =>
        catalog.Get(Version).ProposedAt is null ? [new ModelProposed(Version, Actor, now)] : [];
}
