using static LeadScoring.Contracts.IntegrationEventTypes;

namespace SampleCrm;

/// <summary>How urgent the answer to a handoff is, as the service has told.</summary>
public enum AnswerUrgency { InTime, DueSoon, Overdue }

/// <summary>A lead that sales has or had, as the events about it say.</summary>
/// <param name="Sequence">The position in the feed of the last event it took: an older one is out of date, the same one a repeat.</param>
/// <param name="IsWithSales">False once it was rejected, recycled, disqualified, won or lost; a later handoff brings it back.</param>
/// <param name="Handoff">The frozen story; null when the events begin after the handoff.</param>
public sealed record DeskLead(
    Guid Id, long Sequence, EventLead Lead, Stage Stage, int Cycle, DateTimeOffset Since, bool IsWithSales = true, LeadMarketingQualifiedV1? Handoff = null,
    AnswerUrgency Urgency = AnswerUrgency.InTime, string? Owner = null, decimal? Amount = null, string? Currency = null)
{
    /// <summary>The types a desk needs; others pass.</summary>
    public static IReadOnlyList<string> Types { get; } =
    [
        LeadMarketingQualified, LeadAcceptanceDueSoon, LeadAcceptanceOverdue, LeadSalesAccepted, LeadSalesRejected, LeadRecycled, LeadDisqualified,
        LeadReinstated, OpportunityOpened, OpportunityWon, OpportunityLost,
    ];

    public string Who() => Lead.Name ?? Lead.Email ?? $"visitor {Id.ToString()[^6..]}";

    /// <exception cref="UnreadableEvent">The subject is no lead.</exception>
    public static Guid IdOf(CloudEvent published) =>
        Guid.TryParse(published.Subject, out var id) ? id : throw new UnreadableEvent("The event's subject is no lead.");

    /// <returns>The lead after it; <paramref name="known"/> itself when the event is a repeat or out of date.</returns>
    /// <exception cref="UnreadableEvent">It is not what its type says; it never will be.</exception>
    public static DeskLead? After(DeskLead? known, CloudEvent published)
    {
        var isPosition = long.TryParse(published.Sequence, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence);
        if (!isPosition) throw new UnreadableEvent("The event has no sequence.");
        if (sequence <= known?.Sequence) return known;
        var data = Read<EventData>(published);
        var lead = data.Lead ?? throw new UnreadableEvent("The event names no lead.");
        var moved = new DeskLead(IdOf(published), sequence, lead, Stage.MarketingQualified, data.Cycle, data.At, Handoff: known?.Handoff);
        return published.Type switch
        {
            LeadMarketingQualified => Read<LeadMarketingQualifiedV1>(published) is { Judgement: not null, Engagements: not null } story
                ? moved with { Handoff = story }
                : throw new UnreadableEvent("The handoff has no story."),
            LeadAcceptanceDueSoon => Reminded(AnswerUrgency.DueSoon),
            LeadAcceptanceOverdue => Reminded(AnswerUrgency.Overdue),
            LeadSalesAccepted => moved with { Stage = Stage.SalesAccepted, Owner = data.Owner },
            OpportunityOpened =>
                moved with { Stage = Stage.SalesQualified, Owner = data.Owner ?? known?.Owner, Amount = data.Amount, Currency = data.Currency },
            _ => moved with { IsWithSales = false, Handoff = null },
        };

        DeskLead? Reminded(AnswerUrgency urgency) => known is { Stage: Stage.MarketingQualified } && known.Cycle == data.Cycle
            ? known with { Sequence = sequence, Urgency = urgency }
            : known;
    }

    private static T Read<T>(CloudEvent published) where T : class
    {
        try
        {
            var data = published.Data.ValueKind == JsonValueKind.Object ? published.Data.Deserialize<T>(JsonSerializerOptions.Web) : null;
            return data ?? throw new UnreadableEvent("The event has no data.");
        }
        catch (JsonException e)
        {
            throw new UnreadableEvent($"The data is not that of {published.Type}.", e);
        }
    }

    /// <summary>What the types have in common, and what a desk shows beyond it.</summary>
    private sealed record EventData(EventLead? Lead, int Cycle, DateTimeOffset At, string? Owner, decimal? Amount, string? Currency);
}

/// <summary>What came is not an event of this service; the same bytes will never be.</summary>
public sealed class UnreadableEvent(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>How the events come: taken changed the desk; repeats came again or too late; refused are not signed as they must be, or not readable.</summary>
public sealed class Reception(string from)
{
    private long taken, repeats, refused;
    public string From => from;
    public string State { get; set; } = "starting";
    public long Taken => Interlocked.Read(ref taken);
    public long Repeats => Interlocked.Read(ref repeats);
    public long Refused { get => Interlocked.Read(ref refused); set => Interlocked.Exchange(ref refused, value); }
    public void Count(bool changed) => Interlocked.Increment(ref changed ? ref taken : ref repeats);
    public void Refuse() => Interlocked.Increment(ref refused);
}

/// <summary>The desk of feed and webhook: in memory alone, since reading the feed from the beginning gives the same desk again.</summary>
public sealed class MemoryDesk(Reception reception, int leadsMax = 50_000)
{
    private readonly Lock gate = new();
    private readonly Dictionary<Guid, DeskLead> leads = [];

    /// <summary>The past was read: before that, half of it would be answered as if it were the present.</summary>
    public bool IsRebuilt { get; set; }

    public Task<IReadOnlyList<DeskLead>> WithSalesAsync()
    {
        lock (gate) return Task.FromResult<IReadOnlyList<DeskLead>>(IsRebuilt ? [.. leads.Values.Where(lead => lead.IsWithSales)] : []);
    }

    /// <exception cref="UnreadableEvent">It is not what its type says.</exception>
    /// <exception cref="Refusal">There is no room.</exception>
    public void Take(CloudEvent published)
    {
        if (!DeskLead.Types.Contains(published.Type)) return;
        lock (gate)
        {
            var known = leads.GetValueOrDefault(DeskLead.IdOf(published));
            var after = DeskLead.After(known, published);
            if (known is null && leads.Count >= leadsMax) throw new Refusal($"This sample remembers {leadsMax} leads and no more.");
            if (after is not null) leads[after.Id] = after;
            reception.Count(changed: after != known);
        }
    }
}
