using System.CommandLine;
using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Http;
using LeadScoring.Host.Storage;

namespace LeadScoring.Host.Operations.Commands;

/// <summary>API keys from the machine's console: whoever can reach the database needs no key to make one.</summary>
internal static class KeysCommand
{
    private static readonly Option<string> Tenant = new("--tenant")
    {
        Description = "The tenant's id.", DefaultValueFactory = _ => FirstStart.TenantId,
    };

    public static Command Build() => new("keys", "Makes, lists and revokes API keys.") { Create(), List(), Revoke() };

    private static Command Create()
    {
        var name = new Option<string>("--name") { Description = "What the key is for.", Required = true };
        var scopes = new Option<string>("--scopes")
        {
            Description = $"'all', or some of {string.Join(',', Scopes.All)}, separated by commas.", DefaultValueFactory = _ => "all",
        };
        var expires = new Option<DateTimeOffset?>("--expires") { Description = "When it stops working, e.g. 2027-01-01T00:00:00Z; default: never." };
        var createTenant = new Option<bool>("--create-tenant") { Description = "Make the tenant when there is none of that id." };
        var quiet = new Option<bool>("--quiet") { Description = "Print the key and nothing else." };
        var command = new Command("create", "Makes an API key and prints it, once.") { Tenant, name, scopes, expires, createTenant, quiet };
        command.SetAction(parsed => WithRegistryAsync(parsed, async (registry, output, ct) =>
        {
            var tenant = parsed.GetRequiredValue(Tenant);
            var scopeTexts = parsed.GetRequiredValue(scopes) is "all" ? Scopes.All : parsed.GetRequiredValue(scopes).Split(',', StringSplitOptions.TrimEntries);
            var request = new CreateApiKeyRequest(parsed.GetRequiredValue(name), scopeTexts, parsed.GetValue(expires));
            Refuse(validation => ApiKeyEndpoints.Check(request, TimeProvider.System.GetUtcNow(), validation));
            await EnsureTenantAsync(new Tenants(registry, TimeProvider.System), tenant, parsed.GetValue(createTenant), ct);
            var (created, refusal) = await new ApiKeys(registry, TimeProvider.System).CreateAsync(tenant, request, ct);
            if (created is null) throw new StartupRefusal(refusal!.Detail);
            await output.WriteLineAsync(parsed.GetValue(quiet)
                ? created.Key
                : $"The key '{request.Name}' of the tenant '{tenant}'; it is shown only now:\n\n    {created.Key}\n");
        }));
        return command;
    }

    private static Command List()
    {
        var command = new Command("list", "Lists a tenant's API keys, never the keys themselves.") { Tenant };
        command.SetAction(parsed => WithRegistryAsync(parsed, async (registry, output, ct) =>
        {
            var tenant = await ExistingTenantAsync(registry, parsed.GetRequiredValue(Tenant), ct);
            foreach (var key in await new ApiKeys(registry, TimeProvider.System).ListAsync(tenant.Id, ct))
            {
                var state = key.RevokedAt is { } revoked ? $"revoked {revoked:u}" : key.ExpiresAt is { } expires ? $"expires {expires:u}" : "live";
                await output.WriteLineAsync($"{key.Id}  {key.CreatedAt:u}  {state,-28}  {key.Name}  [{string.Join(',', key.Scopes)}]");
            }
        }));
        return command;
    }

    private static Command Revoke()
    {
        var id = new Argument<string>("id") { Description = "The key's id, as 'keys list' shows it." };
        var command = new Command("revoke", "Revokes an API key; running instances stop taking it within ten seconds.") { Tenant, id };
        command.SetAction(parsed => WithRegistryAsync(parsed, async (registry, output, ct) =>
        {
            var tenant = await ExistingTenantAsync(registry, parsed.GetRequiredValue(Tenant), ct);
            var refusal = await new ApiKeys(registry, TimeProvider.System).RevokeAsync(tenant.Id, parsed.GetRequiredValue(id), ct);
            if (refusal is not null) throw new StartupRefusal(refusal.Detail);
            await output.WriteLineAsync("Revoked.");
        }));
        return command;
    }

    private static async Task<int> WithRegistryAsync(ParseResult parsed, Func<IRegistry, TextWriter, CancellationToken, Task> act)
    {
        using var stop = StopSignals.Listen();
        var settings = SettingsOption.ReadForAnswer(parsed);
        settings.TryAdd("Logging:LogLevel:Default", nameof(LogLevel.Warning));
        var builder = Composition.NewBuilder(settings);
        await using var database = await CommandDatabase.OpenMigratedAsync(builder, stop.Token);
        await using var registry = MartenSetup.RegistryOf(database.Source);
        await act(registry, parsed.InvocationConfiguration.Output, stop.Token);
        return 0;
    }

    /// <summary>The very first tenant needs no permission to be made: there is nobody yet whom it could surprise.</summary>
    private static async Task EnsureTenantAsync(Tenants tenants, string id, bool mayCreate, CancellationToken ct)
    {
        if (await tenants.FindAsync(id, ct) is not null) return;
        if (!mayCreate && (await tenants.ListAsync(ct)).Count > 0)
        {
            throw new StartupRefusal($"There is no tenant '{id}': correct --tenant, or add --create-tenant.");
        }

        Refuse(validation => TenantEndpoints.Check(new CreateTenantRequest(id, id), validation));
        if ((await tenants.CreateAsync(id, id, ct)).Refusal is { } refusal) throw new StartupRefusal(refusal.Detail);
    }

    private static async Task<Tenant> ExistingTenantAsync(IRegistry registry, string id, CancellationToken ct) =>
        await new Tenants(registry, TimeProvider.System).FindAsync(id, ct)
        ?? throw new StartupRefusal($"There is no tenant '{id}': correct --tenant.");

    private static void Refuse(Action<Validation> check)
    {
        var validation = new Validation();
        check(validation);
        if (validation.ToRefusal() is { Errors: { } errors })
        {
            throw new StartupRefusal(string.Join(" ", errors.Select(e => $"{e.Key.TrimStart('$', '.')}: {string.Join(' ', e.Value)}")));
        }
    }
}
