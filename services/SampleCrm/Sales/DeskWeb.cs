using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using SampleCrm.Handoffs;

namespace SampleCrm.Sales;

/// <summary>
/// The desk's page on a port of its own, on loopback only: it shows people's names. The endpoint for webhooks is beside it.
/// </summary>
public sealed class DeskWeb : IAsyncDisposable
{
    private readonly WebApplication web;

    private DeskWeb(WebApplication web) => this.web = web;

    public Uri Url => new(web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <param name="receiver">Takes webhooks; null: nothing does.</param>
    /// <param name="port">0 takes any free one.</param>
    /// <exception cref="PortTaken">Somebody else listens there.</exception>
    public static async Task<DeskWeb> StartAsync(
        SalesDesk desk, HandoffReception reception, WebhookReceiver? receiver, int port, TimeProvider clock, CancellationToken stop)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, port);
        });
        var app = builder.Build();
        app.Use((http, next) =>
        {
            http.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'self'";
            http.Response.Headers.XContentTypeOptions = "nosniff";
            http.Response.Headers.CacheControl = "no-store";
            return next(http);
        });
        app.MapGet("/", (HttpRequest request) => IsOfThisMachine(request.Host.Host)
            ? Results.Content(DeskPage.Render(desk.Cases, desk.Deeds, reception.View(), clock.GetUtcNow()), "text/html; charset=utf-8")
            : Results.StatusCode(StatusCodes.Status421MisdirectedRequest));
        app.MapGet("/style.css", () => Results.Content(DeskPage.Style, "text/css; charset=utf-8"));
        if (receiver is not null) app.MapPost(WebhookReceiver.Path, (HttpRequest request) => receiver.HandleAsync(request));
        try
        {
            await app.StartAsync(stop);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            await app.DisposeAsync();
            throw new PortTaken(port);
        }

        return new DeskWeb(app);
    }

    public async ValueTask DisposeAsync() => await web.DisposeAsync();

    /// <summary>A page from elsewhere may give its own name this machine's address; then it could read people's names here.</summary>
    private static bool IsOfThisMachine(string host) => host is "localhost" || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}

public sealed class PortTaken(int port) : Exception($"Port {port} is taken; choose another with --port (0 takes any free one).");
