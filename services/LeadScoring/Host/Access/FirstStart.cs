using LeadScoring.Contracts;
using Marten;

namespace LeadScoring.Host.Access;

/// <summary>A database nobody has used yet gets a tenant and one key that may do everything.</summary>
public static class FirstStart
{
    public const string TenantId = "default";

    /// <summary>The key, or null when there is a tenant already. Of two instances starting at once one makes it.</summary>
    public static Task<CreatedApiKey?> EnsureAsync(IRegistry registry, TimeProvider clock, CancellationToken ct) => registry.ChangeAsync(
        async session =>
        {
            if (await session.Query<Tenant>().AnyAsync(ct)) return null;
            var now = clock.GetUtcNow();
            session.Insert(new Tenant(TenantId, "Default", Operator: true, now));
            return ApiKeys.Insert(session, TenantId, new("first key", Scopes.All), now);
        },
        ct);

    /// <summary>On standard output, not in the logs: logs are kept and copied, this must not be.</summary>
    public static void Print(CreatedApiKey created, TextWriter output)
    {
        output.WriteLine($"""

              First start: made the tenant '{created.ApiKey.TenantId}' and an API key with every scope. It is shown only now:

                  {created.Key}

            """);
        output.Flush();
    }
}
