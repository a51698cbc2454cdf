using System.Net;
using System.Net.Http.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Engagements.Retractions;
using LeadScoring.IntegrationTests.Leads;
using LeadScoring.IntegrationTests.Setup;

namespace LeadScoring.IntegrationTests.Engagements;

/// <summary>Retractions and restorations over HTTP.</summary>
internal static class Retracting
{
    private const int LooksMax = 200;
    private static readonly TimeSpan LookPause = TimeSpan.FromMilliseconds(100);

    public static RetractionRequest Request(params (string Source, string Id)[] engagements) =>
        new(Guid.NewGuid(), "mia", "a bot's clicks", [.. engagements.Select(e => new EngagementKey(e.Source, e.Id))]);

    /// <summary>As it is stored when it was just asked for, to be searched for in the log and done.</summary>
    public static Retraction Stored(RetractionKey key, DateTimeOffset at) => new()
    {
        Id = key.DocumentId,
        TenantId = key.TenantId,
        Kind = key.Kind,
        RequestId = key.Id,
        Hash = [1],
        Window = new("web", null, null, at.AddDays(-1), at.AddDays(1)),
        Reason = "a bot",
        Actor = "mia",
        State = RetractionState.Finding,
        IsWanted = true,
        CreatedAt = at,
    };

    public static Task<RetractionView> RetractAsync(this ApiClient client, params (string Source, string Id)[] engagements) =>
        client.RetractAsync(Request(engagements));

    public static async Task<RetractionView> RetractAsync(this ApiClient client, RetractionRequest request)
    {
        using var answer = await client.Http.PostAsJsonAsync("/v1/engagements/retractions", request);
        if (answer.StatusCode != HttpStatusCode.Accepted) return await answer.ReadAsync<RetractionView>();
        return await client.OverAsync(answer.Headers.Location!.ToString());
    }

    public static async Task<RetractionView> RestoreAsync(this ApiClient client, RestorationRequest request)
    {
        using var answer = await client.Http.PostAsJsonAsync("/v1/engagements/restorations", request);
        if (answer.StatusCode != HttpStatusCode.Accepted) return await answer.ReadAsync<RetractionView>();
        return await client.OverAsync(answer.Headers.Location!.ToString());
    }

    /// <summary>Waits until the background has done it.</summary>
    public static async Task<RetractionView> OverAsync(this ApiClient client, string path)
    {
        for (var look = 0; ; look++)
        {
            var view = await client.GetAsync<RetractionView>(path);
            if (view.State is not (RetractionState.Finding or RetractionState.Applying)) return view;
            look.ShouldBeLessThan(LooksMax, "it does not end");
            await Task.Delay(LookPause);
        }
    }
}
