using LeadScoring.Contracts;
using LeadScoring.Host;
using LeadScoring.Host.Access;
using LeadScoring.Host.Storage;
using LeadScoring.IntegrationTests.Setup;
using Npgsql;

namespace LeadScoring.IntegrationTests.Access;

public sealed class KeyRingTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    private readonly ManualClock _clock = new(new DateTimeOffset(2026, 3, 2, 12, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task A_key_names_its_tenant_and_what_it_may_do()
    {
        var (key, id) = await MakeAsync(Scopes.LeadsRead, Scopes.FeedRead);

        var caller = (await new KeyRing(database.Registry, _clock).FindAsync(key)).ShouldNotBeNull();

        caller.TenantId.ShouldBe("keyring");
        caller.KeyId.ShouldBe(id);
        caller.Scopes.ShouldBe([Scopes.LeadsRead, Scopes.FeedRead], ignoreOrder: true);
    }

    [Fact]
    public async Task The_right_id_with_another_secret_opens_nothing()
    {
        var (key, _) = await MakeAsync();
        var ring = new KeyRing(database.Registry, _clock);
        await ring.FindAsync(key);

        (await ring.FindAsync(key with { Secret = ApiKeyText.Make().Secret })).ShouldBeNull();
        (await ring.FindAsync(key)).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_key_is_not_asked_for_again_while_it_is_trusted()
    {
        var (key, id) = await MakeAsync();
        var ring = new KeyRing(database.Registry, _clock);
        await ring.FindAsync(key);
        await RevokeElsewhereAsync(id);

        _clock.Advance(KeyRing.TrustedFor - TimeSpan.FromMilliseconds(1));
        (await ring.FindAsync(key)).ShouldNotBeNull();

        _clock.Advance(TimeSpan.FromMilliseconds(1));
        (await ring.FindAsync(key)).ShouldBeNull();
    }

    [Fact]
    public async Task An_id_that_no_key_has_is_not_asked_for_again_at_once()
    {
        var key = ApiKeyText.Make();
        var ring = new KeyRing(database.Registry, _clock);
        (await ring.FindAsync(key)).ShouldBeNull();
        await MakeAsync();
        await using var session = database.Registry.LightweightSession();
        session.Insert(new ApiKey(key.Id, "keyring", "late", key.Hash(), [Scopes.Admin], _clock.GetUtcNow()));
        await session.SaveChangesAsync();

        (await ring.FindAsync(key)).ShouldBeNull();
    }

    [Fact]
    public async Task A_forgotten_key_is_looked_up_at_once()
    {
        var (key, id) = await MakeAsync();
        var ring = new KeyRing(database.Registry, _clock);
        await ring.FindAsync(key);
        await RevokeElsewhereAsync(id);

        ring.Forget(id);

        (await ring.FindAsync(key)).ShouldBeNull();
    }

    [Fact]
    public async Task Forgetting_a_tenant_forgets_its_keys()
    {
        var (key, id) = await MakeAsync();
        var ring = new KeyRing(database.Registry, _clock);
        await ring.FindAsync(key);
        await RevokeElsewhereAsync(id);

        ring.ForgetTenant("keyring");

        (await ring.FindAsync(key)).ShouldBeNull();
    }

    [Fact]
    public async Task A_key_ends_when_it_expires_though_it_is_remembered()
    {
        var (key, _) = await MakeAsync(expiresAt: _clock.GetUtcNow().AddSeconds(5));
        var ring = new KeyRing(database.Registry, _clock);
        (await ring.FindAsync(key)).ShouldNotBeNull();

        _clock.Advance(TimeSpan.FromSeconds(5));

        (await ring.FindAsync(key)).ShouldBeNull();
    }

    [Fact]
    public async Task Known_keys_go_on_while_the_database_is_away_and_unknown_ones_are_not_called_invalid()
    {
        var (key, id) = await MakeAsync();
        using var gate = new DatabaseGate(database.ConnectionString);
        await using var source = NpgsqlDataSource.Create(gate.ConnectionString);
        await using var registry = MartenSetup.RegistryOf(source);
        var ring = new KeyRing(registry, _clock);
        await ring.FindAsync(key);
        gate.Shut();

        _clock.Advance(KeyRing.TrustedFor * 2);
        (await ring.FindAsync(key)).ShouldNotBeNull();
        StoreFailures.IsUnavailable(await Should.ThrowAsync<Exception>(async () => await ring.FindAsync(ApiKeyText.Make()))).ShouldBeTrue();

        _clock.Advance(KeyRing.TrustedWithoutStore);
        StoreFailures.IsUnavailable(await Should.ThrowAsync<Exception>(async () => await ring.FindAsync(key))).ShouldBeTrue();

        gate.Open();
        (await ring.FindAsync(key)).ShouldNotBeNull();
        await RevokeElsewhereAsync(id);
        _clock.Advance(KeyRing.TrustedFor);
        (await ring.FindAsync(key)).ShouldBeNull();
    }

    /// <summary>No ring is told.</summary>
    private async Task RevokeElsewhereAsync(string id) => (await new ApiKeys(database.Registry, _clock).RevokeAsync("keyring", id, default)).ShouldBeNull();

    private async Task<(ApiKeyText Key, string Id)> MakeAsync(params string[] scopes) => await MakeAsync(null, scopes);

    private async Task<(ApiKeyText Key, string Id)> MakeAsync(DateTimeOffset? expiresAt, params string[] scopes)
    {
        await new Tenants(database.Registry, _clock).CreateAsync("keyring", "Key ring", default);
        var request = new CreateApiKeyRequest("test", scopes.Length == 0 ? [Scopes.LeadsRead] : scopes, expiresAt);
        var (created, _) = await new ApiKeys(database.Registry, _clock).CreateAsync("keyring", request, default);
        ApiKeyText.TryParse(created!.Key, out var key).ShouldBeTrue();
        return (key, created.ApiKey.Id);
    }
}
