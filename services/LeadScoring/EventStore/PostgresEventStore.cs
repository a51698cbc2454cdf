using System.Runtime.CompilerServices;
using LeadScoring.EventStore.Appending;
using LeadScoring.EventStore.Reading;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace LeadScoring.EventStore;

/// <summary>The event store on PostgreSQL, in Marten's table layout. Safe for concurrent use; make one per database.</summary>
public sealed class PostgresEventStore : IEventStore
{
    /// <summary>
    /// How often one append is run when PostgreSQL breaks a deadlock against it or a foreign writer, which does not lock
    /// the stream first, stores the same version at the same moment. Either way nothing was stored: running again is safe.
    /// </summary>
    private const int AppendAttemptsMax = 3;

    private readonly NpgsqlDataSource _dataSource;
    private readonly LogReader _log;

    public PostgresEventStore(
        NpgsqlDataSource dataSource, EventStoreOptions? options = null, ILogger<PostgresEventStore>? logger = null)
    {
        options ??= new EventStoreOptions();
        _dataSource = dataSource;
        _log = new LogReader(dataSource, options, logger ?? NullLogger<PostgresEventStore>.Instance);
    }

    public async Task<AppendResult[]> AppendAsync(
        IReadOnlyList<StreamAppend> appends, IReadOnlyList<NpgsqlBatchCommand> companions, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(appends);
        ArgumentNullException.ThrowIfNull(companions);
        var call = new AppendCall(appends, companions);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await call.RunAsync(_dataSource, ct);
            }
            catch (PostgresException e) when (AppendFailures.IsDuplicateEventId(e))
            {
                throw new DuplicateEventIdException(e);
            }
            catch (PostgresException e) when (AppendFailures.IsCollision(e) && attempt < AppendAttemptsMax)
            {
                // The next attempt waits for the rival in the usual way and then sees what it stored.
            }
        }
    }

    public async IAsyncEnumerable<RecordedEvent> ReadStreamAsync(
        StreamKey stream, long afterVersion, [EnumeratorCancellation] CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(afterVersion);
        await using var connection = await _dataSource.OpenConnectionAsync(ct);
        await using var command = RecordedEvents.OfStream(connection, stream, afterVersion);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            yield return RecordedEvents.Read(reader);
        }
    }

    public Task<LogPage> ReadLogAsync(long afterSequence, int limit, CancellationToken ct) =>
        _log.ReadAsync(afterSequence, limit, ct);

    public Task<LogPage> ReadLogAsync(long afterSequence, int limit, IReadOnlyCollection<string> types, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(types);
        return _log.ReadAsync(afterSequence, limit, [.. types], ct);
    }

    public Task<long> LastNumberAsync(CancellationToken ct) => _log.LastNumberAsync(ct);
}
