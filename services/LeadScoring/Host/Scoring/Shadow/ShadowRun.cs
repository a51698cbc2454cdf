namespace LeadScoring.Host.Scoring.Shadow;

/// <summary>A version in shadow.</summary>
/// <param name="Since">When it was switched on; on again, it is another run.</param>
internal readonly record struct ShadowRun(string TenantId, int Version, DateTimeOffset Since);

/// <summary>One lead as seen by one version.</summary>
internal readonly record struct ShadowKey(string TenantId, int Version, Guid LeadId);
