namespace LeadScoring.Domain.Scoring.Versions;

/// <summary>A version is scored beside the active one, or no longer; no lead is touched by that.</summary>
public sealed record SwitchShadow(int Version, bool IsOn, string Actor) : IModelCommand
{
    /// <summary>Each is scored with every engagement.</summary>
    public const int ShadowsMax = 2;

    int? IModelCommand.Version => Version;

    /// <exception cref="RuleViolation"><c>model_not_proposed</c>, <c>model_already_active</c>, <c>too_many_shadows</c>.</exception>
    public IReadOnlyList<ModelEvent> Decide(ModelCatalog catalog, DateTimeOffset now)
    {
        var version = catalog.Get(Version);
        if (version.IsShadow == IsOn) return [];
        if (!IsOn) return [new ModelShadowSwitched(Version, IsOn, Actor, now)];
        if (version.ProposedAt is null) throw new RuleViolation("model_not_proposed", "A draft may still change; propose the version before it runs in shadow.");
        if (catalog.VersionAt(now) == Version) throw new RuleViolation("model_already_active", "The version is the active one: there is nothing to compare.");
        return catalog.Versions.Count(v => v.IsShadow) < ShadowsMax
            ? [new ModelShadowSwitched(Version, IsOn, Actor, now)]
            : throw new RuleViolation("too_many_shadows", $"{ShadowsMax} versions run in shadow already; switch one off first.");
    }
}
