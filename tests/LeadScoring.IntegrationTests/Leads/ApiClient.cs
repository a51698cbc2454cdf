using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using LeadScoring.Contracts;

namespace LeadScoring.IntegrationTests.Leads;

/// <summary>One API key of one tenant.</summary>
public sealed class ApiClient(string tenantId, HttpClient http, LeadApi api)
{
    private int _engagements;

    public string TenantId => tenantId;

    public HttpClient Http => http;

    /// <summary>Records one engagement and hands back the lead's id.</summary>
    /// <param name="agoDays">How long before now it occurred.</param>
    public async Task<Guid> EngageAsync(
        string person,
        string type = "page_viewed",
        double agoDays = 0,
        string source = "web",
        string? campaign = null,
        string? asset = null)
    {
        var engagement = new Engagement(
            $"e-{Interlocked.Increment(ref _engagements)}",
            source,
            type,
            api.Now.AddDays(-agoDays),
            new LeadReference(Email: $"{person}@example.com"),
            campaign,
            Asset: asset);
        using var posted = await http.PostAsJsonAsync("/v1/engagements", engagement);
        return (await ReadAsync<EngagementReceipt>(posted, HttpStatusCode.Created)).Lead.LeadId;
    }

    public async Task<T> GetAsync<T>(string path)
        where T : class
    {
        using var response = await http.GetAsync(path);
        return await ReadAsync<T>(response, HttpStatusCode.OK);
    }

    public Task<LeadView> LeadAsync(Guid lead) => GetAsync<LeadView>($"/v1/leads/{lead}");

    /// <summary>The problem a request is refused with.</summary>
    public async Task<Problem> RefusedAsync(HttpMethod method, string path, object? body = null, string? ifMatch = null)
    {
        using var response = await SendAsync(method, path, body, ifMatch);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json", await response.Content.ReadAsStringAsync());
        var problem = (await response.Content.ReadFromJsonAsync<Problem>()).ShouldNotBeNull();
        problem.Status.ShouldBe((int)response.StatusCode);
        return problem;
    }

    public Task<Problem> RefusedAsync(string path) => RefusedAsync(HttpMethod.Get, path);

    public async Task<CommandReceipt> DoAsync(Guid lead, string command, object body, string? ifMatch = null)
    {
        var method = command == "attributes" ? HttpMethod.Patch : HttpMethod.Post;
        using var response = await SendAsync(method, $"/v1/leads/{lead}/{command}", body, ifMatch);
        var receipt = await ReadAsync<CommandReceipt>(response, HttpStatusCode.OK);
        response.Headers.ETag!.Tag.ShouldBe($"\"{receipt.Lead.Version}\"");
        return receipt;
    }

    public Task<Problem> RefusedAsync(Guid lead, string command, object body, string? ifMatch = null) =>
        RefusedAsync(command == "attributes" ? HttpMethod.Patch : HttpMethod.Post, $"/v1/leads/{lead}/{command}", body, ifMatch);

    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, object? body = null, string? ifMatch = null, string? ifNoneMatch = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = JsonContent.Create(body);
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        if (ifNoneMatch is not null) request.Headers.TryAddWithoutValidation("If-None-Match", ifNoneMatch);
        return await http.SendAsync(request);
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, HttpStatusCode expected)
        where T : class
    {
        var text = await response.Content.ReadAsStringAsync();
        response.StatusCode.ShouldBe(expected, text);
        return JsonSerializer.Deserialize<T>(text, JsonSerializerOptions.Web).ShouldNotBeNull();
    }
}
