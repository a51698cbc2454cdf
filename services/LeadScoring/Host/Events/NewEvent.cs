using JasperFx.Events;
using Marten;

namespace LeadScoring.Host.Events;

/// <summary>An event about to be stored.</summary>
/// <param name="Id">Unique in the whole store; an engagement's is derived from (tenant, source, id).</param>
/// <param name="Type">Frozen snake_case alias, e.g. <c>engagement_recorded</c>.</param>
/// <param name="DotNetType"><c>Namespace.Type,Assembly</c>: Marten reads it, and writes it with a blank, which tells what others appended.</param>
/// <param name="Body">UTF-8 JSON object, PascalCase: Marten reads it case-sensitively.</param>
/// <param name="Metadata">Who and what caused it.</param>
/// <param name="Fact">What the body was made of.</param>
public sealed record NewEvent(Guid Id, string Type, string DotNetType, ReadOnlyMemory<byte> Body, EventMetadata Metadata, object Fact);

/// <summary>Who and what caused an event.</summary>
/// <param name="CorrelationId">W3C trace id of the request, or null.</param>
/// <param name="CausationId">What led to it (a command's id, an event's id), or null.</param>
/// <param name="Actor">The API key's id or the person a command names.</param>
/// <param name="TraceParent">W3C traceparent.</param>
public sealed record EventMetadata(string? CorrelationId, string? CausationId, string? Actor, string? TraceParent)
{
    public static readonly EventMetadata None = new(null, null, null, null);

    /// <summary>What has no column of its own in Marten's table.</summary>
    internal Dictionary<string, string> Headers()
    {
        var headers = new Dictionary<string, string>(2);
        if (Actor is not null) headers.Add("actor", Actor);
        if (TraceParent is not null) headers.Add("traceparent", TraceParent);
        return headers;
    }
}

/// <summary>Metadata where Marten appends.</summary>
internal static class EventMetadataOfMarten
{
    /// <summary>All events of the session's commit carry it.</summary>
    public static void Carry(this IDocumentSession session, EventMetadata metadata)
    {
        session.CorrelationId = metadata.CorrelationId;
        session.CausationId = metadata.CausationId;
        foreach (var (name, value) in metadata.Headers()) session.SetHeader(name, value);
    }

    /// <summary>This event does.</summary>
    public static void Carry(this IEvent stored, EventMetadata metadata)
    {
        stored.CorrelationId = metadata.CorrelationId;
        stored.CausationId = metadata.CausationId;
        foreach (var (name, value) in metadata.Headers()) stored.SetHeader(name, value);
    }
}
