using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json;

namespace LeadScoring.IntegrationTests.Faults.Changing;

/// <summary>An answer that is final.</summary>
/// <param name="Body">Null unless the status says success.</param>
internal sealed record Answer<T>(int Status, T? Body, string Text)
    where T : class;

/// <summary>
/// Asks either instance, and asks again until one has answered. What repeats find done already is as good; answers that nobody should get
/// are kept as complaints.
/// </summary>
internal sealed class PatientClient(TwoInstances service)
{
    private const int AttemptsMax = 400;
    private const int RepeatPauseMsMin = 20;
    private const int RepeatPauseMsMax = 200;
    private const int ComplaintsMax = 20;

    private static readonly JsonSerializerOptions Wire = new(JsonSerializerDefaults.Web);

    private readonly ConcurrentQueue<string> _complaints = new();

    public IReadOnlyCollection<string> Complaints => _complaints;

    public async Task<T> GetAsync<T>(string path, Random random)
        where T : class
    {
        var answer = await SendAsync<T>(HttpMethod.Get, path, body: null, random);
        return answer.Body ?? throw new InvalidOperationException($"GET {path} {answer.Status} {answer.Text}");
    }

    /// <param name="refusals">Codes of refusals that may well be.</param>
    public async Task<Answer<T>> SendAsync<T>(HttpMethod method, string path, object? body, Random random, params string[] refusals)
        where T : class
    {
        for (var attempt = 1; attempt <= AttemptsMax; attempt++)
        {
            if (await TryAsync<T>(method, path, body, service.Addresses[random.Next(service.Addresses.Count)]) is { } answer)
            {
                if (answer.Body is null && !refusals.Any(code => answer.Text.Contains($"\"{code}\"", StringComparison.Ordinal))) Complain($"{method} {path} {answer.Status} {answer.Text}");
                return answer;
            }

            await Task.Delay(random.Next(RepeatPauseMsMin, RepeatPauseMsMax));
        }

        throw new TimeoutException($"{method} {path} was not answered in {AttemptsMax} attempts.");
    }

    public void Complain(string complaint)
    {
        if (_complaints.Count < ComplaintsMax) _complaints.Enqueue(complaint);
    }

    private async Task<Answer<T>?> TryAsync<T>(HttpMethod method, string path, object? body, Uri instance)
        where T : class
    {
        try
        {
            using var request = new HttpRequestMessage(method, new Uri(instance, path));
            if (body is not null) request.Content = JsonContent.Create(body, body.GetType(), options: Wire);
            using var answer = await service.Http.SendAsync(request);
            var text = await answer.Content.ReadAsStringAsync();
            if ((int)answer.StatusCode == 503) return null;
            return new((int)answer.StatusCode, answer.IsSuccessStatusCode ? JsonSerializer.Deserialize<T>(text, Wire) : null, text);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or TaskCanceledException)
        {
            return null;
        }
    }
}
