using System.Globalization;
using LeadScoring.Contracts;
using SampleCrm.Api;

namespace SampleCrm.Handoffs;

/// <summary>
/// Sees to it that the service posts events to the receiver: registers a subscription, or finds the one of an earlier run by its
/// description, whose secret it has to rotate, since a secret is shown only once.
/// </summary>
/// <param name="url">Where the service reaches the receiver.</param>
/// <param name="name">Tells this desk from others of the tenant.</param>
/// <param name="upkeepEvery">How often it is looked whether the subscription still is as it must be.</param>
public sealed class WebhookHandoffs(
    LeadScoringApi api,
    HandoffReception reception,
    FeedHandoffs feed,
    WebhookReceiver receiver,
    Uri url,
    string name,
    TimeSpan upkeepEvery,
    TimeProvider clock)
    : IHandoffSource
{
    private const int SubscriptionPagesMax = 10;
    private const int FormerSecretHours = 1;
    private static readonly TimeSpan AwayPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FarewellMax = TimeSpan.FromSeconds(3);

    private readonly string _description = $"SampleCrm {name}";

    public async Task RunAsync(CancellationToken stop)
    {
        reception.ComesFrom($"webhook at {url}");
        var subscription = await RegisterAsync(stop);
        try
        {
            while (!stop.IsCancellationRequested)
            {
                await Task.Delay(upkeepEvery, clock, stop);
                if (await IsBrokenAsync(subscription, stop)) subscription = await RegisterAsync(stop);
            }
        }
        finally
        {
            await RestAsync(subscription);
        }
    }

    private async Task<Guid> RegisterAsync(CancellationToken stop)
    {
        // First the past: the subscription begins where it ends, and what both bring is a repeat.
        var position = await feed.CatchUpAsync(stop);
        var id = await FindAsync(stop) is { } found ? await TakeOverAsync(found, stop) : await CreateAsync(position, stop);
        reception.Say("subscribed");
        return id;
    }

    private async Task<Guid?> FindAsync(CancellationToken stop)
    {
        var all = await InsistAsync(() => api.SubscriptionsAsync(SubscriptionPagesMax, stop), stop);
        return all.Subscriptions
            .FirstOrDefault(s => s.Kind == SubscriptionKind.Webhook && s.Description == _description)?.Id;
    }

    private async Task<Guid> CreateAsync(long position, CancellationToken stop)
    {
        var request = new CreateSubscriptionRequest(
            url.ToString(), DeskEvents.Types, _description, StartAt: position.ToString(CultureInfo.InvariantCulture));

        // A lost answer is asked for again and must not leave a second subscription behind.
        var idempotencyKey = Guid.NewGuid().ToString();
        var created = await InsistAsync(() => api.SubscribeAsync(request, idempotencyKey, stop), stop);
        receiver.Expect(created.Secret);
        return created.Subscription.Id!.Value;
    }

    private async Task<Guid> TakeOverAsync(Guid id, CancellationToken stop)
    {
        var rotated = await InsistAsync(() => api.RotateSecretAsync(id, new RotateSecretRequest(FormerSecretHours), stop), stop);
        receiver.Expect(rotated.Secret);

        // Enabling also forgets the failures of the time when nobody listened.
        await InsistAsync(() => api.ChangeSubscriptionAsync(id, new(url.ToString(), DeskEvents.Types, Enabled: true), stop), stop);
        return id;
    }

    /// <summary>Deleted, given up, or signed with a secret that somebody else rotated; switched off on purpose is none of these.</summary>
    private async Task<bool> IsBrokenAsync(Guid id, CancellationToken stop)
    {
        var answer = await api.SubscriptionAsync(id, stop);
        if (answer.Status == 404) return true;
        if (answer.WorthRepeating) return false;
        var view = answer.OrThrow();
        reception.Say(view.State switch
        {
            SubscriptionState.Active => "subscribed",
            SubscriptionState.Failing => $"deliveries fail: {view.LastError}",
            _ => "the subscription is disabled",
        });
        return view is { State: SubscriptionState.Disabled, DisabledReason: not SubscriptionDisabledReason.ByRequest }
            || (view.State == SubscriptionState.Failing && view.LastError?.Contains("401", StringComparison.Ordinal) == true);
    }

    /// <summary>Nobody listens from here on: the subscription waits for the next run, instead of failing until then.</summary>
    private async Task RestAsync(Guid id)
    {
        using var patience = new CancellationTokenSource(FarewellMax);
        try
        {
            await api.ChangeSubscriptionAsync(id, new(Enabled: false), patience.Token);
        }
        catch (OperationCanceledException)
        {
            // The service is away; it will find nobody and retry, and the next run forgets the failures.
        }
    }

    private async Task<T> InsistAsync<T>(Func<Task<ApiAnswer<T>>> ask, CancellationToken stop)
        where T : class
    {
        while (true)
        {
            var answer = await ask();
            if (!answer.WorthRepeating) return answer.OrThrow();
            reception.Say("the service does not answer: asking again");
            await Task.Delay(AwayPause, clock, stop);
        }
    }
}
