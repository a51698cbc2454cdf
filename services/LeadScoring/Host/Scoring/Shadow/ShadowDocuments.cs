using System.Globalization;
using System.Text.Json.Serialization;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;
using LeadScoring.Domain.Scoring.Shadow;
using Marten;
using Marten.Schema.Indexing.Unique;

namespace LeadScoring.Host.Scoring.Shadow;

/// <summary>A version that is scored beside the active one, from the event on that switched it on.</summary>
public sealed record ShadowRun
{
    [JsonIgnore]
    public string TenantId { get; set; } = "";

    public int ModelVersion { get; set; }

    /// <summary>Of the event that switched it on: what the log holds before counts for nothing.</summary>
    public long SwitchedOnAt { get; init; }
}

/// <summary>What such a version makes of a lead that was touched since.</summary>
public sealed record ShadowLeadDocument
{
    [JsonIgnore]
    public string TenantId { get; set; } = "";

    /// <summary><see cref="IdOf"/>.</summary>
    public required string Id { get; init; }

    public int ModelVersion { get; init; }

    /// <summary>Without the names the person goes by and attributes the version does not look at: those are kept in one place only.</summary>
    public required Lead Lead { get; init; }

    /// <summary>The current one.</summary>
    public required ShadowCycle Cycle { get; init; }

    public static string IdOf(int modelVersion, Guid leadId) => string.Create(CultureInfo.InvariantCulture, $"{modelVersion}/{leadId}");

    public static ShadowLeadDocument Of(ShadowLead lead, ScoringModel model)
    {
        var asked = model.FitRules.SelectMany(r => r.When).Select(p => p.Property).ToHashSet(StringComparer.Ordinal);
        return new()
        {
            Id = IdOf(model.Version, lead.Lead.Id),
            ModelVersion = model.Version,
            Lead = lead.Lead with
            {
                Identities = [],
                Conflicts = [],
                Attributes = lead.Lead.Attributes.Where(a => asked.Contains(a.Key)).ToDictionary(),
            },
            Cycle = lead.Cycle,
        };
    }
}

/// <summary>A cycle in which the version would have qualified the lead, or the service did.</summary>
public sealed record ShadowCycleDocument
{
    public required string Id { get; init; }

    public int ModelVersion { get; init; }

    public DateTimeOffset? WouldQualifyAt { get; init; }

    public DateTimeOffset? QualifiedAt { get; init; }

    public static ShadowCycleDocument Of(int modelVersion, Guid leadId, ShadowCycle cycle) => new()
    {
        Id = string.Create(CultureInfo.InvariantCulture, $"{modelVersion}/{leadId}/{cycle.Cycle}"),
        ModelVersion = modelVersion,
        WouldQualifyAt = cycle.WouldQualifyAt,
        QualifiedAt = cycle.QualifiedAt,
    };
}

/// <summary>The documents of versions in shadow, as Marten is told of them.</summary>
public static class ShadowDocuments
{
    public static void Configure(StoreOptions options)
    {
        options.Schema.For<ShadowRun>()
            .DocumentAlias("shadow_run")
            .DoNotPartition()
            .Identity(x => x.ModelVersion)
            .Metadata(m => m.TenantId.MapTo(x => x.TenantId));
        options.Schema.For<ShadowLeadDocument>()
            .DocumentAlias("shadow_lead")
            .DoNotPartition()
            .Metadata(m => m.TenantId.MapTo(x => x.TenantId))
            .Duplicate(x => x.ModelVersion, notNull: true, configure: i => i.TenancyScope = TenancyScope.PerTenant);
        options.Schema.For<ShadowCycleDocument>()
            .DocumentAlias("shadow_cycle")
            .DoNotPartition()
            .Duplicate(x => x.ModelVersion, notNull: true, configure: i => i.TenancyScope = TenancyScope.PerTenant);
    }
}
