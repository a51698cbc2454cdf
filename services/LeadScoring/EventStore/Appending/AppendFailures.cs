using Npgsql;

namespace LeadScoring.EventStore.Appending;

/// <summary>What PostgreSQL's refusals of an append mean. After each of them nothing of the call is stored.</summary>
internal static class AppendFailures
{
    public static bool IsDuplicateEventId(PostgresException e) =>
        e is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "idx_mt_events_event_id" };

    public static bool IsCollision(PostgresException e) =>
        e is { SqlState: PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure }
        || e is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "pk_mt_events_stream_and_version" };
}
