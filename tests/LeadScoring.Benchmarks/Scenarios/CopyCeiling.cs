using LeadScoring.Benchmarks.Traffic;
using LeadScoring.EventStore;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Benchmarks.Scenarios;

/// <summary>C: the fastest way into these tables: binary COPY of the rows the service stores, 5,000 a transaction, all indexes in place.</summary>
internal sealed class CopyCeiling(NpgsqlDataSource dataSource, StoredRows rows, Ledger ledger) : IScenario
{
    private const int Batch = 5_000;

    private static readonly string TakeNumbers = SqlText.Load(typeof(CopyCeiling), "take_numbers.sql");
    private static readonly string CopyEvents = SqlText.Load(typeof(CopyCeiling), "copy_events.sql");
    private static readonly string CopyEventIds = SqlText.Load(typeof(CopyCeiling), "copy_event_ids.sql");

    // The streams live as long as the run, so their versions do too.
    private readonly (Guid Id, long Version)[] streams =
        [.. Enumerable.Range(0, EngagementTraffic.Leads).Select(_ => (Guid.CreateVersion7(), 0L))];

    public string Name => "C";

    public string Unit => "events";

    public int Clients => 1;

    public async ValueTask<ILoadClient> ConnectAsync(int number, CancellationToken ct)
    {
        Random.Shared.Shuffle(streams);
        return new Client(await dataSource.OpenConnectionAsync(ct), streams, rows.Events, ledger);
    }

    private sealed class Client(
        NpgsqlConnection connection, (Guid Id, long Version)[] streams, IReadOnlyList<NewEvent> events, Ledger ledger) : ILoadClient
    {
        private readonly Guid[] ids = new Guid[Batch];
        private int next;

        public async ValueTask<int> RunAsync()
        {
            await using var transaction = await connection.BeginTransactionAsync();
            await using var take = new NpgsqlCommand(TakeNumbers, connection, transaction)
            {
                Parameters = { new NpgsqlParameter<int> { TypedValue = Batch, NpgsqlDbType = NpgsqlDbType.Integer } },
            };
            var firstNumber = (long)(await take.ExecuteScalarAsync())!;
            await using (var copy = await connection.BeginBinaryImportAsync(CopyEvents))
            {
                var now = DateTime.UtcNow;
                for (var i = 0; i < Batch; i++)
                {
                    ids[i] = Guid.NewGuid(); // Event ids of engagements are name-based, hence random to the index.
                    await WriteAsync(copy, firstNumber + i, ids[i], next + i, now);
                }

                await copy.CompleteAsync();
            }

            await CopyIdsAsync(firstNumber);
            await transaction.CommitAsync();
            ledger.Add(Batch);
            next = (next + Batch) % streams.Length;
            return Batch;
        }

        public ValueTask DisposeAsync() => connection.DisposeAsync();

        private async ValueTask CopyIdsAsync(long firstNumber)
        {
            await using var copy = await connection.BeginBinaryImportAsync(CopyEventIds);
            for (var i = 0; i < Batch; i++)
            {
                await copy.StartRowAsync();
                await copy.WriteAsync(ids[i], NpgsqlDbType.Uuid);
                await copy.WriteAsync(firstNumber + i, NpgsqlDbType.Bigint);
            }

            await copy.CompleteAsync();
        }

        private async ValueTask WriteAsync(NpgsqlBinaryImporter copy, long number, Guid id, int index, DateTime now)
        {
            ref var stream = ref streams[index];
            stream.Version++;
            var (streamId, version, body) = (stream.Id, stream.Version, events[index]);
            await copy.StartRowAsync();
            await copy.WriteAsync(number, NpgsqlDbType.Bigint);
            await copy.WriteAsync(id, NpgsqlDbType.Uuid);
            await copy.WriteAsync(streamId, NpgsqlDbType.Uuid);
            await copy.WriteAsync(version, NpgsqlDbType.Bigint);
            await copy.WriteAsync(body.Body, NpgsqlDbType.Jsonb);
            await copy.WriteAsync(body.Type, NpgsqlDbType.Varchar);
            await copy.WriteAsync(now, NpgsqlDbType.TimestampTz);
            await copy.WriteAsync(StoredRows.TenantId, NpgsqlDbType.Varchar);
            await copy.WriteAsync(body.DotNetType, NpgsqlDbType.Varchar);
            await copy.WriteAsync(StoredRows.TraceId, NpgsqlDbType.Varchar);
            await copy.WriteAsync(StoredRows.Headers, NpgsqlDbType.Jsonb);
            await copy.WriteAsync(value: false, NpgsqlDbType.Boolean);
        }
    }
}
