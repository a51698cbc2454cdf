using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LeadScoring.IntegrationTests.Faults.Handoffs;

/// <summary>Webhook endpoints of every temper, on one port of loopback.</summary>
internal sealed class Endpoints : IAsyncDisposable
{
    private const int BytesMax = 1 << 20;
    private static readonly TimeSpan Hanging = TimeSpan.FromSeconds(30);

    private readonly WebApplication _app;
    private int _hung;
    private int _asked;

    private Endpoints()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.MapPost("/good", http => TakeAsync(http, Good));
        _app.MapPost("/half", http => Random.Shared.Next(2) == 0 ? FailAsync(http) : TakeAsync(http, Half));
        _app.MapPost("/hang", HangAsync);
        _app.MapPost("/gone", http =>
        {
            Interlocked.Increment(ref _asked);
            http.Response.StatusCode = StatusCodes.Status410Gone;
            return Task.CompletedTask;
        });
    }

    /// <summary>Takes everything.</summary>
    public Ledger Good { get; } = new("the good webhook");

    /// <summary>Answers 500 half the time.</summary>
    public Ledger Half { get; } = new("the webhook that fails half the time");

    /// <summary>Calls that hung.</summary>
    public int Hung => Volatile.Read(ref _hung);

    /// <summary>Calls answered with 410.</summary>
    public int Asked => Volatile.Read(ref _asked);

    public Uri Url(string endpoint) => new(new Uri(_app.Urls.First()), endpoint);

    public static async Task<Endpoints> StartAsync()
    {
        var endpoints = new Endpoints();
        await endpoints._app.StartAsync();
        return endpoints;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private static async Task TakeAsync(HttpContext http, Ledger ledger)
    {
        var body = new byte[http.Request.ContentLength is { } length and <= BytesMax ? (int)length : throw new InvalidOperationException("No length.")];
        await http.Request.Body.ReadExactlyAsync(body);
        ledger.Take(body);
    }

    private static Task FailAsync(HttpContext http)
    {
        http.Response.StatusCode = StatusCodes.Status500InternalServerError;
        return Task.CompletedTask;
    }

    private async Task HangAsync(HttpContext http)
    {
        Interlocked.Increment(ref _hung);
        await Task.Delay(Hanging, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
