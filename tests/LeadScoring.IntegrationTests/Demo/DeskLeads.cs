using System.Text.Json;
using LeadScoring.Contracts;

namespace LeadScoring.IntegrationTests.Demo;

internal static class DeskLeads
{
    private static readonly DateTimeOffset Morning = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    public static LeadSummary Lead(Stage stage) => new(
        Guid.Parse("0195570a-7d01-7c3e-8f7e-0242ac120002"),
        stage,
        Cycle: 1,
        Score: 127.4m,
        ScoreAsOf: Morning,
        Grade.A,
        Fit: 70,
        Rating: "A 127",
        Email: "jane.doe@acme.example",
        Name: "Jane Doe",
        Company: "Acme",
        Owner: null,
        LastEngagedAt: Morning,
        AcceptanceDueAt: Morning.AddHours(24),
        UpdatedAt: Morning,
        Version: 7);

    /// <summary>The same lead in full, as the service shows it.</summary>
    public static LeadView View(Guid leadId, Stage stage, long version) => new(
        leadId,
        stage,
        StageSince: Morning,
        Cycle: 1,
        Score: 127.4m,
        QualifyingScore: 127.4m,
        ScoreAsOf: Morning,
        Grade.A,
        Fit: 70,
        Rating: "A 127",
        ModelVersion: 1,
        new([], [], []),
        new Dictionary<string, JsonElement>(StringComparer.Ordinal),
        new(0, null, null, new Dictionary<string, int>(StringComparer.Ordinal), [], [], []),
        Owner: null,
        CoolDownUntil: null,
        LastRecycleReason: null,
        Handoff: null,
        Opportunity: null,
        Nurture: null,
        [],
        CapturedAt: Morning,
        UpdatedAt: Morning,
        version);
}
