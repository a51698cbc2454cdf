using LeadScoring.Domain.Scoring;

namespace LeadScoring.Host.DemoYear;

/// <summary>The same plan makes the same year.</summary>
/// <param name="TenantId">A tenant whose definition of a lead has never been changed.</param>
/// <param name="Leads">1 to <see cref="LeadsMax"/>.</param>
/// <param name="To">When the year ends; whole seconds, not after now.</param>
/// <param name="Models">The tenant's.</param>
public sealed record DemoYearPlan(string TenantId, int Leads, int Seed, DateTimeOffset To, ModelTimeline Models)
{
    public const int LeadsMax = 100_000;

    public DateTimeOffset From => To.AddDays(-365);
}

/// <summary>What was written.</summary>
public sealed record DemoYearResult(int Leads, long Events, long Handoffs, long Accepted, long Rejected, long Opportunities, long Won);

/// <summary>The year cannot be written into this tenant.</summary>
public sealed class DemoYearRefused(string reason) : Exception(reason);
