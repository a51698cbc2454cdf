using LeadScoring.EventStore;
using Npgsql;

namespace LeadScoring.Host.Leads.Writing;

/// <summary>Which faults of the store pass by themselves, so that the same batch is worth another attempt.</summary>
internal static class StoreFaults
{
    /// <summary>Classes of SQLSTATE: connection, resources, operator intervention, object in use, transaction rollback.</summary>
    private static readonly string[] PassingClasses = ["08", "53", "57", "55", "40"];

    /// <summary>Loading again finds what another instance stored meanwhile; a duplicate that stays unseen is a fault.</summary>
    private const int DuplicateAttemptsMax = 5;

    public static bool MayPass(Exception e, int attempt) => e switch
    {
        DuplicateEventIdException => attempt <= DuplicateAttemptsMax,
        PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction } => true, // A fail-over moves the roles one by one.
        PostgresException database => PassingClasses.Contains(database.SqlState[..2]),
        NpgsqlException or TimeoutException or IOException => true,
        _ => false,
    };

    /// <summary>Whether a commit that ended so may have gone through all the same. An error, unlike a lost session, rolls back.</summary>
    public static bool LeavesOutcomeOpen(Exception e) => e is not (DuplicateEventIdException or PostgresException { InvariantSeverity: "ERROR" });
}
