using System.Net;
using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;
using LeadScoring.IntegrationTests.Setup;

namespace LeadScoring.IntegrationTests.Access;

public sealed class TenantEndpointsTests : IAsyncLifetime
{
    private readonly MigratedDatabase _database = new();
    private RunningApp _app = null!;
    private HttpClient _operator = null!;

    public async Task InitializeAsync()
    {
        await _database.InitializeAsync();
        _app = await RunningApp.StartAsync(_database.ConnectionString);
        _operator = await _app.ClientAsync("operator");
    }

    public async Task DisposeAsync()
    {
        _operator.Dispose();
        await _app.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task The_operator_makes_a_tenant_and_repeating_it_makes_no_second()
    {
        using var made = await CreateAsync(_operator, "acme", "Acme");
        using var again = await CreateAsync(_operator, "acme", "Acme");

        var tenant = await made.ReadAsync<TenantView>(HttpStatusCode.Created);
        tenant.Operator.ShouldBeFalse();
        (await again.ReadAsync<TenantView>()).ShouldBe(tenant);
        using var list = await GetAsync(_operator, "/v1/tenants");
        (await list.ReadAsync<TenantList>()).Tenants.Select(t => (t.Id, t.Operator)).ShouldBe([("operator", true), ("acme", false)]);
    }

    [Fact]
    public async Task An_id_that_is_taken_is_refused()
    {
        using var made = await CreateAsync(_operator, "acme", "Acme");
        using var other = await CreateAsync(_operator, "acme", "Another Acme");

        await other.ShouldBeProblemAsync(409, "tenant_exists");
    }

    [Theory]
    [InlineData("""{"id":"a","name":"n"}""", "$.id")]
    [InlineData("""{"id":"Acme","name":"n"}""", "$.id")]
    [InlineData("""{"id":"ac__me","name":"n"}""", "$.id")]
    [InlineData("""{"id":"acme-","name":"n"}""", "$.id")]
    [InlineData("""{"id":"acme","name":" "}""", "$.name")]
    [InlineData("""{"id":"acme","name":"a\nb"}""", "$.name")]
    [InlineData("""{"id":"acme"}""", "$.name")]
    [InlineData("""{"id":"acme","name":"n","color":1}""", "$.color")]
    public async Task A_bad_tenant_is_refused_with_the_field_named(string body, string path)
    {
        using var answer = await _operator.PostTextAsync("/v1/tenants", body);

        (await answer.ShouldBeProblemAsync(400, "validation_failed")).Errors.ShouldNotBeNull().Keys.ShouldBe([path]);
    }

    [Fact]
    public async Task Another_tenants_admin_manages_his_own_keys_and_nothing_else()
    {
        using var admin = await _app.ClientAsync("acme", Scopes.Admin, Scopes.LeadsRead);
        await _app.MakeKeyAsync("other");

        using var tenants = await GetAsync(admin, "/v1/tenants");
        await tenants.ShouldBeProblemAsync(403, "operator_only");
        using var make = await CreateAsync(admin, "mine", "Mine");
        await make.ShouldBeProblemAsync(403, "operator_only");
        using var revoke = await admin.DeleteAsync(new Uri("/v1/tenants/acme", UriKind.Relative));
        await revoke.ShouldBeProblemAsync(403, "operator_only");
        using var revokeOther = await admin.DeleteAsync(new Uri("/v1/tenants/other", UriKind.Relative));
        await revokeOther.ShouldBeProblemAsync(404, "tenant_not_found");
        using var others = await GetAsync(admin, "/v1/tenants/other/api-keys");
        await others.ShouldBeProblemAsync(404, "tenant_not_found");
        using var makeForOther = await CreateKeyAsync(admin, "other", Scopes.LeadsRead);
        await makeForOther.ShouldBeProblemAsync(404, "tenant_not_found");
        using var own = await GetAsync(admin, "/v1/tenants/acme/api-keys");
        (await own.ReadAsync<ApiKeyList>()).Keys.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_made_key_works_and_is_never_shown_again()
    {
        await _app.MakeKeyAsync("acme");
        using var made = await CreateKeyAsync(_operator, "acme", Scopes.Admin);
        var created = await made.ReadAsync<CreatedApiKey>(HttpStatusCode.Created);
        using var client = _app.Client(created.Key);

        using var list = await GetAsync(client, "/v1/tenants/acme/api-keys");

        var keys = await list.ReadAsync<ApiKeyList>();
        keys.Keys.First(k => k.Id == created.ApiKey.Id).ShouldBeEquivalentTo(created.ApiKey);
        (await list.Content.ReadAsStringAsync()).ShouldNotContain(created.Key);
    }

    [Fact]
    public async Task A_key_cannot_grant_what_it_does_not_have()
    {
        using var admin = await _app.ClientAsync("acme", Scopes.Admin, Scopes.LeadsRead);

        using var answer = await CreateKeyAsync(admin, "acme", Scopes.LeadsRead, Scopes.SalesWrite);

        (await answer.ShouldBeProblemAsync(403, "scope_not_held")).Detail.ShouldContain(Scopes.SalesWrite);
    }

    [Theory]
    [InlineData("""{"name":"n","scopes":[]}""", "$.scopes")]
    [InlineData("""{"name":"n","scopes":["leads:read","everything"]}""", "$.scopes[1]")]
    [InlineData("""{"name":"n","scopes":["leads:read","leads:read"]}""", "$.scopes")]
    [InlineData("""{"name":"n","scopes":"leads:read"}""", "$.scopes")]
    [InlineData("""{"name":"n","scopes":[null]}""", "$.scopes[0]")]
    [InlineData("""{"name":"n","scopes":["leads:read"],"expiresAt":"2020-01-01T00:00:00Z"}""", "$.expiresAt")]
    [InlineData("""{"name":"n","scopes":["leads:read"],"expiresAt":"2090-01-01T00:00:00"}""", "$.expiresAt")]
    public async Task A_bad_key_is_refused_with_the_field_named(string body, string path)
    {
        using var answer = await _operator.PostTextAsync("/v1/tenants/operator/api-keys", body);

        (await answer.ShouldBeProblemAsync(400, "validation_failed")).Errors.ShouldNotBeNull().Keys.ShouldBe([path]);
    }

    [Fact]
    public async Task A_revoked_key_stops_working_at_once_and_can_be_revoked_again()
    {
        var key = await _app.MakeKeyAsync("acme", Scopes.Admin);
        using var client = _app.Client(key.Key);
        (await GetAsync(client, "/v1/tenants/acme/api-keys")).EnsureSuccessStatusCode();

        for (var i = 0; i < 2; i++)
        {
            using var revoked = await _operator.DeleteAsync(new Uri($"/v1/tenants/acme/api-keys/{key.ApiKey.Id}", UriKind.Relative));
            revoked.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        }

        using var answer = await GetAsync(client, "/v1/tenants/acme/api-keys");
        await answer.ShouldBeProblemAsync(401, "invalid_api_key");
    }

    [Fact]
    public async Task The_operators_last_admin_key_cannot_be_revoked_even_by_two_at_once()
    {
        var first = (await ListAsync("operator")).Single();
        var second = (await _app.MakeKeyAsync("operator", Scopes.Admin)).ApiKey;
        using var keyless = await _app.ClientAsync("operator", Scopes.LeadsRead);

        var answers = await Task.WhenAll(new[] { first, second }.Select(
            k => _operator.DeleteAsync(new Uri($"/v1/tenants/operator/api-keys/{k.Id}", UriKind.Relative))));

        answers.Select(a => a.StatusCode).ShouldBe([HttpStatusCode.NoContent, HttpStatusCode.Conflict], ignoreOrder: true);
        await answers.Single(a => a.StatusCode == HttpStatusCode.Conflict).ShouldBeProblemAsync(409, "last_admin_key");
        var keys = await new ApiKeys(_database.Registry, TimeProvider.System).ListAsync("operator", default);
        keys.Count(k => k.RevokedAt is null && k.Scopes.Contains(Scopes.Admin)).ShouldBe(1);
    }

    [Theory]
    [InlineData("abcdefghijklmnop")]
    [InlineData("nonsense")]
    public async Task A_key_that_is_not_there_cannot_be_revoked(string id)
    {
        using var answer = await _operator.DeleteAsync(new Uri($"/v1/tenants/operator/api-keys/{id}", UriKind.Relative));

        await answer.ShouldBeProblemAsync(404, "api_key_not_found");
    }

    [Fact]
    public async Task Another_tenants_key_is_as_good_as_none()
    {
        using var admin = await _app.ClientAsync("acme", Scopes.Admin);
        var operators = (await ListAsync("operator")).Single();

        using var answer = await admin.DeleteAsync(new Uri($"/v1/tenants/acme/api-keys/{operators.Id}", UriKind.Relative));

        await answer.ShouldBeProblemAsync(404, "api_key_not_found");
    }

    [Fact]
    public async Task A_revoked_tenants_keys_stop_at_once_and_its_data_stays()
    {
        using var client = await _app.ClientAsync("acme", Scopes.Admin);
        (await GetAsync(client, "/v1/tenants/acme/api-keys")).EnsureSuccessStatusCode();

        for (var i = 0; i < 2; i++)
        {
            using var revoked = await _operator.DeleteAsync(new Uri("/v1/tenants/acme", UriKind.Relative));
            revoked.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        }

        using var answer = await GetAsync(client, "/v1/tenants/acme/api-keys");
        await answer.ShouldBeProblemAsync(401, "invalid_api_key");
        (await ListAsync("acme")).ShouldHaveSingleItem();
        using var key = await CreateKeyAsync(_operator, "acme", Scopes.LeadsRead);
        await key.ShouldBeProblemAsync(409, "tenant_revoked");
        using var again = await CreateAsync(_operator, "acme", "acme");
        await again.ShouldBeProblemAsync(409, "tenant_exists");
    }

    [Fact]
    public async Task The_operator_tenant_stays()
    {
        using var answer = await _operator.DeleteAsync(new Uri("/v1/tenants/operator", UriKind.Relative));

        await answer.ShouldBeProblemAsync(409, "operator_tenant");
    }

    private async Task<IReadOnlyList<ApiKeyView>> ListAsync(string tenant)
    {
        using var answer = await GetAsync(_operator, $"/v1/tenants/{tenant}/api-keys");
        return (await answer.ReadAsync<ApiKeyList>()).Keys;
    }

    private static Task<HttpResponseMessage> GetAsync(HttpClient client, string path) => client.GetAsync(new Uri(path, UriKind.Relative));

    private static Task<HttpResponseMessage> CreateAsync(HttpClient client, string id, string name) =>
        client.PostAsync("/v1/tenants", new CreateTenantRequest(id, name), WireJson.Default.CreateTenantRequest);

    private static Task<HttpResponseMessage> CreateKeyAsync(HttpClient client, string tenant, params string[] scopes) =>
        client.PostAsync($"/v1/tenants/{tenant}/api-keys", new CreateApiKeyRequest("made", scopes), WireJson.Default.CreateApiKeyRequest);
}
