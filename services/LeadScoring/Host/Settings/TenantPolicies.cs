using System.Collections.Concurrent;
using System.Text.Json;
using LeadScoring.Domain.Nurture;
using LeadScoring.Domain.Qualification;
using LeadScoring.Host.Acceptance;
using LeadScoring.Host.Nurture;

namespace LeadScoring.Host.Settings;

/// <summary>A tenant's settings as decisions use them.</summary>
/// <param name="Cadence">Null: the tenant has set none.</param>
public sealed record TenantPolicy(AcceptanceTerms Acceptance, NurtureCadence? Cadence)
{
    public static readonly TenantPolicy Default = new(AcceptanceTerms.AroundTheClock, Cadence: null);
}

/// <summary>The tenants' settings, kept for a moment: a decision must not wait for the database to know them.</summary>
public sealed class TenantPolicies(TenantSettings settings, TimeProvider clock, ILogger<TenantPolicies> logger)
{
    /// <summary>How long an instance may still decide by what another instance has replaced.</summary>
    public static readonly TimeSpan KnownForMax = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, Known> _known = new(StringComparer.Ordinal);

    public ValueTask<TenantPolicy> OfAsync(string tenantId, CancellationToken ct) =>
        _known.TryGetValue(tenantId, out var known) && IsFresh(known) ? new(known.Policy) : ReadAsync(tenantId, ct);

    /// <summary>Reads them anew for the next decision: this instance has just changed them.</summary>
    public void Forget(string tenantId) => _known.TryRemove(tenantId, out _);

    private bool IsFresh(Known known) => clock.GetElapsedTime(known.ReadAt) < KnownForMax;

    /// <summary>One question for everybody who would ask it next; there are at most <see cref="Access.Tenants.CountMax"/> tenants.</summary>
    private async ValueTask<TenantPolicy> ReadAsync(string tenantId, CancellationToken ct)
    {
        var readAt = clock.GetTimestamp();
        var tenants = _known.Where(k => !IsFresh(k.Value)).Select(k => k.Key).Append(tenantId).Distinct(StringComparer.Ordinal).ToArray();
        var found = (await settings.ReadAsync(tenants, ct)).ToLookup(s => s.TenantId, StringComparer.Ordinal);
        var policy = TenantPolicy.Default;
        foreach (var tenant in tenants)
        {
            var known = _known[tenant] = Learn(found[tenant].ToArray(), _known.GetValueOrDefault(tenant), readAt);
            if (tenant == tenantId) policy = known.Policy;
        }

        return policy;
    }

    private Known Learn(TenantSetting[] found, Known? before, long readAt)
    {
        var versions = found.Select(s => (s.Name, s.Version)).Order().ToArray();
        if (before is not null && before.Versions.SequenceEqual(versions)) return before with { ReadAt = readAt };
        var policy = TenantPolicy.Default;
        foreach (var setting in found)
        {
            try
            {
                policy = setting.Name switch
                {
                    BusinessHoursRules.SettingName => policy with { Acceptance = BusinessHoursRules.Read(setting.Body).ToTerms() },
                    NurtureCadenceRules.SettingName => policy with { Cadence = NurtureCadenceRules.Read(setting.Body).ToCadence() },
                    _ => policy,
                };
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                // Written by a program that knows more, e.g. a time zone: leads are better decided by the default than not at all.
                logger.LogError("The setting {Setting} of tenant {Tenant} cannot be used, its default is: {Fault}", setting.Name, setting.TenantId, e.Message);
            }
        }

        return new(policy, versions, readAt);
    }

    private sealed record Known(TenantPolicy Policy, (string Name, int Version)[] Versions, long ReadAt);
}
