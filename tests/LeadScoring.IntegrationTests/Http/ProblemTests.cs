using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Alba;
using System.Text;
using LeadScoring.Contracts;
using LeadScoring.Host.Http;
using LeadScoring.IntegrationTests.Setup;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace LeadScoring.IntegrationTests.Http;

public sealed class ProblemTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    private const string Keys = "/v1/tenants/acme/api-keys";

    [Fact]
    public async Task An_unknown_address_is_a_problem_too()
    {
        await using var app = await RunningApp.StartAsync(database.ConnectionString);
        using var client = app.Client();

        using var answer = await client.GetAsync(new Uri("/v1/nothing-here?email=a@b.c", UriKind.Relative));

        (await answer.ShouldBeProblemAsync(404, "not_found")).Detail.ShouldNotContain("a@b.c");
    }

    [Fact]
    public async Task A_wrong_method_is_told_the_right_ones()
    {
        await using var app = await RunningApp.StartAsync(database.ConnectionString);
        using var client = app.Client();

        using var answer = await client.PutAsync(new Uri(Keys, UriKind.Relative), null);

        await answer.ShouldBeProblemAsync(405, "method_not_allowed");
        answer.Content.Headers.Allow.ShouldBe(["GET", "POST"], ignoreOrder: true);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/xml")]
    [InlineData(null)]
    public async Task A_body_of_another_kind_is_refused(string? contentType)
    {
        await using var app = await RunningApp.StartAsync(database.ConnectionString);
        using var client = await app.ClientAsync();
        using var content = new ByteArrayContent("""{"name":"n","scopes":["admin"]}"""u8.ToArray());
        if (contentType is not null) content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);

        using var answer = await client.PostAsync(new Uri(Keys, UriKind.Relative), content);

        await answer.ShouldBeProblemAsync(415, "unsupported_media_type");
    }

    [Fact]
    public async Task A_compressed_body_is_refused_rather_than_misread()
    {
        await using var app = await RunningApp.StartAsync(database.ConnectionString);
        using var client = await app.ClientAsync();
        using var content = new StringContent("{}", Encoding.UTF8, "application/json");
        content.Headers.ContentEncoding.Add("gzip");

        using var answer = await client.PostAsync(new Uri(Keys, UriKind.Relative), content);

        await answer.ShouldBeProblemAsync(415, "unsupported_media_type");
    }

    [Theory]
    [InlineData(Keys, BodyLimits.BytesMax, false)]
    [InlineData(Keys, BodyLimits.BytesMax, true)]
    [InlineData("/v1/engagements/batch", BodyLimits.BatchBytesMax, false)]
    [InlineData("/v1/engagements/batch", BodyLimits.BatchBytesMax, true)]
    public async Task A_body_that_is_too_large_is_told_the_limit(string path, int limit, bool chunked)
    {
        await using var app = await RunningApp.StartAsync(database.ConnectionString);
        using var client = await app.ClientAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        request.Content = new ByteArrayContent(new byte[limit + 1]);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.TransferEncodingChunked = chunked;
        request.Headers.ExpectContinue = true;

        using var answer = await client.SendAsync(request);

        (await answer.ShouldBeProblemAsync(413, "body_too_large")).Detail.ShouldContain($"{limit}");
    }

    [Fact]
    public async Task A_body_of_just_the_limit_is_read()
    {
        await using var app = await RunningApp.StartAsync(database.ConnectionString);
        using var client = await app.ClientAsync();
        const string body = """{"name":"roomy","scopes":["admin"]}""";

        using var answer = await client.PostTextAsync(Keys, body + new string(' ', BodyLimits.BytesMax - body.Length));

        answer.StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Answers_do_not_name_the_server_and_are_not_to_be_sniffed_or_stored()
    {
        await using var app = await RunningApp.StartAsync(database.ConnectionString);
        using var client = app.Client();

        using var answer = await client.GetAsync(new Uri("/health/live", UriKind.Relative));

        answer.Headers.Server.ShouldBeEmpty();
        answer.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
        answer.Headers.GetValues("Content-Security-Policy").ShouldHaveSingleItem().ShouldContain("default-src 'none'");
        answer.Headers.CacheControl.ShouldNotBeNull().NoStore.ShouldBeTrue();
        answer.Headers.Contains("Access-Control-Allow-Origin").ShouldBeFalse();
    }

    [Fact]
    public async Task The_page_may_run_its_own_scripts_only()
    {
        await using var app = await RunningApp.StartAsync(database.ConnectionString);
        using var client = app.Client();

        using var page = await client.GetAsync(new Uri("/swagger/index.html", UriKind.Relative));

        page.StatusCode.ShouldBe(HttpStatusCode.OK);
        page.Headers.GetValues("Content-Security-Policy").ShouldHaveSingleItem().ShouldContain("script-src 'self';");
        (await page.Content.ReadAsStringAsync()).ShouldNotContain("<script>", Case.Insensitive, "The policy would stop an inline script.");
    }

    [Fact]
    public async Task A_tenant_that_floods_is_slowed_down_and_the_others_are_not()
    {
        await using var app = await RunningApp.StartAsync(
            database.ConnectionString, ("Limits:RequestsPerSecond", "1"), ("Limits:Burst", "3"));
        await app.MakeKeyAsync("operator");
        using var flood = await app.ClientAsync("flood", Scopes.Admin);
        using var calm = await app.ClientAsync("calm", Scopes.Admin);
        var own = new Uri("/v1/tenants/flood/api-keys", UriKind.Relative);

        var answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => flood.GetAsync(own)));

        answers.ShouldContain(a => a.StatusCode == HttpStatusCode.OK);
        var limited = answers.First(a => a.StatusCode == HttpStatusCode.TooManyRequests);
        await limited.ShouldBeProblemAsync(429, "too_many_requests");
        limited.Headers.RetryAfter.ShouldNotBeNull().Delta.ShouldNotBeNull().ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(1));
        (await calm.GetAsync(new Uri("/v1/tenants/calm/api-keys", UriKind.Relative))).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_request_that_is_no_HTTP_does_not_shake_the_server()
    {
        await using var app = await RunningApp.ListenAsync(database.ConnectionString);
        using (var socket = new TcpClient(app.Url.Host, app.Url.Port))
        {
            await socket.GetStream().WriteAsync("NONSENSE\r\n\r\n"u8.ToArray());
            (await new StreamReader(socket.GetStream()).ReadLineAsync()).ShouldNotBeNull().ShouldContain(" 400 ");
        }

        using var client = app.Client();
        (await client.GetAsync(new Uri("/health/live", UriKind.Relative))).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task What_fails_inside_is_not_told_outside()
    {
        await using var app = await FailingAsync(() => throw new InvalidOperationException("ann.lee@example.com has the password hunter2"));
        using var client = app.Server.CreateClient();

        using var answer = await client.GetAsync("/");

        await answer.ShouldBeProblemAsync(500, "internal_error");
        (await answer.Content.ReadAsStringAsync()).ShouldNotContain("hunter2");
        answer.Headers.ETag.ShouldBeNull("What was set before the failure is not true of the problem.");
        answer.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
    }

    [Fact]
    public async Task A_database_that_does_not_answer_is_worth_another_try()
    {
        await using var app = await FailingAsync(() => throw new NpgsqlException("away", new TimeoutException()));
        using var client = app.Server.CreateClient();

        using var answer = await client.GetAsync("/");

        await answer.ShouldBeProblemAsync(503, "store_unavailable");
        answer.Headers.RetryAfter.ShouldNotBeNull();
    }

    private static Task<IAlbaHost> FailingAsync(Action fail)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Critical);
        return AlbaHost.For(builder, app =>
        {
            app.UseSecurityHeaders();
            app.UseMiddleware<ProblemBoundary>();
            app.MapGet("/", (HttpContext http) =>
            {
                http.Response.Headers.ETag = "\"1\"";
                fail();
            });
        });
    }
}
