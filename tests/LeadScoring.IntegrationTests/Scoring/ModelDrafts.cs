using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using LeadScoring.Contracts;
using LeadScoring.Domain.Scoring;
using LeadScoring.IntegrationTests.Setup;

namespace LeadScoring.IntegrationTests.Scoring;

/// <summary>The way of a model over HTTP, step by step.</summary>
internal static class ModelDrafts
{
    /// <summary>The default definition, changed.</summary>
    public static JsonElement Document(Action<JsonNode>? change = null)
    {
        var document = JsonNode.Parse(ScoringModelDocument.DefaultJson.Span)!;
        change?.Invoke(document);
        return JsonSerializer.SerializeToElement(document);
    }

    public static JsonElement WithThreshold(double threshold) => Document(d => d["qualification"]!["threshold"] = threshold);

    public static async Task<ScoringModelReceipt> DraftAsync(this HttpClient client, JsonElement document, string actor = "mia", int? basedOn = 1)
    {
        using var answer = await client.PostAsJsonAsync("/v1/scoring-models", new DraftScoringModelRequest(document, actor, basedOn));
        return await answer.ReadAsync<ScoringModelReceipt>(HttpStatusCode.Created);
    }

    public static async Task<ScoringModelReceipt> DoAsync<T>(this HttpClient client, int version, string step, T body)
    {
        using var answer = await client.PostAsJsonAsync($"/v1/scoring-models/{version}/{step}", body);
        return await answer.ReadAsync<ScoringModelReceipt>();
    }

    public static async Task<Problem> RefusedAsync<T>(this HttpClient client, int version, string step, T body, int status, string code)
    {
        using var answer = await client.PostAsJsonAsync($"/v1/scoring-models/{version}/{step}", body);
        return await answer.ShouldBeProblemAsync(status, code);
    }

    /// <summary>Drafted, proposed and signed by both teams.</summary>
    public static async Task<int> SignedAsync(this HttpClient client, JsonElement document)
    {
        var version = (await client.DraftAsync(document)).Model.Version;
        await client.DoAsync(version, "propose", new ProposeScoringModelRequest("mia"));
        await client.DoAsync(version, "sign-offs", new SignOffRequest(SigningTeam.Marketing, "mia"));
        (await client.DoAsync(version, "sign-offs", new SignOffRequest(SigningTeam.Sales, "sam"))).Model.Status.ShouldBe(ModelStatus.SignedOff);
        return version;
    }

    public static Task<ScoringModelReceipt> ActivateAsync(this HttpClient client, int version, DateTimeOffset? at = null) =>
        client.DoAsync(version, "activate", new ActivateScoringModelRequest("mia", at, WithoutBacktest: true));

    public static async Task<ScoringModelDetail> ModelAsync(this HttpClient client, int version)
    {
        using var answer = await client.GetAsync($"/v1/scoring-models/{version}");
        return await answer.ReadAsync<ScoringModelDetail>();
    }
}
