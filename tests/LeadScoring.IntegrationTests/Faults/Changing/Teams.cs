using LeadScoring.Contracts;

namespace LeadScoring.IntegrationTests.Faults.Changing;

/// <summary>Marketing reviews, sales answers, and somebody keeps changing what is known of the people.</summary>
internal sealed class Teams(PatientClient client, RunSettings settings)
{
    private const int PauseMsMax = 120;
    private const int CoolDownMsMax = 6_000;

    /// <summary>Others may have been faster.</summary>
    private static readonly string[] TooLate =
    [
        "lead_not_awaiting_review", "lead_not_awaiting_acceptance", "lead_not_with_sales", "lead_not_disqualified", "opportunity_open", "lead_awaiting_review",
        "lead_cooling_down", "lead_not_accepted", "no_open_opportunity", "$.coolDownUntil",
    ];

    public Task WorkAsync(IReadOnlyDictionary<string, Guid> leads, CancellationToken ending) =>
        Task.WhenAll(new[] { "marketing", "sales", "more sales" }.Select(team => Task.Run(() => WorkAsync(team, leads, ending), CancellationToken.None)));

    private async Task WorkAsync(string team, IReadOnlyDictionary<string, Guid> leads, CancellationToken ending)
    {
        var random = settings.Of(team);
        var stages = team == "marketing"
            ? new[] { "automation_qualified", "automation_qualified", "inquiry" }
            : ["marketing_qualified", "marketing_qualified", "sales_accepted", "sales_qualified", "disqualified"];
        while (!ending.IsCancellationRequested)
        {
            var page = await client.GetAsync<LeadPage>($"/v1/leads?stage={stages[random.Next(stages.Length)]}&sort=updated_at&limit=100", random);
            if (page.Leads.Count > 0) await AnswerAsync(page.Leads[random.Next(page.Leads.Count)], random);
            if (team == "marketing" && leads.Count > 0) await EnrichAsync(leads.Values.ElementAt(random.Next(leads.Count)), random);
            await Task.Delay(random.Next(PauseMsMax), CancellationToken.None);
        }
    }

    private Task AnswerAsync(LeadSummary lead, Random random)
    {
        var rest = random.Next(2) == 0 ? (DateTimeOffset?)null : DateTimeOffset.UtcNow.AddMilliseconds(500 + random.Next(CoolDownMsMax));
        (string Command, object Body) answer = (lead.Stage, random.Next(6)) switch
        {
            (Stage.AutomationQualified, 0) => ("decline", new DeclineRequest("mia", CoolDownUntil: rest)),
            (Stage.AutomationQualified, _) => ("qualify", new QualifyRequest("mia")),
            (Stage.MarketingQualified, 0) => ("reject", new RejectRequest("ann", RejectionReason.Duplicate, RejectionOutcome.Disqualify)),
            (Stage.MarketingQualified, 1 or 2) => ("reject", new RejectRequest("ann", RejectionReason.WrongPersona, RejectionOutcome.Recycle, CoolDownUntil: rest)),
            (Stage.MarketingQualified, _) => ("accept", new AcceptRequest("ann")),
            (Stage.SalesAccepted, 0 or 1) => ("recycle", new RecycleRequest("ann", RecycleReason.NotReady, CoolDownUntil: rest)),
            (Stage.SalesAccepted, _) => ("opportunity", new OpportunityRequest("ann", 100, "EUR")),
            (Stage.SalesQualified, 0) => ("opportunity/won", new OpportunityRequest("ann", 90, "EUR")),
            (Stage.SalesQualified, 1) => ("disqualify", new DisqualifyRequest("ann", DisqualificationReason.NoNeed)),
            (Stage.SalesQualified, _) => ("opportunity/lost", new OpportunityLostRequest("ann", LossReason.Price, CoolDownUntil: rest)),
            (Stage.Inquiry, 0) => ("disqualify", new DisqualifyRequest("mia", DisqualificationReason.Unreachable)),
            (Stage.Disqualified, _) => ("reinstate", new ReinstateRequest("ann")),
            _ => ("", ""),
        };
        return answer.Command.Length == 0
            ? Task.CompletedTask
            : client.SendAsync<CommandReceipt>(HttpMethod.Post, $"/v1/leads/{lead.LeadId}/{answer.Command}", answer.Body, random, TooLate);
    }

    private Task EnrichAsync(Guid lead, Random random)
    {
        var attributes = new Dictionary<string, object?>
        {
            ["seniority"] = random.Next(5) switch { 0 => "student", 1 => "director", 2 => "manager", 3 => null, _ => "VP" },
            ["company_size"] = random.Next(4) switch { 0 => 3, 1 => 50, 2 => 900, _ => null },
        };
        return client.SendAsync<LeadView>(HttpMethod.Patch, $"/v1/leads/{lead}/attributes", new { actor = "crm", attributes }, random);
    }
}
