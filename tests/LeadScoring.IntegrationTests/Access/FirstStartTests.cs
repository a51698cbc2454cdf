using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.IntegrationTests.Setup;

namespace LeadScoring.IntegrationTests.Access;

public sealed class FirstStartTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    [Fact]
    public async Task Of_many_instances_starting_at_once_one_makes_the_first_tenant_and_its_key()
    {
        const int instances = 8;

        var made = await Task.WhenAll(
            Enumerable.Range(0, instances).Select(_ => FirstStart.EnsureAsync(database.Registry, TimeProvider.System, default)));

        var key = made.Where(k => k is not null).ShouldHaveSingleItem()!;
        key.ApiKey.Scopes.ShouldBe(Scopes.All);
        ApiKeyText.TryParse(key.Key, out var text).ShouldBeTrue();
        var caller = (await new KeyRing(database.Registry, TimeProvider.System).FindAsync(text)).ShouldNotBeNull();
        caller.IsOperator.ShouldBeTrue();
        (await new Tenants(database.Registry, TimeProvider.System).ListAsync(default)).ShouldHaveSingleItem().Id.ShouldBe(FirstStart.TenantId);
        (await new ApiKeys(database.Registry, TimeProvider.System).ListAsync(FirstStart.TenantId, default)).ShouldHaveSingleItem().Id.ShouldBe(text.Id);
        (await FirstStart.EnsureAsync(database.Registry, TimeProvider.System, default)).ShouldBeNull();
    }
}
