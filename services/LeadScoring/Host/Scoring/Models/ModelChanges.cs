using System.Globalization;
using LeadScoring.Domain;
using LeadScoring.Domain.Scoring;
using LeadScoring.Domain.Scoring.Versions;
using LeadScoring.Host.Events;

namespace LeadScoring.Host.Scoring.Models;

/// <summary>What became of a command on a tenant's models.</summary>
/// <param name="Catalog">Afterwards.</param>
/// <param name="Facts">What happened; nothing when it was so already.</param>
/// <param name="At">The instant it was decided.</param>
public sealed record ModelChange(ModelCatalog Catalog, IReadOnlyList<ModelEvent> Facts, DateTimeOffset At)
{
    public bool Changed => Facts.Count > 0;
}

/// <summary>A version is not the one the caller saw.</summary>
public sealed class OtherRevision(long revision) : Exception($"The version's revision is {revision}.")
{
    public long Revision { get; } = revision;
}

/// <summary>What was done to the tenant's models cannot be read, so nothing can be done to them.</summary>
public sealed class UnreadableModels(Exception? inner = null) : Exception("The tenant's scoring models cannot be read.", inner);

/// <summary>Decides what people ask of the tenants' models, and stores it: whoever comes second decides anew.</summary>
public sealed class ModelChanges(ModelStreams streams, TenantModels models, ModelOptions options, TimeProvider clock)
{
    /// <summary>People change models, a few at a time.</summary>
    private const int AttemptsMax = 20;

    /// <param name="revision">The one the version must have; null: any.</param>
    /// <exception cref="RuleViolation">The rules refuse the command.</exception>
    /// <exception cref="InvalidScoringModel">The document is not a sound model.</exception>
    /// <exception cref="OtherRevision">The version has another revision.</exception>
    /// <exception cref="UnreadableModels">What was done so far cannot be read.</exception>
    /// <exception cref="TimeoutException">Others were faster each time.</exception>
    public async Task<ModelChange> ApplyAsync(
        string tenantId, IModelCommand command, long? revision, EventMetadata metadata, CancellationToken ct)
    {
        for (var attempt = 0; attempt < AttemptsMax; attempt++)
        {
            await models.LookAsync(ct);
            if (models.IsUnreadable(tenantId)) throw new UnreadableModels();
            var begun = await streams.ClockAsync(ct);
            var (catalog, now) = (models.CatalogOf(tenantId), clock.GetUtcNow());
            if (revision is { } expected && command.Version is { } version && catalog.Get(version).Revision is var actual && actual != expected)
            {
                throw new OtherRevision(actual);
            }

            var facts = command.Decide(catalog, now);
            if (facts.Count == 0) return new(catalog, [], now);

            // An activation that was stored late would be obeyed late: it is decided anew, for a later instant.
            var latest = facts.Any(f => f is ModelActivated or ModelActivationCancelled) ? begun + options.StoringMax : null;
            if (!await streams.AppendAsync(tenantId, catalog, facts, metadata, latest, ct)) continue;
            await models.LookAsync(ct);
            return new(models.CatalogOf(tenantId), facts, now);
        }

        throw new TimeoutException("The tenant's models are being changed by too many at once.");
    }
}

/// <summary>How a tenant's models change over.</summary>
/// <param name="Notice">
/// The least time from the decision to activate a version to its beginning. Shorter than the default, instances beside this one
/// may decide by the former model for some seconds more.
/// </param>
public sealed record ModelOptions(TimeSpan Notice)
{
    private const int NoticeMsMax = 3_600_000;

    /// <summary>
    /// Nobody decides by what was looked up longer ago than <see cref="TenantModels.KnownForMax"/>; storing takes a moment, and clocks
    /// may be a little apart.
    /// </summary>
    public static ModelOptions Default { get; } = new(TenantModels.KnownForMax + TimeSpan.FromSeconds(5));

    /// <summary>How long storing may take from the decision on, so that everybody hears of it in time; null: a short notice promises nothing.</summary>
    public TimeSpan? StoringMax => Notice > TenantModels.KnownForMax ? (Notice - TenantModels.KnownForMax) / 2 : null;

    /// <summary>Reads <c>Models:NoticeMs</c>.</summary>
    /// <exception cref="StartupRefusal">It is not a number in its range.</exception>
    public static ModelOptions From(IConfiguration configuration)
    {
        if (configuration["Models:NoticeMs"] is not { Length: > 0 } text) return Default;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds) && milliseconds <= NoticeMsMax
            ? new(TimeSpan.FromMilliseconds(milliseconds))
            : throw new StartupRefusal($"Models:NoticeMs is '{text}': give a number from 0 to {NoticeMsMax}, or leave it out.");
    }
}
