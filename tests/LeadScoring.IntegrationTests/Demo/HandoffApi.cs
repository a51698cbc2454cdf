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
        var engagement = new Engagement($"demo-{person}", "website", "demo_requested", DateTimeOffset.UtcNow, new LeadReference(Email: $"{person}@example.com"));
        using var answer = await http.PostAsJsonAsync("/v1/engagements", engagement);
        var lead = (await answer.ReadAsync<EngagementReceipt>(System.Net.HttpStatusCode.Created)).Lead;
        lead.Stage.ShouldBe(Stage.MarketingQualified);
        return lead.LeadId;
    }

    public static async Task AnswerAsync(this HttpClient http, Guid leadId, string command, object body)
    {
        using var answer = await http.PostAsJsonAsync($"/v1/leads/{leadId}/{command}", body);
        (await answer.ReadAsync<CommandReceipt>()).Changed.ShouldBeTrue();
    }
}
