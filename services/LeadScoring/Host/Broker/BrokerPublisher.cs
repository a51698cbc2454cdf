using LeadScoring.Host.Feed;
using Wolverine;
using Wolverine.RabbitMQ.Internal;
using Wolverine.Runtime;
using Wolverine.Transports;

namespace LeadScoring.Host.Broker;

/// <summary>
/// Wolverine over one connection, from its opening to its end. After a fault it is made anew: password and certificates are then read
/// again, and the exchange is seen to.
/// </summary>
internal sealed class BrokerPublisher : IAsyncDisposable
{
    /// <summary>A broker that reads no more does not keep the relay from its next attempt.</summary>
    private static readonly TimeSpan CloseMax = TimeSpan.FromSeconds(4);

    private readonly IHost _host;
    private readonly MessageBus _bus;
    private readonly WolverineTransportHealthCheck _health;

    private BrokerPublisher(IHost host, IWolverineRuntime runtime)
    {
        (_host, _bus) = (host, new MessageBus(runtime));
        _health = runtime.Options.Transports.GetOrCreate<RabbitMqTransport>().BuildHealthCheck(runtime);
    }

    /// <summary>Connects, and sees to exchange and queue as the settings say.</summary>
    /// <exception cref="BrokerFault">The broker cannot be used.</exception>
    public static async Task<BrokerPublisher> OpenAsync(BrokerOptions options, CancellationToken ct)
    {
        IHost? host = null;
        try
        {
            host = WolverineSetup.BuildPublisher(wolverine => WolverineSetup.UseRabbitMq(wolverine, options));
            await StartAsync(host, options, ct).WaitAsync(ct);
            return new BrokerPublisher(host, host.Services.GetRequiredService<IWolverineRuntime>());
        }
        catch (Exception e)
        {
            if (host is not null) await CloseAsync(host);
            if (ct.IsCancellationRequested) throw;
            throw BrokerFault.Of(e, options);
        }
    }

    /// <summary>Returns when the broker has confirmed it.</summary>
    /// <exception cref="RabbitMQ.Client.Exceptions.PublishException">The broker does not take it: no queue is bound for it, or one refuses more.</exception>
    public async Task PublishAsync(FeedEntry published) => await _bus.SendAsync(published); // Unlike its publishing, this throws where nothing is routed.

    /// <summary>How Wolverine sees the connection: unhealthy is lost, degraded is blocked by the broker.</summary>
    public Task<TransportHealthResult> HealthAsync() => _health.CheckHealthAsync();

    public async ValueTask DisposeAsync() => await CloseAsync(_host);

    /// <summary>
    /// Connected before Wolverine starts, which would try by itself for a minute and a half and say nothing meanwhile: it then finds its
    /// transport connected, and has nothing to declare.
    /// </summary>
    private static async Task StartAsync(IHost host, BrokerOptions options, CancellationToken ct)
    {
        var runtime = host.Services.GetRequiredService<IWolverineRuntime>();
        var transport = runtime.Options.Transports.GetOrCreate<RabbitMqTransport>();
        await transport.ConnectAsync(runtime);
        await transport.WithAdminChannelAsync(channel => BrokerTopologies.SeeToAsync(channel, options, ct));
        await host.StartAsync(ct);
    }

    private static async Task CloseAsync(IHost host)
    {
        try
        {
            await StopAsync(host).WaitAsync(CloseMax);
        }
        catch (Exception)
        {
            // It is given up either way, and whatever was wrong with it has been said.
        }
    }

    private static async Task StopAsync(IHost host)
    {
        // The connection first: what is still out then ends at once.
        await host.Services.GetRequiredService<IWolverineRuntime>().Options.Transports.GetOrCreate<RabbitMqTransport>().DisposeAsync();
        await host.StopAsync();
        await ((IAsyncDisposable)host).DisposeAsync();
    }
}
