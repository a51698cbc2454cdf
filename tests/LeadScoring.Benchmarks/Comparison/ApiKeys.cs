using System.Net.Http.Headers;
using System.Net.Http.Json;
using LeadScoring.Benchmarks.Stack;
using LeadScoring.Contracts;

namespace LeadScoring.Benchmarks.Comparison;

/// <summary>Tenants made as an operator makes them.</summary>
internal static class ApiKeys
{
    private const string Operator = "default";

    /// <returns>A key of each new tenant.</returns>
    /// <exception cref="BenchmarkFailure">A tenant or a key was refused.</exception>
    public static async Task<IReadOnlyList<string>> OfTenantsAsync(Contender contender, int tenants, CancellationToken ct)
    {
        using var http = new HttpClient { BaseAddress = new($"http://{contender.Service.EndPoint}") };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer", await ServiceProcess.CreateKeyAsync(contender.Build, contender.ConnectionString, Operator, ct));
        var keys = new List<string>();
        for (var i = 1; i <= tenants; i++)
        {
            await PostAsync<TenantView>(http, "/v1/tenants", new CreateTenantRequest($"tenant-{i}", $"Tenant {i}"), ct);
            keys.Add((await PostAsync<CreatedApiKey>(http, $"/v1/tenants/tenant-{i}/api-keys", new CreateApiKeyRequest("benchmark", Scopes.All), ct)).Key);
        }

        return keys;
    }

    private static async Task<T> PostAsync<T>(HttpClient http, string path, object body, CancellationToken ct)
    {
        using var answer = await http.PostAsJsonAsync(new Uri(path, UriKind.Relative), body, ct);
        return answer.IsSuccessStatusCode
            ? (await answer.Content.ReadFromJsonAsync<T>(ct))!
            : throw new BenchmarkFailure($"{path} was answered with {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync(ct)}");
    }
}
