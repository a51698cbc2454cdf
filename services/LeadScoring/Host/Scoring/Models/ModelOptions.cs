using System.Globalization;

namespace LeadScoring.Host.Scoring.Models;

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
