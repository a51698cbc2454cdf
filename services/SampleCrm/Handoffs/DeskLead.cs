using System.Globalization;
using System.Text.Json;
using LeadScoring.Contracts;

namespace SampleCrm;

/// <summary>How urgent the answer to a handoff is, as the service has told.</summary>
public enum AnswerUrgency
{
    InTime,
    DueSoon,
    Overdue,
}

/// <summary>A lead that sales has or had, as the events about it say.</summary>
/// <param name="Sequence">The position in the feed of the last event it took: an older one is out of date, the same one a repeat.</param>
/// <param name="Stage">Marketing-qualified: it waits for an answer; sales-accepted; sales-qualified: it is an opportunity.</param>
/// <param name="Since">When it came to this stage.</param>
/// <param name="IsWithSales">False once it was rejected, recycled, disqualified, won or lost; a later handoff brings it back.</param>
/// <param name="Handoff">The frozen story; null when the events begin after the handoff.</param>
/// <param name="AcceptanceDueAt">Set while it waits for an answer.</param>
public sealed record DeskLead(
    Guid Id,
    long Sequence,
    EventLead Lead,
    Stage Stage,
    int Cycle,
    DateTimeOffset Since,
    bool IsWithSales = true,
    LeadMarketingQualifiedV1? Handoff = null,
    DateTimeOffset? AcceptanceDueAt = null,
    AnswerUrgency Urgency = AnswerUrgency.InTime,
    string? Owner = null,
    decimal? Amount = null,
    string? Currency = null)
{
    /// <summary>The types a desk needs; others pass.</summary>
    public static IReadOnlyList<string> Types { get; } =
    [
        IntegrationEventTypes.LeadMarketingQualified, IntegrationEventTypes.LeadAcceptanceDueSoon, IntegrationEventTypes.LeadAcceptanceOverdue,
        IntegrationEventTypes.LeadSalesAccepted, IntegrationEventTypes.LeadSalesRejected, IntegrationEventTypes.LeadRecycled,
        IntegrationEventTypes.LeadDisqualified, IntegrationEventTypes.LeadReinstated,
        IntegrationEventTypes.OpportunityOpened, IntegrationEventTypes.OpportunityWon, IntegrationEventTypes.OpportunityLost,
    ];

    /// <summary>For people.</summary>
    public string Who() => Lead.Name ?? Lead.Email ?? $"visitor {Id.ToString()[^6..]}";

    /// <exception cref="UnreadableEvent">The subject is no lead.</exception>
    public static Guid IdOf(CloudEvent published) =>
        Guid.TryParse(published.Subject, out var id) ? id : throw new UnreadableEvent("The event's subject is no lead.");

    /// <param name="known">The lead before the event; null: it was not known.</param>
    /// <param name="published">One of <see cref="Types"/>.</param>
    /// <returns>The lead after it; <paramref name="known"/> itself when the event is a repeat or out of date.</returns>
    /// <exception cref="UnreadableEvent">It is not what its type says; it never will be.</exception>
    public static DeskLead? After(DeskLead? known, CloudEvent published)
    {
        if (!long.TryParse(published.Sequence, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence))
        {
            throw new UnreadableEvent("The event has no sequence.");
        }

        if (sequence <= known?.Sequence) return known;
        var data = Read<EventData>(published);
        var lead = data.Lead ?? throw new UnreadableEvent("The event names no lead.");
        var moved = new DeskLead(IdOf(published), sequence, lead, Stage.MarketingQualified, data.Cycle, data.At, Handoff: known?.Handoff);
        return published.Type switch
        {
            IntegrationEventTypes.LeadMarketingQualified => HandedOff(moved, Read<LeadMarketingQualifiedV1>(published)),
            IntegrationEventTypes.LeadAcceptanceDueSoon => Reminded(AnswerUrgency.DueSoon),
            IntegrationEventTypes.LeadAcceptanceOverdue => Reminded(AnswerUrgency.Overdue),
            IntegrationEventTypes.LeadSalesAccepted => moved with { Stage = Stage.SalesAccepted, Owner = data.Owner },
            IntegrationEventTypes.OpportunityOpened => moved with
            {
                Stage = Stage.SalesQualified, Owner = data.Owner ?? known?.Owner, Amount = data.Amount, Currency = data.Currency,
            },
            _ => moved with { IsWithSales = false, Handoff = null },
        };

        DeskLead? Reminded(AnswerUrgency urgency) => known is { Stage: Stage.MarketingQualified } && known.Cycle == data.Cycle
            ? known with { Sequence = sequence, Urgency = urgency }
            : known;
    }

    private static DeskLead HandedOff(DeskLead moved, LeadMarketingQualifiedV1 story) => story is { Judgement: not null, Engagements: not null }
        ? moved with { Handoff = story, AcceptanceDueAt = story.AcceptanceDueAt }
        : throw new UnreadableEvent("The handoff has no story.");

    private static T Read<T>(CloudEvent published)
        where T : class
    {
        try
        {
            return (published.Data.ValueKind == JsonValueKind.Object ? published.Data.Deserialize<T>(JsonSerializerOptions.Web) : null)
                ?? throw new UnreadableEvent("The event has no data.");
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

/// <summary>How the events came, to show.</summary>
/// <param name="From">E.g. <c>feed of http://127.0.0.1:5080/</c>.</param>
/// <param name="State">A few words.</param>
/// <param name="Taken">They changed the desk.</param>
/// <param name="Repeats">They came again or too late, and changed nothing.</param>
/// <param name="Refused">Not signed as they must be, or not readable.</param>
public sealed record ReceptionView(string From, string State, long Taken, long Repeats, long Refused);

/// <summary>Where it is noted how the events come.</summary>
public sealed class Reception(string from)
{
    private long taken, repeats, refused;
    private volatile string state = "starting";

    public string State
    {
        get => state;
        set => state = value;
    }

    public void Count(bool changed) => Interlocked.Increment(ref changed ? ref taken : ref repeats);

    public long Refused
    {
        get => Interlocked.Read(ref refused);
        set => Interlocked.Exchange(ref refused, value);
    }

    public void Refuse() => Interlocked.Increment(ref refused);

    public ReceptionView View() => new(from, state, Interlocked.Read(ref taken), Interlocked.Read(ref repeats), Refused);
}

/// <summary>
/// The desk of feed and webhook: in memory alone, since reading the feed from the beginning gives the same desk again.
/// </summary>
public sealed class MemoryDesk(Reception reception, int leadsMax = MemoryDesk.LeadsMaxStandard)
{
    /// <summary>Those that sales has, each with a story of some kilobytes, and those it had.</summary>
    public const int LeadsMaxStandard = 50_000;

    private readonly Lock gate = new();
    private readonly Dictionary<Guid, DeskLead> leads = [];
    private bool isRebuilt;

    /// <returns>What lies with sales; nothing until the past was read, for half of it would be answered as if it were the present.</returns>
    public Task<IReadOnlyList<DeskLead>> WithSalesAsync(CancellationToken stop)
    {
        lock (gate) return Task.FromResult<IReadOnlyList<DeskLead>>(isRebuilt ? [.. leads.Values.Where(lead => lead.IsWithSales)] : []);
    }

    public void HasRebuilt()
    {
        lock (gate) isRebuilt = true;
    }

    /// <exception cref="UnreadableEvent">It is not what its type says.</exception>
    /// <exception cref="Refusal">There is no room.</exception>
    public void Take(CloudEvent published)
    {
        if (!DeskLead.Types.Contains(published.Type)) return;
        lock (gate)
        {
            var id = DeskLead.IdOf(published);
            var known = leads.GetValueOrDefault(id);
            var after = DeskLead.After(known, published);
            if (known is null && leads.Count >= leadsMax) throw new Refusal($"This sample remembers {leadsMax} leads and no more.");
            if (after is not null) leads[id] = after;
            reception.Count(changed: after != known);
        }
    }
}
