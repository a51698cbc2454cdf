using JasperFx;
using LeadScoring.Contracts;
using LeadScoring.Domain.Engagements;

namespace LeadScoring.Host.Engagements.Retractions;

public enum RetractionKind
{
    /// <summary>Engagements were none.</summary>
    Retraction,

    /// <summary>They are genuine after all.</summary>
    Restoration,
}

/// <param name="Id">The client's; it may give the same to a retraction and to a restoration.</param>
public readonly record struct RetractionKey(string TenantId, RetractionKind Kind, Guid Id)
{
    /// <summary>Of the document, such as <c>retraction/018f…</c>.</summary>
    public string DocumentId => $"{(Kind == RetractionKind.Retraction ? RetractionName : RestorationName)}/{Id}";

    private const string RetractionName = "retraction";
    private const string RestorationName = "restoration";

    /// <param name="documentId">As <see cref="DocumentId"/> writes it.</param>
    public static RetractionKey Of(string tenantId, string documentId)
    {
        var slash = documentId.IndexOf('/', StringComparison.Ordinal);
        var kind = documentId[..slash] == RetractionName ? RetractionKind.Retraction : RetractionKind.Restoration;
        return new(tenantId, kind, Guid.Parse(documentId[(slash + 1)..]));
    }
}

/// <summary>Which engagements are looked for in the log; what is null may be anything.</summary>
/// <param name="From">When they occurred: from this instant on.</param>
/// <param name="To">And before this.</param>
public sealed record EngagementWindow(string? Source, string? Type, string? Campaign, DateTimeOffset From, DateTimeOffset To);

/// <summary>A retraction or a restoration that was asked for, and how far it is. What it did stands in the leads' streams.</summary>
public sealed record Retraction : IRevisioned
{
    /// <inheritdoc cref="RetractionKey.DocumentId"/>
    public required string Id { get; init; }

    public required string TenantId { get; set; }

    public required RetractionKind Kind { get; init; }

    /// <summary>The client's id.</summary>
    public required Guid RequestId { get; init; }

    /// <summary>Of what was asked for, but for whether it is to be done: tells a repeat from another request under the same id.</summary>
    public required byte[] Hash { get; init; }

    /// <summary>Null: the engagements were named, or are those of <see cref="OfRetraction"/>.</summary>
    public EngagementWindow? Window { get; init; }

    /// <summary>The retraction whose engagements are restored; null: they were named.</summary>
    public Guid? OfRetraction { get; init; }

    public required string Reason { get; init; }

    public required string Actor { get; init; }

    public RetractionState State { get; init; }

    /// <summary>False: it is only looked at what would be done.</summary>
    public bool IsWanted { get; init; }

    /// <summary>The log is searched behind this position, up to <see cref="LogEnd"/>.</summary>
    public long LogPosition { get; init; }

    public long LogEnd { get; init; }

    public int Engagements { get; init; }

    public int UnknownIds { get; init; }

    /// <summary>How many leads there are of it so far; their numbers begin at 0.</summary>
    public int Leads { get; init; }

    /// <summary>Those of lower numbers are done.</summary>
    public int LeadsDone { get; init; }

    /// <summary>A code; null: it has not failed.</summary>
    public string? Failure { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    public int Version { get; set; }

    public RetractionKey Key => new(TenantId, Kind, RequestId);

    public bool IsOver => State is not (RetractionState.Finding or RetractionState.Applying);

    /// <summary>Whose leads these are: a restoration of a retraction has none of its own.</summary>
    public string LeadsOf => OfRetraction is { } retraction ? new RetractionKey(TenantId, RetractionKind.Retraction, retraction).DocumentId : Id;

    /// <summary>With everything known that it is about.</summary>
    internal Retraction Searched() => this with { State = IsWanted ? RetractionState.Applying : RetractionState.Found };
}

/// <summary>A lead's engagements of one retraction or restoration.</summary>
/// <param name="Id">That of the retraction, and the lead's.</param>
/// <param name="Number">From 0 on, in the order in which they are done.</param>
public sealed record RetractionLead(string Id, string RetractionId, int Number, Guid LeadId, IReadOnlyList<EngagementName> Engagements)
{
    public static string IdOf(string retractionId, Guid leadId) => $"{retractionId}/{leadId}";
}
