using System.Collections.Concurrent;
using System.Net;
using LeadScoring.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LeadScoring.IntegrationTests.Demo;

/// <param name="Path">With the query.</param>
internal sealed record SeenRequest(string Method, string Path, string? IfMatch, string? Authorization, string Body);

/// <summary>
/// A server on a real socket that answers as a test says: what a well-behaved LeadScoring is seldom brought to do (busy for long,
/// gone, moved on between two requests).
/// </summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly WebApplication web;

    private ScriptedServer(WebApplication web) => this.web = web;

    public ConcurrentQueue<SeenRequest> Seen { get; } = new();

    public Uri Url => new(web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    public static async Task<ScriptedServer> StartAsync(Func<SeenRequest, IResult> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var service = new ScriptedServer(builder.Build());
        service.web.Run(async http =>
        {
            using var reader = new StreamReader(http.Request.Body);
            var request = new SeenRequest(
                http.Request.Method,
                $"{http.Request.Path}{http.Request.QueryString}",
                http.Request.Headers.IfMatch,
                http.Request.Headers.Authorization,
                await reader.ReadToEndAsync());
            service.Seen.Enqueue(request);
            // So that no test waits for a second attempt; read on refusals only.
            http.Response.Headers.RetryAfter = "0";
            await answer(request).ExecuteAsync(http);
        });
        await service.web.StartAsync();
        return service;
    }

    public static IResult Refuse(int status, string code) => Results.Json(
        new Problem("about:blank", "Refused", status, code, "Because the test says so."),
        contentType: "application/problem+json",
        statusCode: status);

    public async ValueTask DisposeAsync() => await web.DisposeAsync();
}
