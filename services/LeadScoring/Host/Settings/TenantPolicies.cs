using System.Collections.Concurrent;
using System.Text.Json;
using LeadScoring.Domain.Nurture;
using LeadScoring.Domain.Qualification;
using LeadScoring.Host.Acceptance;
using LeadScoring.Host.Nurture;

namespace LeadScoring.Host.Settings;

/// <summary>A tenant's settings as decisions use them.</summary>
/// <param name="Cadence">Null: the tenant has set none.</param>
public sealed record TenantPolicy(AcceptanceTerms Acceptance, NurtureCadence? Cadence);

/// <summary>The tenants' settings, kept for a moment: a decision must not wait for the database to know them.</summary>
public sealed class TenantPolicies(TenantSettings settings, TimeProvider clock, ILogger<TenantPolicies> logger)
{
    /// <summary>How long an instance may still decide by what another instance has replaced.</summary>
    public static readonly TimeSpan KnownForMax = TimeSpan.FromSeconds(5);

    /// <summary>One for each tenant that writes.</summary>
    private readonly ConcurrentDictionary<string, Known> _known = new(StringComparer.Ordinal);

    public ValueTask<TenantPolicy> OfAsync(string tenantId, CancellationToken ct) =>
        _known.TryGetValue(tenantId, out var known) && clock.GetElapsedTime(known.ReadAt) < KnownForMax
            ? new(known.Policy)
            : ReadAsync(tenantId, ct);

    /// <summary>Reads them anew for the next decision: this instance has just changed them.</summary>
    public void Forget(string tenantId) => _known.TryRemove(tenantId, out _);

    private async ValueTask<TenantPolicy> ReadAsync(string tenantId, CancellationToken ct)
    {
        var readAt = clock.GetTimestamp();
        var (acceptance, cadence) = (AcceptanceTerms.AroundTheClock, (NurtureCadence?)null);
        foreach (var setting in await settings.ReadAsync(tenantId, ct))
        {
            try
            {
                if (setting.Name == BusinessHoursRules.SettingName) acceptance = BusinessHoursRules.Read(setting.Body).ToTerms();
                else if (setting.Name == NurtureCadenceRules.SettingName) cadence = NurtureCadenceRules.Read(setting.Body).ToCadence();
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                // Written by a program that knows more, e.g. a time zone: leads are better decided by the default than not at all.
                logger.LogError("The setting {Setting} of tenant {Tenant} cannot be used, its default is: {Fault}", setting.Name, tenantId, e.Message);
            }
        }

        var policy = new TenantPolicy(acceptance, cadence);
        _known[tenantId] = new(policy, readAt);
        return policy;
    }

    private sealed record Known(TenantPolicy Policy, long ReadAt);
}
