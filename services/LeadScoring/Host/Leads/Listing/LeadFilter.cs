using System.Text.Json;
using LeadScoring.Contracts;
using Grade = LeadScoring.Contracts.Grade;
using Stage = LeadScoring.Contracts.Stage;

namespace LeadScoring.Host.Leads.Listing;

/// <summary>Which leads a list shows. What is null or empty is not asked for.</summary>
/// <param name="MinScore">Held against the stored, unrounded score.</param>
/// <param name="Source">A producer the lead has engagements from.</param>
/// <param name="EngagedSince">The latest engagement is not older.</param>
public sealed record LeadFilter(
    IReadOnlyList<Stage> Stages,
    IReadOnlyList<Grade> Grades,
    double? MinScore,
    string? Source,
    string? Campaign,
    string? Owner,
    DateTimeOffset? EngagedSince)
{
    public static readonly LeadFilter None = new([], [], null, null, null, null, null);

    /// <summary>Tells any two lists apart: filters that ask for the same in another order are one list.</summary>
    public string NameOf(LeadSort sort) => JsonSerializer.Serialize(
        (string[])
        [
            sort.ToString(),
            string.Join(',', Stages.Order().Distinct()),
            string.Join(',', Grades.Order().Distinct()),
            $"{MinScore:R}",
            Source ?? "",
            Campaign ?? "",
            Owner ?? "",
            $"{EngagedSince?.UtcTicks}",
        ]);
}

/// <param name="Limit">1 to <see cref="LimitMax"/>.</param>
/// <param name="After">Null: the first page.</param>
public sealed record LeadQuery(LeadFilter Filter, LeadSort Sort, int Limit, PageCursor? After)
{
    public const int LimitMax = 200;
    public const int LimitDefault = 50;
}
