using LeadScoring.Domain;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Qualification;

namespace LeadScoring.IntegrationTests.Faults.Changing;

/// <summary>An event of a lead's stream.</summary>
internal sealed record Told(long Sequence, Guid Lead, long Version, LeadEvent Fact, DateTimeOffset StoredAt);

/// <summary>A lead as its stream tells it, kept in the plainest way, with all that was ever said of its engagements.</summary>
internal sealed class PlainLead
{
    private readonly Dictionary<(string Source, string Id), int> _places = [];

    public PlainLead()
    {
    }

    private PlainLead(PlainLead lead)
    {
        (Version, Stage, Cycle, HasQualified, CountFrom, CoolDownUntil) = (lead.Version, lead.Stage, lead.Cycle, lead.HasQualified, lead.CountFrom, lead.CoolDownUntil);
        (LatestAt, StoredAt, HeldFor, IsDropped, Attributes, Known) = (lead.LatestAt, lead.StoredAt, lead.HeldFor, lead.IsDropped, lead.Attributes, [.. lead.Known]);
    }

    public long Version { get; private set; }

    public Stage Stage { get; private set; }

    public int Cycle { get; private set; } = 1;

    public bool HasQualified { get; private set; }

    public DateTimeOffset? CountFrom { get; private set; }

    public DateTimeOffset? CoolDownUntil { get; private set; }

    public DateTimeOffset LatestAt { get; private set; } = DateTimeOffset.MinValue;

    public DateTimeOffset StoredAt { get; private set; } = DateTimeOffset.MinValue;

    /// <summary>The version it is held for, or was until marketing dropped it; null: nothing holds it back.</summary>
    public int? HeldFor { get; private set; }

    public bool IsDropped { get; private set; }

    public List<Done> Known { get; } = [];

    public IReadOnlyDictionary<string, Scalar> Attributes { get; private set; } = new Dictionary<string, Scalar>();

    /// <summary>Marketing has to say what becomes of it.</summary>
    public bool IsHeld => Stage == Stage.Inquiry && HeldFor is not null && !IsDropped;

    /// <summary>Nothing qualified it in this cycle, so that a change of the model could.</summary>
    public bool IsFree => Version > 0 && Stage is Stage.Inquiry or Stage.Disqualified && !HasQualified;

    /// <summary>As it stands; takes no further events.</summary>
    public PlainLead Snapshot() => new(this);

    public bool IsMet(PlainModel model, DateTimeOffset at) => IsMet(model, at, out _);

    /// <param name="isClose">Nobody can tell: it is a matter of the order of summing.</param>
    public bool IsMet(PlainModel model, DateTimeOffset at, out bool isClose)
    {
        isClose = false;
        if (!model.Fits(Attributes)) return false;
        if (model.FastTrackedAt(Known, CountFrom) is not null) return true;
        var reaches = model.Reaches(model.Score(Known, at, CountFrom));
        isClose = reaches is null;
        return reaches ?? true;
    }

    public void Take(Told told)
    {
        Version = told.Version;
        StoredAt = told.StoredAt;
        var at = Host.Leads.LeadEvents.HappenedAt(told.Fact);
        if (at > LatestAt) LatestAt = at;
        switch (told.Fact)
        {
            case EngagementRecorded e:
                _places.Add((e.Source, e.Id), Known.Count);
                Known.Add(new(e));
                break;
            case EngagementRetracted e:
                Say(e.Source, e.Id, counts: false);
                break;
            case EngagementRestored e:
                Say(e.Source, e.Id, counts: true);
                break;
            case AttributesChanged e:
                Attributes = Attributes.Where(a => !e.Changes.ContainsKey(a.Key)).Concat(
                    e.Changes.Where(c => c.Value is not null).Select(c => KeyValuePair.Create(c.Key, c.Value!.Value))).ToDictionary();
                break;
            case AutomationQualified:
                (Stage, HasQualified, HeldFor) = (Stage.AutomationQualified, true, null);
                break;
            case MarketingQualified:
                (Stage, HasQualified, HeldFor) = (Stage.MarketingQualified, true, null);
                break;
            case SalesAccepted:
                Stage = Stage.SalesAccepted;
                break;
            case OpportunityOpened:
                Stage = Stage.SalesQualified;
                break;
            case OpportunityWon:
                Stage = Stage.Customer;
                break;
            case LeadDisqualified:
                Stage = Stage.Disqualified;
                break;
            case LeadRecycled e:
                Begin(e.At, e.CoolDownUntil);
                break;
            case LeadReinstated e when e.Cycle != Cycle:
                Begin(e.At, coolDownUntil: null);
                break;
            case LeadReinstated:
                Stage = Stage.Inquiry;
                break;
            case ModelCrossed e:
                (HeldFor, IsDropped) = (int.Parse(e.Judgement.ModelId.Split('-')[0]), false);
                break;
            case ModelCrossingDropped:
                IsDropped = true;
                break;
        }
    }

    private void Say(string source, string id, bool counts)
    {
        var place = _places[(source, id)];
        Known[place] = Known[place] with { IsRetracted = !counts, IsVouchedFor = counts };
    }

    private void Begin(DateTimeOffset at, DateTimeOffset? coolDownUntil)
    {
        (Stage, HasQualified, CountFrom, CoolDownUntil, HeldFor, IsDropped) = (Stage.Inquiry, false, at, coolDownUntil, null, false);
        Cycle++;
    }
}
