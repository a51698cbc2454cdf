using LeadScoring.Domain.Statistics;

namespace LeadScoring.Specs.Statistics;

/// <summary>
/// Spector and Mazzeo, "Probit Analysis and Economic Education", Journal of Economic Education 11 (1980): whether a grade
/// improved, by grade point average, a test's score and a teaching method. In the public domain; every textbook's example.
/// </summary>
internal static class Spector
{
    public static readonly (double Gpa, double Tuce, bool Psi, bool Grade)[] Rows =
    [
        (2.66, 20, false, false),
        (2.89, 22, false, false),
        (3.28, 24, false, false),
        (2.92, 12, false, false),
        (4, 21, false, true),
        (2.86, 17, false, false),
        (2.76, 17, false, false),
        (2.87, 21, false, false),
        (3.03, 25, false, false),
        (3.92, 29, false, true),
        (2.63, 20, false, false),
        (3.32, 23, false, false),
        (3.57, 23, false, false),
        (3.26, 25, false, true),
        (3.53, 26, false, false),
        (2.74, 19, false, false),
        (2.75, 25, false, false),
        (2.83, 19, false, false),
        (3.12, 23, true, false),
        (3.16, 25, true, true),
        (2.06, 22, true, false),
        (3.62, 28, true, true),
        (2.89, 14, true, false),
        (3.51, 26, true, false),
        (3.54, 24, true, true),
        (2.83, 27, true, true),
        (3.39, 17, true, true),
        (2.67, 24, true, false),
        (3.65, 21, true, true),
        (4, 23, true, true),
        (3.1, 21, true, false),
        (2.39, 19, true, true),
    ];

    public static IReadOnlyList<LabelledRow> Labelled { get; } =
        [.. Rows.Select(r => new LabelledRow([new(0, r.Gpa), new(1, r.Tuce), .. r.Psi ? [new Feature(2, 1)] : Array.Empty<Feature>()], r.Grade))];
}
