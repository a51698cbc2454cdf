using System.Text.Json;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;

namespace LeadScoring.Host.Leads;

/// <summary>What the <c>lead</c> row holds for a lead: the one place where its columns are worked out.</summary>
/// <param name="Stage">snake_case.</param>
/// <param name="Grade">A to D.</param>
/// <param name="Score">EngagementScore, unrounded, at <paramref name="ScoreAsOf"/>.</param>
/// <param name="RefreshDueAt">When decay may have used up the tolerance of the stored score; null: never.</param>
/// <param name="LastEngagedAt"><see cref="DateTimeOffset.MinValue"/> (stored as <c>-infinity</c>): never.</param>
/// <param name="TimerDueAt">When time alone next makes something of the lead due; null: it waits for nothing.</param>
/// <param name="HeldFor">The model version it crosses under only because the model changed, while marketing has not decided.</param>
/// <param name="State">The whole lead, as <see cref="LeadState"/> writes it.</param>
public sealed record LeadColumns(
    string TenantId,
    Guid Id,
    long Version,
    string Stage,
    string Grade,
    double Score,
    DateTimeOffset ScoreAsOf,
    DateTimeOffset? RefreshDueAt,
    string ModelId,
    string? Owner,
    IReadOnlyList<string> Sources,
    IReadOnlyList<string> Campaigns,
    DateTimeOffset LastEngagedAt,
    DateTimeOffset UpdatedAt,
    DateTimeOffset? TimerDueAt,
    int? HeldFor,
    byte[] State)
{
    /// <param name="row">Its score must be able to answer for now (<see cref="ScoreState.CanAnswer"/>).</param>
    /// <param name="now">The score's instant, unless a fact of the lead is later.</param>
    public static LeadColumns Of(LeadRow row, ScoringModel model, DateTimeOffset now)
    {
        var lead = row.Lead;
        var asOf = WholeMicroseconds(lead.ClockAt(now));
        return new(
            row.TenantId,
            lead.Id,
            lead.Version,
            StageText(lead.Stage),
            GradeText(lead, model),
            lead.Score.At(asOf, model),
            asOf,
            RefreshDue(lead, model, asOf),
            model.Id,
            lead.Owner,
            lead.Engagements.Sources,
            lead.Engagements.Campaigns,
            lead.Engagements.LastAt?.ToUniversalTime() ?? DateTimeOffset.MinValue,
            row.UpdatedAt.ToUniversalTime(),
            TimerDue(lead),
            lead.IsHeld ? lead.Hold!.ModelVersion : null,
            LeadState.Write(lead));
    }

    /// <summary>PostgreSQL keeps microseconds; rounding up keeps the instant from falling before the lead's latest fact.</summary>
    public static DateTimeOffset WholeMicroseconds(DateTimeOffset at)
    {
        var beyond = at.UtcTicks % TimeSpan.TicksPerMicrosecond;
        return new(beyond == 0 ? at.UtcTicks : at.UtcTicks - beyond + TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);
    }

    /// <summary>How the <c>stage</c> column writes a stage: <c>marketing_qualified</c>.</summary>
    public static string StageText(Stage stage) => StageTexts[(int)stage];

    public static string GradeText(Lead lead, ScoringModel model) => model.GradeOf(model.FitOf(lead.Attributes)).ToString();

    /// <summary>In UTC.</summary>
    public static DateTimeOffset? RefreshDue(Lead lead, ScoringModel model, DateTimeOffset asOf) =>
        lead.Score.DriftsAfter(asOf, model)?.ToUniversalTime();

    /// <summary>Never before it is due, so that a row which is taken for due is.</summary>
    public static DateTimeOffset? TimerDue(Lead lead) => RaiseDueTimers.NextAt(lead) is { } at ? WholeMicroseconds(at) : null;

    private static readonly string[] StageTexts =
        [.. Enum.GetNames<Stage>().Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)];
}
