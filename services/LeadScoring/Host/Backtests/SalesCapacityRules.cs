using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Http;
using LeadScoring.Host.Settings;

namespace LeadScoring.Host.Backtests;

/// <summary>What a team's stated capacity may be, and what it means.</summary>
public static class SalesCapacityRules
{
    public const string SettingName = "sales_capacity";

    public const double PerWeekMin = 1;
    public const double PerWeekMax = 1_000_000;

    /// <summary>What holds while a tenant has put none.</summary>
    public static SalesCapacity NotSaid { get; } = new();

    public static void Check(SalesCapacity capacity, Validation validation) =>
        validation.PerWeek("$.qualifiedLeadsPerWeek", capacity.QualifiedLeadsPerWeek);

    public static void PerWeek(this Validation validation, string path, double? capacity) => validation.Require(
        capacity is null or (>= PerWeekMin and <= PerWeekMax), path, $"A number from {PerWeekMin:0} to {PerWeekMax:0} is expected.");

    /// <returns>Null: the tenant has not said any.</returns>
    public static async Task<double?> FindAsync(TenantSettings settings, string tenantId, CancellationToken ct) =>
        await settings.FindAsync(tenantId, SettingName, ct) is { } setting
            ? setting.Body.Deserialize(WireJson.Default.SalesCapacity)!.QualifiedLeadsPerWeek
            : null;
}
