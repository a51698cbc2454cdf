using System.Net.Sockets;
using JasperFx;
using Marten.Exceptions;
using Npgsql;

namespace LeadScoring.Host.Storage;

/// <summary>Tells a database that is away, or too slow just now, from a mistake of ours.</summary>
public static class StoreFailures
{
    /// <summary>SQLSTATE classes: connection, rolled back, resources, object in use, operator intervention.</summary>
    private static readonly string[] PassingClasses = ["08", "40", "53", "55", "57"];

    /// <summary>What Npgsql said, where Marten wraps it, or says that it could not roll back what was gone already.</summary>
    public static Exception Cause(Exception exception)
    {
        while (exception is MartenException or ObjectDisposedException && exception.InnerException is { } inner) exception = inner;
        return exception;
    }

    /// <summary>Whether somebody was faster, or made the same: what was to be stored was decided on what is no more.</summary>
    public static bool IsConflict(Exception exception) => exception switch
    {
        AggregateException { InnerExceptions: var all } => all.All(IsConflict), // One session may lose by several of its operations.
        ConcurrencyException or DocumentAlreadyExistsException or ExistingStreamIdCollisionException => true,
        _ => Cause(exception) is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation },
    };

    /// <summary>Whether the same request may well succeed a moment later.</summary>
    public static bool IsUnavailable(Exception exception) => Cause(exception) switch
    {
        PostgresException postgres =>
            PassingClasses.Contains(postgres.SqlState[..2]) || postgres.SqlState == PostgresErrorCodes.ReadOnlySqlTransaction,
        NpgsqlException npgsql => npgsql.IsTransient || npgsql.InnerException is SocketException or TimeoutException or IOException,
        MartenException { InnerException: { } cause } => IsUnavailable(cause),
        TimeoutException or SocketException or IOException => true,
        _ => false,
    };
}
