using LeadScoring.Contracts;
using LeadScoring.Host.Http;

namespace LeadScoring.Host.Access;

/// <summary>What tenants and keys may be called, and who may manage which.</summary>
public static class AccessRules
{
    public const int TenantIdLengthMin = 2;
    public const int TenantIdLengthMax = 64;
    public const int NameLengthMax = 128;

    public static Refusal TenantNotFound { get; } = new(404, "tenant_not_found", "There is no such tenant.");

    public static Refusal OperatorOnly { get; } =
        new(403, "operator_only", "Only admin keys of the operator tenant manage tenants.");

    /// <summary>Lower-case letters and digits, separated by single <c>_</c> or <c>-</c>, a letter first.</summary>
    public static bool IsTenantId(string? id)
    {
        if (id is not { Length: >= TenantIdLengthMin and <= TenantIdLengthMax } || !char.IsAsciiLetterLower(id[0])) return false;
        for (var i = 1; i < id.Length; i++)
        {
            if (char.IsAsciiLetterLower(id[i]) || char.IsAsciiDigit(id[i])) continue;
            if (id[i] is not ('_' or '-') || i == id.Length - 1 || id[i - 1] is '_' or '-') return false;
        }

        return true;
    }

    public static void Check(CreateTenantRequest request, Validation validation)
    {
        validation.Require(
            IsTenantId(request.Id),
            "$.id",
            $"{TenantIdLengthMin} to {TenantIdLengthMax} lower-case letters and digits are expected, separated by single _ or -, a letter first.");
        validation.Text("$.name", request.Name, NameLengthMax);
    }

    public static void Check(CreateApiKeyRequest request, DateTimeOffset now, Validation validation)
    {
        validation.Text("$.name", request.Name, NameLengthMax);
        validation.Require(request.Scopes.Count > 0, "$.scopes", "At least one scope is expected.");
        for (var i = 0; i < request.Scopes.Count; i++)
        {
            validation.Require(Scopes.All.Contains(request.Scopes[i]), $"$.scopes[{i}]", $"One of {string.Join(", ", Scopes.All)} is expected.");
        }

        validation.Require(request.Scopes.Distinct(StringComparer.Ordinal).Count() == request.Scopes.Count, "$.scopes", "A scope stands here twice.");
        validation.Require(request.ExpiresAt is not { } end || end > now, "$.expiresAt", "A time in the future is expected.");
    }

    /// <summary>An admin key reaches its own tenant; the operator's reach every one. Another tenant is as good as none.</summary>
    public static bool MayManage(this Caller caller, string tenantId) => caller.IsOperator || caller.TenantId == tenantId;
}
