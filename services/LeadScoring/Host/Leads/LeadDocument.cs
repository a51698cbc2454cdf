using System.Text.Json;
using LeadScoring.Domain.Identities;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;

namespace LeadScoring.Host.Leads;

/// <summary>
/// One lead as it is stored: what its events say (<see cref="Lead"/> but for its score), and what the model and the instant
/// of storing add. Written with its events, whole; all a decision needs stands in it.
/// </summary>
/// <remarks>
/// Every list in it is bounded: identities, conflicts and attributes by <see cref="Lead"/>'s limits, sources, campaigns, products and
/// types by <see cref="EngagementTally.DistinctValuesMax"/>, rule sums by the model's rules, days of a rule by <see cref="ScoreState.FrequencyDaysMax"/>.
/// </remarks>
public sealed record LeadDocument
{
    /// <summary>Of its stream too.</summary>
    public Guid Id { get; set; }

    public string TenantId { get; set; } = "";

    /// <summary>Marten's revision of the document is the version of the lead's stream.</summary>
    public long Version
    {
        get => Lead.Version;
        set => Lead = Lead.Version == value ? Lead : Lead with { Version = value };
    }

    public required Lead Lead { get; set; }

    /// <summary>When its latest event was stored.</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>EngagementScore, unrounded, at <see cref="ScoreAsOf"/>; decay moves it by no more than max(0.5 point, 1 %) until <see cref="RefreshDueAt"/>.</summary>
    public double Score { get; init; }

    public DateTimeOffset ScoreAsOf { get; init; }

    public Grade Grade { get; init; }

    /// <summary>Null: decay never moves the score too far.</summary>
    public DateTimeOffset? RefreshDueAt { get; init; }

    /// <summary>When time alone next makes something of the lead due; null: it waits for nothing.</summary>
    public DateTimeOffset? TimerDueAt { get; init; }

    public Stage Stage => Lead.Stage;

    public string? Owner => Lead.Owner;

    /// <summary>The model its score was made under: version and fingerprint.</summary>
    public string ModelId => Lead.Score.ModelId;

    /// <summary>The model version it crosses under only because the model changed, while marketing has not decided.</summary>
    public int? HeldFor => Lead.IsHeld ? Lead.Hold!.ModelVersion : null;

    /// <summary><see cref="DateTimeOffset.MinValue"/>: never.</summary>
    public DateTimeOffset LastEngagedAt => Lead.Engagements.LastAt?.ToUniversalTime() ?? DateTimeOffset.MinValue;

    /// <param name="lead">Its score must be able to answer for now under the model (<see cref="ScoreState.CanAnswer"/>).</param>
    /// <param name="now">The score's instant, unless a fact of the lead is later.</param>
    public static LeadDocument Of(string tenantId, Lead lead, DateTimeOffset updatedAt, ScoringModel model, DateTimeOffset now)
    {
        var asOf = WholeMicroseconds(lead.ClockAt(now));
        return new()
        {
            Id = lead.Id,
            TenantId = tenantId,
            Lead = lead,
            UpdatedAt = updatedAt.ToUniversalTime(),
            Score = lead.Score.At(asOf, model),
            ScoreAsOf = asOf,
            Grade = model.GradeOf(model.FitOf(lead.Attributes)),
            RefreshDueAt = lead.Score.DriftsAfter(asOf, model)?.ToUniversalTime(),
            TimerDueAt = TimerDue(lead),
        };
    }

    /// <summary>Null where the JSON is not a lead's: its stream tells the lead then.</summary>
    public static LeadDocument? TryRead(string tenantId, ReadOnlySpan<byte> data)
    {
        try
        {
            return Read(tenantId, data);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <param name="data">The document's JSON.</param>
    /// <exception cref="JsonException">It is not a lead's.</exception>
    public static LeadDocument Read(string tenantId, ReadOnlySpan<byte> data)
    {
        var document = JsonSerializer.Deserialize(data, LeadJsonContext.Default.StoredLeadDocument)!.ToDocument();
        document.TenantId = tenantId;
        return document;
    }

    /// <summary>The exact score of an instant; an instant before the lead's latest fact is that fact's.</summary>
    public double ScoreAt(DateTimeOffset at, ScoringModel model) => Lead.Score.At(Lead.ClockAt(at), model);

    /// <summary>Never before it is due, so that a lead which is taken for due is.</summary>
    public static DateTimeOffset? TimerDue(Lead lead) => RaiseDueTimers.NextAt(lead) is { } at ? WholeMicroseconds(at) : null;

    /// <summary>PostgreSQL keeps microseconds; rounding up keeps the instant from falling before the lead's latest fact.</summary>
    public static DateTimeOffset WholeMicroseconds(DateTimeOffset at)
    {
        var beyond = at.UtcTicks % TimeSpan.TicksPerMicrosecond;
        return new(beyond == 0 ? at.UtcTicks : at.UtcTicks - beyond + TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);
    }
}

/// <summary>Who goes by a name: at most one lead of the tenant. Claimed in the transaction of the event that links it.</summary>
/// <param name="Id">Kind and value, <see cref="IdOf"/>.</param>
public sealed record LeadIdentity(string Id, Guid LeadId)
{
    /// <summary>As it is stored, hence frozen: <c>email:ann@example.com</c>.</summary>
    public static string IdOf(Identity identity) => identity.Kind switch
    {
        IdentityKind.ExternalId => "external_id:" + identity.Value,
        IdentityKind.Email => "email:" + identity.Value,
        IdentityKind.AnonymousId => "anonymous_id:" + identity.Value,
        _ => throw new ArgumentOutOfRangeException(nameof(identity)),
    };

    public static LeadIdentity Of(Identity identity, Guid leadId) => new(IdOf(identity), leadId);
}
