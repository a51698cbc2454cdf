using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using LeadScoring.Contracts;

namespace LeadScoring.IntegrationTests.Setup;

/// <summary>Reading answers as their contract says.</summary>
public static class Answers
{
    /// <summary>As a client reads it that knows the contracts only.</summary>
    public static async Task<T> ReadAsync<T>(this HttpResponseMessage answer, HttpStatusCode status = HttpStatusCode.OK)
    {
        var text = await answer.Content.ReadAsStringAsync();
        answer.StatusCode.ShouldBe(status, text);
        return JsonSerializer.Deserialize<T>(text, JsonSerializerOptions.Web)!;
    }

    /// <summary>The answer must be problem details with this status and code.</summary>
    public static async Task<Problem> ShouldBeProblemAsync(this HttpResponseMessage answer, int status, string code)
    {
        var text = await answer.Content.ReadAsStringAsync();
        ((int)answer.StatusCode).ShouldBe(status, text);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        var problem = JsonSerializer.Deserialize<Problem>(text, JsonSerializerOptions.Web)!;
        problem.Code.ShouldBe(code, text);
        problem.Status.ShouldBe(status);
        problem.Title.ShouldNotBeNullOrWhiteSpace();
        problem.TraceId.ShouldNotBeNull().Length.ShouldBe(32);
        return problem;
    }

    public static Task<HttpResponseMessage> PostAsync<T>(this HttpClient client, string path, T body, JsonTypeInfo<T> type) =>
        client.PostAsJsonAsync(new Uri(path, UriKind.Relative), body, type);

    /// <summary>The text as it is, as application/json.</summary>
    public static async Task<HttpResponseMessage> PostTextAsync(this HttpClient client, string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        return await client.PostAsync(new Uri(path, UriKind.Relative), content);
    }
}
