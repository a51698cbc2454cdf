using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using LeadScoring.Contracts;

namespace LeadScoring.IntegrationTests.Faults;

/// <summary>What a producer does when it gets no answer, or 503.</summary>
internal enum Patience
{
    /// <summary>It complains: nothing disturbs the service, so this must not happen.</summary>
    None,

    /// <summary>It posts the same again, to the other instance, until it is acknowledged.</summary>
    UntilAcknowledged,
}

/// <summary>Clients that post at the same time, each one request after the other, to any instance.</summary>
internal sealed class Producers(HttpClient http, IReadOnlyList<Uri> instances, Patience patience, Answers answers)
{
    private const int AttemptsMax = 400;
    private const int RepeatPauseMsMin = 20;
    private const int RepeatPauseMsMax = 250;

    private static readonly JsonSerializerOptions Wire = new(JsonSerializerDefaults.Web);
    private static readonly Uri One = new("/v1/engagements", UriKind.Relative);
    private static readonly Uri Many = new("/v1/engagements/batch", UriKind.Relative);

    /// <param name="hands">Per producer its requests in order.</param>
    public Task PostAsync(PlainEngagement[][][] hands) => Task.WhenAll(hands.Select((requests, producer) => Task.Run(async () =>
    {
        var random = new Random(producer);
        foreach (var request in requests)
        {
            await PostAsync(request, random);
        }
    })));

    private async Task PostAsync(PlainEngagement[] request, Random random)
    {
        var instance = random.Next(instances.Count);
        for (var attempt = 1; ; attempt++)
        {
            var isAnswered = await TryPostAsync(instances[instance], request);
            if (isAnswered || patience == Patience.None) return;
            if (attempt == AttemptsMax)
            {
                answers.Complain($"{Answers.Name(request[0])} was not acknowledged in {AttemptsMax} attempts");
                return;
            }

            instance = (instance + 1) % instances.Count;
            await Task.Delay(random.Next(RepeatPauseMsMin, RepeatPauseMsMax));
        }
    }

    /// <returns>Whether there was an answer that is final.</returns>
    private async Task<bool> TryPostAsync(Uri instance, PlainEngagement[] request)
    {
        try
        {
            using var body = new ByteArrayContent(Body(request));
            body.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using var answer = await http.PostAsync(new Uri(instance, request.Length == 1 ? One : Many), body);
            var json = await answer.Content.ReadAsByteArrayAsync();
            if (answer.StatusCode == HttpStatusCode.ServiceUnavailable)
            {
                answers.Refused.Increment();
                if (patience == Patience.None) Complain(request, answer.StatusCode, json);
                return false;
            }

            Take(request, answer.StatusCode, json);
            return true;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or TaskCanceledException)
        {
            answers.Unanswered.Increment();
            if (patience == Patience.None) answers.Complain($"{Answers.Name(request[0])}: {e.Message}");
            return false;
        }
    }

    private void Take(PlainEngagement[] request, HttpStatusCode status, byte[] json)
    {
        if (status is not (HttpStatusCode.OK or HttpStatusCode.Created))
        {
            Complain(request, status, json);
        }
        else if (request.Length == 1)
        {
            var receipt = JsonSerializer.Deserialize<EngagementReceipt>(json, Wire)!;
            if (receipt.Duplicate != (status == HttpStatusCode.OK)) Complain(request, status, json);
            answers.Acknowledge(request[0], !receipt.Duplicate, receipt.EngagementId, receipt.Lead.LeadId, receipt.Warnings);
        }
        else
        {
            var results = JsonSerializer.Deserialize<EngagementBatchReceipt>(json, Wire)!.Results;
            if (results.Count != request.Length) answers.Complain($"{results.Count} results for a batch of {request.Length}");
            foreach (var (engagement, result) in request.Zip(results))
            {
                if (result.Result == EngagementOutcome.Rejected)
                {
                    answers.Complain($"{Answers.Name(engagement)} in a batch: {result.Problem?.Code} {result.Problem?.Detail}");
                    continue;
                }

                answers.Acknowledge(
                    engagement,
                    result.Result == EngagementOutcome.Recorded,
                    result.EngagementId!.Value,
                    result.Lead!.LeadId,
                    result.Warnings);
            }
        }
    }

    private static byte[] Body(PlainEngagement[] request)
    {
        if (request.Length == 1) return request[0].Json.ToArray();
        using var body = new MemoryStream();
        using var json = new Utf8JsonWriter(body);
        json.WriteStartObject();
        json.WriteStartArray("engagements");
        foreach (var engagement in request) json.WriteRawValue(engagement.Json.Span, skipInputValidation: true);
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return body.ToArray();
    }

    private void Complain(PlainEngagement[] request, HttpStatusCode status, byte[] json) => answers.Complain(
        $"{Answers.Name(request[0])} in a request of {request.Length}: {(int)status} {Encoding.UTF8.GetString(json)}");
}
