using System.Net;
using Marten;
using Marten.Exceptions;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Npgsql;
using Wolverine.Persistence.Durability;
using Wolverine.Transports;

namespace SampleCrm;

public enum HandoffsFrom { Feed, Webhook, Rabbitmq }

/// <param name="Port">Of the page, on loopback; 0 takes any free one.</param>
/// <param name="Name">Tells this desk from others: its webhook subscription is found again by it.</param>
/// <param name="WebhookUrl">Where the service reaches the webhook; null: on the page's own address.</param>
public sealed record OfficeOptions(
    int Port, HandoffsFrom From, string Name = "crm", Uri? WebhookUrl = null, RabbitOptions? RabbitMq = null, bool Logs = false);

/// <summary>The desk, its page on loopback (it shows people's names), and what brings the events: one host.</summary>
public sealed class SalesOffice : IAsyncDisposable
{
    private const int LeadsReadMax = 5_000;
    private readonly LeadScoringApi api;
    private readonly OfficeOptions options;
    private readonly SalesDesk desk;
    private readonly MemoryDesk memory;
    private readonly WebhookHandoffs webhook;
    private readonly WebApplication web;
    private IReadOnlyList<DeskLead> stored = [];

    private SalesOffice(LeadScoringApi api, OfficeOptions options, SalesDesk desk)
    {
        (this.api, this.options, this.desk) = (api, options, desk);
        Reception = new(options.RabbitMq is { } rabbit ? $"RabbitMQ at {rabbit.Broker.Host}, queue {rabbit.Queue}"
            : options.From == HandoffsFrom.Webhook ? $"webhook {options.Name}" : $"feed of {api.Url}");
        memory = new(Reception);
        webhook = new(api, memory, Reception);
        web = Build();
    }

    public Uri Url => new(web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
    public Reception Reception { get; }

    /// <exception cref="Refusal">Somebody else listens on the port, or the broker or the desk's database cannot be used.</exception>
    public static async Task<SalesOffice> OpenAsync(LeadScoringApi api, OfficeOptions options, SalesDesk desk, CancellationToken stop)
    {
        var office = new SalesOffice(api, options, desk);
        try
        {
            await office.web.StartAsync(stop);
            return office;
        }
        catch (Exception e) when (e is BrokerInitializationException or NpgsqlException or MartenSchemaException || e.InnerException is AddressInUseException)
        {
            await office.web.DisposeAsync();
            throw new Refusal(
                e switch
                {
                    IOException => $"Port {options.Port} is taken; choose another with --port (0 takes any free one).",
                    BrokerInitializationException => $"The {office.Reception.From} cannot be used: {e.GetBaseException().Message}",
                    _ => $"The desk's database cannot be used: {e.Message}",
                },
                e);
        }
    }

    /// <summary>Works until stopped.</summary>
    /// <exception cref="Refusal">The service refuses the key or a request, or the desk is full.</exception>
    public async Task WorkAsync(CancellationToken stop)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var events = options.From switch
        {
            HandoffsFrom.Rabbitmq => Task.Delay(Timeout.Infinite, ending.Token), // Wolverine brings them.
            HandoffsFrom.Webhook => webhook.RunAsync(options.WebhookUrl ?? new Uri(Url, WebhookHandoffs.Path), options.Name, ending.Token),
            _ => FeedHandoffs.ReadAsync(api, memory, Reception, follow: true, ending.Token),
        };
        await UntilOneEndsAsync(ending, events, desk.WorkAsync(LeadsAsync, ending.Token));
    }

    /// <summary>What lies with sales.</summary>
    public async Task<IReadOnlyList<DeskLead>> LeadsAsync(CancellationToken stop)
    {
        if (options.RabbitMq is null) return await memory.WithSalesAsync();
        try
        {
            await using var session = web.Services.GetRequiredService<IDocumentStore>().QuerySession();
            stored = await session.Query<DeskLead>().Where(lead => lead.IsWithSales).Take(LeadsReadMax).ToListAsync(stop);
            Reception.Refused = (await web.Services.GetRequiredService<IMessageStore>().Admin.FetchCountsAsync()).DeadLetter;
            Reception.State = "listening";
        }
        catch (Exception e) when (e is NpgsqlException or MartenCommandException)
        {
            Reception.State = $"the desk's database is away: {e.Message}";
        }

        return stored;
    }

    public async ValueTask DisposeAsync()
    {
        await web.StopAsync();
        await web.DisposeAsync();
    }

    /// <summary>Parts of one work that make no sense alone: all run until one fails or all are told to stop.</summary>
    internal static async Task UntilOneEndsAsync(CancellationTokenSource ending, params Task[] parts)
    {
        await Task.WhenAny(parts);
        await ending.CancelAsync();
        await Task.WhenAll(parts).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // Being told to stop is how the work ends.
        foreach (var failed in parts.Where(part => part.IsFaulted)) await failed;
    }

    private WebApplication Build()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        if (options.Logs) builder.Logging.SetMinimumLevel(LogLevel.Warning).AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = WebhookHandoffs.BodyBytesMax;
            kestrel.Listen(IPAddress.Loopback, options.Port);
        });
        builder.Services.AddSingleton(Reception);
        if (options.RabbitMq is { } rabbit) builder.UseRabbitHandoffs(rabbit);
        var app = builder.Build();
        app.Use((http, next) =>
        {
            http.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'self'";
            http.Response.Headers.XContentTypeOptions = "nosniff";
            http.Response.Headers.CacheControl = "no-store";
            return next(http);
        });
        app.MapGet("/", (HttpRequest request) => IsOfThisMachine(request.Host.Host)
            ? Results.Content(DeskPage.Render(desk.Cases, desk.Deeds, Reception, TimeProvider.System.GetUtcNow()), "text/html; charset=utf-8")
            : Results.StatusCode(StatusCodes.Status421MisdirectedRequest));
        app.MapGet("/style.css", () => Results.Content(DeskPage.Style, "text/css; charset=utf-8"));
        if (options.From == HandoffsFrom.Webhook) app.MapPost(WebhookHandoffs.Path, (HttpRequest request) => webhook.TakeAsync(request));
        return app;
    }

    /// <summary>A page from elsewhere may give its own name this machine's address; then it could read people's names here.</summary>
    private static bool IsOfThisMachine(string host) =>
        host is "localhost" || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
