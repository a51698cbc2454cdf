using System.Net.Http.Json;
using LeadScoring.Contracts;
using LeadScoring.IntegrationTests.Setup;

namespace LeadScoring.IntegrationTests.Demo;

/// <summary>What marketing's systems and sales do through the API.</summary>
internal static class HandoffApi
{
    /// <summary>Asks for a demo, which hands a lead off at once.</summary>
    /// <returns>The lead.</returns>
    public static async Task<Guid> HandOffAsync(this HttpClient http, string person)
    {
        var lead = await http.EngageAsync(person, "demo_requested");
        lead.Stage.ShouldBe(Stage.MarketingQualified);
        return lead.LeadId;
    }

    /// <summary>Reaches the threshold, which is published too, and is then qualified by marketing.</summary>
    /// <returns>The lead.</returns>
    public static async Task<Guid> HandOffAfterReviewAsync(this HttpClient http, string person)
    {
        foreach (var type in (string[])["contact_form_submitted", "webinar_attended", "content_downloaded", "email_clicked"]) await http.EngageAsync(person, type);
        var lead = await http.EngageAsync(person, "pricing_page_viewed");
        lead.Stage.ShouldBe(Stage.AutomationQualified, $"with {lead.Rating}");
        await http.AnswerAsync(lead.LeadId, "qualify", new QualifyRequest("mia"));
        return lead.LeadId;
    }

    public static async Task AnswerAsync(this HttpClient http, Guid leadId, string command, object body)
    {
        using var answer = await http.PostAsJsonAsync($"/v1/leads/{leadId}/{command}", body);
        (await answer.ReadAsync<CommandReceipt>()).Changed.ShouldBeTrue();
    }

    private static async Task<LeadSummary> EngageAsync(this HttpClient http, string person, string type)
    {
        var engagement = new Engagement($"{type}-{person}", "website", type, DateTimeOffset.UtcNow, new LeadReference(Email: $"{person}@example.com"));
        using var answer = await http.PostAsJsonAsync("/v1/engagements", engagement);
        return (await answer.ReadAsync<EngagementReceipt>(System.Net.HttpStatusCode.Created)).Lead;
    }
}
