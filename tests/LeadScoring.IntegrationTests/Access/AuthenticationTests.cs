using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.IntegrationTests.Setup;
using Npgsql;

namespace LeadScoring.IntegrationTests.Access;

public sealed class AuthenticationTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    [Fact]
    public async Task A_request_without_a_key_is_told_how_to_send_one()
    {
        await using var app = await RunningApp.StartAsync(database.ConnectionString);
        using var client = app.Client();

        using var answer = await client.GetAsync(new Uri("/v1/tenants", UriKind.Relative));

        await answer.ShouldBeProblemAsync(401, "missing_api_key");
        answer.Headers.WwwAuthenticate.ShouldHaveSingleItem().Scheme.ShouldBe("Bearer");
    }

    [Theory]
    [InlineData("Bearer nonsense")]
    [InlineData("Bearer ls_abcdefghijklmnop_0123456789012345678901234567890123456789012")]
    public async Task A_key_that_is_none_is_refused(string header)
    {
        await using var app = await RunningApp.StartAsync(database.ConnectionString);
        using var client = app.Client();
        client.DefaultRequestHeaders.Authorization = AuthenticationHeaderValue.Parse(header);

        using var answer = await client.GetAsync(new Uri("/v1/tenants", UriKind.Relative));

        await answer.ShouldBeProblemAsync(401, "invalid_api_key");
        answer.Headers.WwwAuthenticate.ShouldHaveSingleItem().Parameter.ShouldNotBeNull().ShouldContain("invalid_token");
    }

    [Fact]
    public async Task Another_scheme_is_no_key()
    {
        await using var app = await RunningApp.StartAsync(database.ConnectionString);
        using var client = app.Client();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", "YTpi");

        using var answer = await client.GetAsync(new Uri("/v1/tenants", UriKind.Relative));

        await answer.ShouldBeProblemAsync(401, "missing_api_key");
    }

    [Fact]
    public async Task A_key_without_the_scope_is_told_which_one()
    {
        await using var app = await RunningApp.StartAsync(database.ConnectionString);
        using var client = await app.ClientAsync("acme", Scopes.LeadsRead, Scopes.EngagementsWrite);

        using var answer = await client.GetAsync(new Uri("/v1/tenants", UriKind.Relative));

        (await answer.ShouldBeProblemAsync(403, "missing_scope")).Detail.ShouldContain("admin");
        answer.Headers.WwwAuthenticate.ShouldHaveSingleItem().Parameter.ShouldNotBeNull().ShouldContain("scope=\"admin\"");
    }

    [Fact]
    public async Task The_answer_comes_before_the_body_is_asked_for()
    {
        await using var app = await RunningApp.ListenAsync(database.ConnectionString);
        using var socket = new TcpClient(app.Url.Host, app.Url.Port);
        var stream = socket.GetStream();

        await stream.WriteAsync("POST /v1/tenants HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50000\r\n\r\n"u8.ToArray());

        var line = await new StreamReader(stream, Encoding.ASCII).ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(4));
        line.ShouldBe("HTTP/1.1 401 Unauthorized");
    }

    [Fact]
    public async Task A_revoked_tenant_is_out_on_every_instance()
    {
        await using var app = await RunningApp.StartAsync(database.ConnectionString);
        await app.MakeKeyAsync("the-operator");
        using var client = await app.ClientAsync("leaver", Scopes.Admin);
        (await new Tenants(database.Registry, TimeProvider.System).RevokeAsync("leaver", default)).ShouldBeNull();

        using var answer = await client.GetAsync(new Uri("/v1/tenants/leaver/api-keys", UriKind.Relative));

        await answer.ShouldBeProblemAsync(401, "invalid_api_key");
    }

    [Fact]
    public async Task An_address_that_guesses_too_often_has_to_wait_but_keys_known_to_be_good_go_on()
    {
        await using var app = await RunningApp.StartAsync(database.ConnectionString, ("Limits:FailedAuthenticationsPerMinute", "3"));
        using var good = await app.ClientAsync("guarded", Scopes.Admin);
        (await good.GetAsync(new Uri("/v1/tenants/guarded/api-keys", UriKind.Relative))).EnsureSuccessStatusCode();

        for (var i = 0; i < 3; i++)
        {
            using var guesser = app.Client(ApiKeyText.Make().Reveal());
            using var refused = await guesser.GetAsync(new Uri("/v1/tenants", UriKind.Relative));
            await refused.ShouldBeProblemAsync(401, "invalid_api_key");
        }

        using var again = app.Client(ApiKeyText.Make().Reveal());
        using var limited = await again.GetAsync(new Uri("/v1/tenants", UriKind.Relative));
        await limited.ShouldBeProblemAsync(429, "too_many_requests");
        limited.Headers.RetryAfter.ShouldNotBeNull();
        (await good.GetAsync(new Uri("/v1/tenants/guarded/api-keys", UriKind.Relative))).EnsureSuccessStatusCode();
    }

    [Fact]
    public async Task While_the_database_is_away_an_unknown_key_is_not_called_invalid()
    {
        using var gate = new DatabaseGate(database.ConnectionString);
        await using var app = await RunningApp.StartAsync(gate.ConnectionString);
        gate.Shut();
        using var client = app.Client(ApiKeyText.Make().Reveal());

        using var answer = await client.GetAsync(new Uri("/v1/tenants", UriKind.Relative));

        await answer.ShouldBeProblemAsync(503, "store_unavailable");
        answer.Headers.RetryAfter.ShouldNotBeNull();
    }

    [Fact]
    public async Task The_database_holds_no_secret()
    {
        await using var app = await RunningApp.StartAsync(database.ConnectionString);
        var made = await app.MakeKeyAsync();
        var secret = made.Key[(made.Key.LastIndexOf('_') + 1)..];

        await using var session = database.Registry.QuerySession();
        var stored = (await session.Json.FindByIdAsync<ApiKey>(made.ApiKey.Id)).ShouldNotBeNull();

        stored.ShouldContain(made.ApiKey.Name);
        stored.ShouldNotContain(secret);
        stored.ShouldNotContain(Convert.ToHexString(Encoding.ASCII.GetBytes(secret)), Case.Insensitive);
        stored.ShouldNotContain(Convert.ToBase64String(Encoding.ASCII.GetBytes(secret)).TrimEnd('='));
    }
}
