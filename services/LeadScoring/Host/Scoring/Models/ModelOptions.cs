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

    /// <summary>Nobody decides by what was looked up longer ago than <see cref="TenantModels.KnownForMax"/>; storing takes a moment.</summary>
    public static ModelOptions Default { get; } = new(TenantModels.KnownForMax + TimeSpan.FromSeconds(1));

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
