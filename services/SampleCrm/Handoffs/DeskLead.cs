using LeadScoring.Contracts;

namespace SampleCrm.Handoffs;

/// <summary>How urgent the answer to a handoff is, as the service has told.</summary>
public enum AnswerUrgency
{
    InTime,
    DueSoon,
    Overdue,
}

/// <summary>A lead that sales has, as the events about it say.</summary>
/// <param name="Stage">Marketing-qualified: it waits for an answer; sales-accepted; sales-qualified: it is an opportunity.</param>
/// <param name="Since">When it came to this stage.</param>
/// <param name="Handoff">The frozen story; null when the events begin after the handoff.</param>
/// <param name="AcceptanceDueAt">Set while it waits for an answer.</param>
/// <param name="Amount">Of the opportunity; so is <paramref name="Currency"/>.</param>
public sealed record DeskLead(
    EventLead Lead,
    Stage Stage,
    int Cycle,
    DateTimeOffset Since,
    LeadMarketingQualifiedV1? Handoff = null,
    DateTimeOffset? AcceptanceDueAt = null,
    AnswerUrgency Urgency = AnswerUrgency.InTime,
    string? Owner = null,
    decimal? Amount = null,
    string? Currency = null)
{
    public Guid LeadId => Lead.LeadId;

    /// <summary>For people.</summary>
    public string Who => Lead.Name ?? Lead.Email ?? $"visitor {LeadId.ToString()[^6..]}";
}
