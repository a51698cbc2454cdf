using SampleCrm.Api;
using SampleCrm.Handoffs;

namespace SampleCrm.Sales;

/// <summary>How the desk gets its events.</summary>
public enum HandoffsFrom
{
    Feed,
    Webhook,
    Rabbitmq,
}

/// <summary>Where sales works.</summary>
/// <param name="Port">Of the page, on loopback; 0 takes any free one.</param>
public sealed record OfficeOptions(int Port, HandoffsFrom From)
{
    /// <summary>Tells the subscription of this desk from those of others.</summary>
    public string Name { get; init; } = "desk";

    /// <summary>Where the service reaches the webhook; null: on the page's own address.</summary>
    public Uri? WebhookUrl { get; init; }

    /// <summary>How often the desk looks whether its webhook subscription still is as it must be.</summary>
    public TimeSpan UpkeepEvery { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Set when the events come from it.</summary>
    public RabbitOptions? RabbitMq { get; init; }
}

/// <summary>The desk, its page, and what brings the events.</summary>
public sealed class SalesOffice : IAsyncDisposable
{
    private readonly DeskWeb _web;
    private readonly SalesDesk _desk;
    private readonly IHandoffSource _source;

    private SalesOffice(DeskWeb web, SalesDesk desk, HandoffReception reception, IHandoffSource source) =>
        (_web, _desk, Reception, _source) = (web, desk, reception, source);

    /// <summary>Of the page.</summary>
    public Uri Url => _web.Url;

    public HandoffReception Reception { get; }

    /// <exception cref="PortTaken">Somebody else listens there.</exception>
    public static async Task<SalesOffice> OpenAsync(
        LeadScoringApi api,
        OfficeOptions options,
        HandoffReception reception,
        Func<HandoffInbox, SalesDesk> makeDesk,
        TimeProvider clock,
        CancellationToken stop)
    {
        var desk = makeDesk(reception.Inbox);
        var feed = new FeedHandoffs(api, reception);
        var receiver = options.From == HandoffsFrom.Webhook ? new WebhookReceiver(reception, clock) : null;
        var web = await DeskWeb.StartAsync(desk, reception, receiver, options.Port, clock, stop);
        IHandoffSource source = options.From switch
        {
            HandoffsFrom.Webhook => new WebhookHandoffs(
                api,
                reception,
                feed,
                receiver!,
                options.WebhookUrl ?? new Uri(web.Url, WebhookReceiver.Path),
                options.Name,
                options.UpkeepEvery,
                clock),
            HandoffsFrom.Rabbitmq => new RabbitHandoffs(options.RabbitMq!, reception, feed),
            _ => feed,
        };
        return new SalesOffice(web, desk, reception, source);
    }

    /// <summary>Works until stopped.</summary>
    /// <exception cref="ServiceRefused">The service refuses the key or a request.</exception>
    /// <exception cref="DeskOverflow">More lies with sales than a desk holds.</exception>
    public async Task WorkAsync(CancellationToken stop)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        await Together.RunAsync(ending, _source.RunAsync(ending.Token), _desk.WorkAsync(ending.Token));
    }

    public ValueTask DisposeAsync() => _web.DisposeAsync();
}
