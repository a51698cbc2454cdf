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

/// <summary>How the desk gets its events.</summary>
public enum HandoffsFrom
{
    Feed,
    Webhook,
    Rabbitmq,
}

/// <param name="Port">Of the page, on loopback; 0 takes any free one.</param>
/// <param name="Name">Tells this desk from others: its webhook subscription is found again by it.</param>
/// <param name="WebhookUrl">Where the service reaches the webhook; null: on the page's own address.</param>
/// <param name="RabbitMq">Set when the events come from it.</param>
/// <param name="Logs">Warnings go to standard error.</param>
public sealed record OfficeOptions(
    int Port, HandoffsFrom From, string Name = "crm", Uri? WebhookUrl = null, RabbitOptions? RabbitMq = null, bool Logs = false);

/// <summary>The desk, its page on loopback (it shows people's names), and what brings the events: one host.</summary>
public sealed class SalesOffice : IAsyncDisposable
{
    /// <summary>Shown and answered at once.</summary>
    private const int LeadsMax = 5_000;

    private readonly LeadScoringApi api;
    private readonly OfficeOptions options;
    private readonly SalesDesk desk;
    private readonly Reception reception;
    private readonly MemoryDesk memory;
    private readonly WebhookHandoffs webhook;
    private readonly WebApplication web;
    private IReadOnlyList<DeskLead> stored = [];

    private SalesOffice(LeadScoringApi api, OfficeOptions options, SalesDesk desk)
    {
        (this.api, this.options, this.desk) = (api, options, desk);
        reception = new Reception(options switch
        {
            { RabbitMq: { } rabbit } => $"RabbitMQ at {rabbit.Broker.Host}, queue {rabbit.Queue}",
            { From: HandoffsFrom.Webhook } => $"webhook {options.Name}",
            _ => $"feed of {api.Url}",
        });
        memory = new MemoryDesk(reception);
        webhook = new WebhookHandoffs(api, memory, reception);
        web = Build();
    }

    /// <summary>Of the page.</summary>
    public Uri Url => new(web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    public ReceptionView Reception => reception.View();

    /// <exception cref="Refusal">Somebody else listens on the port, or the broker or the desk's database cannot be used.</exception>
    public static async Task<SalesOffice> OpenAsync(LeadScoringApi api, OfficeOptions options, SalesDesk desk, CancellationToken stop)
    {
        var office = new SalesOffice(api, options, desk);
        try
        {
            await office.web.StartAsync(stop);
            return office;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            await office.web.DisposeAsync();
            throw e switch
            {
                IOException { InnerException: AddressInUseException } =>
                    new Refusal($"Port {options.Port} is taken; choose another with --port (0 takes any free one).", e),
                BrokerInitializationException => new Refusal($"RabbitMQ cannot be used: {e.GetBaseException().Message}", e),
                NpgsqlException => new Refusal($"The desk's database cannot be used: {e.Message}", e),
                _ => e,
            };
        }
    }

    /// <summary>What lies with sales.</summary>
    public Task<IReadOnlyList<DeskLead>> LeadsAsync(CancellationToken stop) =>
        options.RabbitMq is null ? memory.WithSalesAsync(stop) : StoredAsync(stop);

    /// <summary>Works until stopped.</summary>
    /// <exception cref="Refusal">The service refuses the key or a request, or the desk is full.</exception>
    public async Task WorkAsync(CancellationToken stop)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        await UntilOneEndsAsync(ending, BringAsync(ending.Token), desk.WorkAsync(LeadsAsync, ending.Token));
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
        try
        {
            await Task.WhenAll(parts);
        }
        catch (OperationCanceledException) when (!parts.Any(part => part.IsFaulted))
        {
            // Being told to stop is how the work ends.
        }
    }

    private Task BringAsync(CancellationToken stop) => options.From switch
    {
        HandoffsFrom.Rabbitmq => Task.Delay(Timeout.Infinite, stop), // Wolverine brings them.
        HandoffsFrom.Webhook => webhook.RunAsync(options.WebhookUrl ?? new Uri(Url, WebhookHandoffs.Path), options.Name, stop),
        _ => FeedHandoffs.ReadAsync(api, memory, reception, follow: true, stop),
    };

    private async Task<IReadOnlyList<DeskLead>> StoredAsync(CancellationToken stop)
    {
        try
        {
            await using var session = web.Services.GetRequiredService<IDocumentStore>().QuerySession();
            stored = await session.Query<DeskLead>().Where(lead => lead.IsWithSales).Take(LeadsMax).ToListAsync(stop);
            reception.Refused = (await web.Services.GetRequiredService<IMessageStore>().Admin.FetchCountsAsync()).DeadLetter;
            reception.State = "listening";
        }
        catch (Exception e) when (e is NpgsqlException or MartenCommandException)
        {
            reception.State = $"the desk's database is away: {e.Message}";
        }

        return stored;
    }

    private WebApplication Build()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        if (options.Logs) builder.Logging.SetMinimumLevel(LogLevel.Warning).AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = WebhookHandoffs.BodyBytesMax;
            kestrel.Listen(IPAddress.Loopback, options.Port);
        });
        builder.Services.AddSingleton(reception);
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
