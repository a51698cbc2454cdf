using LeadScoring.Domain.Leads;
using LeadScoring.Host.Events;

namespace LeadScoring.Host.Leads.Writing;

/// <summary>A lead as the database had it when a round began, or as it is remembered.</summary>
/// <param name="Document">Null when it does not tell all its stream holds (another application appended): fold the stream.</param>
/// <param name="StreamVersion">What the append will expect.</param>
/// <param name="IsRemembered">Not loaded: the lead as this instance last knew it.</param>
internal sealed record LoadedLead(LeadDocument? Document, long StreamVersion, bool IsArchived, bool IsRemembered);

/// <summary>An event that is stored under the id a submission would use.</summary>
/// <param name="Engagement">Null when it is not an engagement.</param>
/// <param name="At">When it was stored.</param>
internal sealed record StoredEvent(StreamKey Stream, EngagementRecorded? Engagement, DateTimeOffset At);

/// <summary>A name within its tenant.</summary>
/// <param name="Id">Of the <see cref="LeadIdentity"/>.</param>
internal readonly record struct TenantIdentity(string TenantId, string Id);

/// <summary>What a round knows before it decides: one round trip's worth.</summary>
internal sealed record LoadedLeads(
    Dictionary<TenantIdentity, Guid> Holders,
    Dictionary<StreamKey, LoadedLead> Leads,
    Dictionary<Guid, StoredEvent> StoredEvents);
