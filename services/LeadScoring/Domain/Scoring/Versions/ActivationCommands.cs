using System.Globalization;

namespace LeadScoring.Domain.Scoring.Versions;

/// <summary>From an instant on, a version is the definition of a lead.</summary>
/// <param name="At">Null: as soon as can be.</param>
/// <param name="Notice">The least time from the decision to the instant, in which everybody who decides by the models hears of it.</param>
/// <param name="IsBacktested">A backtest of the version has been finished.</param>
/// <param name="WithoutBacktest">The actor chose to do without.</param>
public sealed record ActivateModel(
    int Version, DateTimeOffset? At, string Actor, bool WithoutBacktest, bool IsBacktested, TimeSpan Notice) : IModelCommand
{
    /// <summary>How far before now an instant still means now.</summary>
    public static readonly TimeSpan LateMax = TimeSpan.FromMinutes(5);

    int? IModelCommand.Version => Version;

    /// <exception cref="RuleViolation">
    /// <c>model_not_signed</c>, <c>model_not_backtested</c>, <c>model_activation_scheduled</c>, <c>activation_in_the_past</c>.
    /// </exception>
    public IReadOnlyList<ModelEvent> Decide(ModelCatalog catalog, DateTimeOffset now)
    {
        var version = catalog.Get(Version);
        var soonest = now + Notice;
        var from = At > soonest ? At.Value : soonest;
        if (catalog.Ahead(Version, now) is { } ahead && (ahead.From > from || At > ahead.From))
        {
            throw new RuleViolation(
                "model_activation_scheduled", $"The version is to begin at {Utc(ahead.From)}; cancel that first to have it begin at another time.");
        }

        if (catalog.VersionAt(from) == Version) return [];
        if (At < now - LateMax) throw new RuleViolation("activation_in_the_past", "A model cannot begin to hold in the past.");

        // What has held before was signed and tried then, and going back must not wait for anybody.
        if (!catalog.HasHeld(Version, now)) RequireConsent(version);
        return [new ModelActivated(Version, from, Actor, WithoutBacktest && !IsBacktested, now)];
    }

    private void RequireConsent(ModelVersion version)
    {
        if (version.ProposedAt is null) throw new RuleViolation("model_not_signed", "The version is still a draft: neither marketing nor sales has signed it.");
        var missing = Enum.GetValues<SigningTeam>().Except(version.SignOffs.Select(s => s.Team)).Select(t => t.ToString().ToLowerInvariant()).ToArray();
        if (missing.Length > 0)
        {
            throw new RuleViolation("model_not_signed", $"The sign-off of {string.Join(" and of ", missing)} is missing.");
        }

        if (!IsBacktested && !WithoutBacktest)
        {
            throw new RuleViolation(
                "model_not_backtested", "No backtest of the version has been finished; run one, or say withoutBacktest to activate it all the same.");
        }
    }

    private static string Utc(DateTimeOffset at) => at.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}

/// <summary>An activation that lies ahead shall not happen.</summary>
/// <param name="Notice">As of <see cref="ActivateModel"/>: what is nearer than that cannot be stopped everywhere.</param>
public sealed record CancelActivation(int Version, string Actor, TimeSpan Notice) : IModelCommand
{
    int? IModelCommand.Version => Version;

    /// <exception cref="RuleViolation"><c>model_already_active</c>, <c>activation_too_near</c>.</exception>
    public IReadOnlyList<ModelEvent> Decide(ModelCatalog catalog, DateTimeOffset now)
    {
        catalog.Get(Version);
        if (catalog.Ahead(Version, now) is { } ahead)
        {
            return ahead.From >= now + Notice
                ? [new ModelActivationCancelled(Version, ahead.From, Actor, now)]
                : throw new RuleViolation("activation_too_near", "The version begins to hold within seconds; activate the former one to go back.");
        }

        return Version != catalog.Versions[0].Version && catalog.VersionAt(now) == Version
            ? throw new RuleViolation("model_already_active", "The version holds already; activate the former one to go back.")
            : [];
    }
}
