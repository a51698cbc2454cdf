using System.Collections.Concurrent;
using LeadScoring.IntegrationTests.Setup;

namespace LeadScoring.IntegrationTests.Webhooks;

/// <summary>An endpoint that fails often, and a service that is stopped in between.</summary>
public sealed class RoughReceiverTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    private const int Leads = 25;
    private const int Events = 400;
    private const int Stops = 3;
    private const double FailureShare = 0.4;

    [Fact]
    public async Task Nothing_is_lost_and_each_leads_events_are_taken_in_order()
    {
        var taken = new ConcurrentQueue<(Guid Lead, long Position, string Id)>();
        await using var receiver = await WebhookReceiver.StartAsync();
        receiver.Answer = (request, http) =>
        {
            if (Random.Shared.NextDouble() < FailureShare) http.Response.StatusCode = 500;
            else taken.Enqueue((request.Subject, request.Position, request.Id));
            return Task.CompletedTask;
        };
        var leads = Enumerable.Range(0, Leads).Select(_ => Guid.NewGuid()).ToArray();
        var id = Guid.Empty;
        for (var run = 0; run <= Stops; run++)
        {
            await using var app = await RunningApp.StartAsync(
                database.ConnectionString, [.. WebhookApi.Local, ("Webhooks:RetryDelaysSeconds", string.Join(',', Enumerable.Repeat("0.05", 30)))]);
            using var http = await app.ClientAsync();
            if (run == 0) id = (await http.SubscribeAsync(receiver.Url())).Subscription.Id!.Value;
            await database.PublishAsync("acme", [.. Enumerable.Range(0, Events / (Stops + 1)).Select(i => leads[i * 7 % Leads])]);
            var wanted = Events / (Stops + 1) * run;
            if (run < Stops) await Eventually.TrueAsync(() => Task.FromResult(taken.Select(t => t.Position).Distinct().Count() > wanted), $"more than {wanted} taken");
            else await http.UntilAsync(id, s => s is { Position: Events, Pending: 0 }, "everything delivered");
        }

        taken.Select(t => t.Position).Distinct().Order().ShouldBe(Enumerable.Range(1, Events).Select(i => (long)i));
        foreach (var lead in taken.GroupBy(t => t.Lead))
        {
            lead.Select(t => t.Position).Distinct().ShouldBe(lead.Select(t => t.Position).Distinct().Order());
        }

        taken.GroupBy(t => t.Position).ShouldAllBe(same => same.Select(t => t.Id).Distinct().Count() == 1);
    }
}
