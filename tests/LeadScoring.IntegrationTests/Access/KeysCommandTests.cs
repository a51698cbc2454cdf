using JasperFx;
using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Operations.Commands;
using LeadScoring.IntegrationTests.Setup;

namespace LeadScoring.IntegrationTests.Access;

public sealed class KeysCommandTests : IAsyncLifetime
{
    private readonly MigratedDatabase _database = new();

    public Task InitializeAsync() => _database.InitializeAsync();

    public Task DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task Quietly_made_the_key_stands_alone_on_standard_output()
    {
        var (code, output, error) = await RunAsync("create", "--tenant", "demo", "--name", "demo", "--scopes", "all", "--quiet");

        code.ShouldBe(0, error);
        ApiKeyText.TryParse(output.TrimEnd(), out var key).ShouldBeTrue(output);
        var caller = (await new KeyRing(_database.Registry, TimeProvider.System).FindAsync(key)).ShouldNotBeNull();
        caller.TenantId.ShouldBe("demo");
        caller.Scopes.ShouldBe(Scopes.All, ignoreOrder: true);
        caller.IsOperator.ShouldBeTrue("The very first tenant is the operator.");
    }

    [Fact]
    public async Task A_second_tenant_is_only_made_when_asked_for()
    {
        await RunAsync("create", "--tenant", "first", "--name", "n");

        var (code, _, error) = await RunAsync("create", "--tenant", "second", "--name", "n");
        code.ShouldBe(2);
        error.ShouldContain("--create-tenant");

        (await RunAsync("create", "--tenant", "second", "--name", "n", "--create-tenant")).Code.ShouldBe(0);
        var tenants = await new Tenants(_database.Registry, TimeProvider.System).ListAsync(default);
        tenants.Select(t => (t.Id, t.Operator)).ShouldBe([("first", true), ("second", false)]);
    }

    [Fact]
    public async Task Of_tenants_made_at_once_one_is_the_operator_and_no_other_can_be()
    {
        var tenants = new Tenants(_database.Registry, TimeProvider.System);
        await Task.WhenAll(Enumerable.Range(0, 6).Select(i => tenants.CreateAsync($"tenant-{i}", "n", default)));

        (await tenants.ListAsync(default)).Select(t => t.Operator).ShouldBe([true, false, false, false, false, false], ignoreOrder: true);
        await using var session = _database.Registry.LightweightSession();
        session.Insert(new Tenant("usurper", "n", Operator: true, DateTimeOffset.UnixEpoch));
        await Should.ThrowAsync<DocumentAlreadyExistsException>(() => session.SaveChangesAsync());
    }

    [Fact]
    public async Task Only_some_scopes_can_be_given()
    {
        await RunAsync("create", "--name", "n", "--scopes", "leads:read,feed:read");

        (await KeysAsync()).ShouldHaveSingleItem().Scopes.ShouldBe([Scopes.LeadsRead, Scopes.FeedRead]);
    }

    [Fact]
    public async Task What_is_no_scope_is_named()
    {
        var (code, _, error) = await RunAsync("create", "--name", "n", "--scopes", "leads:read,all");

        code.ShouldBe(2);
        error.ShouldContain("scopes[1]");
    }

    [Fact]
    public async Task Listed_keys_show_no_secret_and_revoked_ones_say_so()
    {
        await RunAsync("create", "--name", "stays");
        var (_, key, _) = await RunAsync("create", "--name", "goes", "--quiet");
        ApiKeyText.TryParse(key.TrimEnd(), out var goes).ShouldBeTrue();

        (await RunAsync("revoke", goes.Id)).Output.ShouldBe($"Revoked.{Environment.NewLine}");
        var (_, list, _) = await RunAsync("list");

        list.ShouldNotContain(goes.Secret);
        list.Split(Environment.NewLine).Single(line => line.Contains(goes.Id, StringComparison.Ordinal)).ShouldContain("revoked");
        list.ShouldContain("stays");
    }

    [Fact]
    public async Task The_last_admin_key_stays()
    {
        await RunAsync("create", "--name", "only");
        var key = (await KeysAsync()).ShouldHaveSingleItem();

        var (code, _, error) = await RunAsync("revoke", key.Id);

        code.ShouldBe(2);
        error.ShouldContain("last admin key");
    }

    private Task<IReadOnlyList<ApiKey>> KeysAsync() => new ApiKeys(_database.Registry, TimeProvider.System).ListAsync(FirstStart.TenantId, default);

    private async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        string[] all = ["keys", .. arguments, "--set", $"ConnectionStrings:LeadScoring={_database.ConnectionString}"];
        var code = await CommandLine.RunAsync(all, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
