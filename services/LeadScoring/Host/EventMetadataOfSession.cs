using LeadScoring.EventStore;
using Marten;

namespace LeadScoring.Host;

/// <summary>Who and what caused a session's events, as Marten keeps it: ids in their columns, the rest in headers.</summary>
public static class EventMetadataOfSession
{
    public static void Carry(this IDocumentSession session, EventMetadata metadata)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(metadata);
        session.CorrelationId = metadata.CorrelationId;
        session.CausationId = metadata.CausationId;
        if (metadata.Actor is { } actor) session.SetHeader("actor", actor);
        if (metadata.TraceParent is { } traceParent) session.SetHeader("traceparent", traceParent);
    }
}
