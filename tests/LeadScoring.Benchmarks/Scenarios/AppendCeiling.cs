using LeadScoring.Benchmarks.Traffic;
using LeadScoring.EventStore;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Benchmarks.Scenarios;

/// <summary>
/// A: the plain ordered append in this layout: one prepared statement that moves 500 streams and stores 500 events from arrays. It
/// asks nothing (no lock, no barrier, no rival, no duplicate), so it owes nothing to how our own store does it.
/// </summary>
internal sealed class AppendCeiling(NpgsqlDataSource dataSource, StoredRows rows, Ledger ledger) : IScenario
{
    private const int Batch = 500;

    private static readonly string CreateStreams = SqlText.Load(typeof(AppendCeiling), "create_ceiling_streams.sql");
    private static readonly string AppendOrdered = SqlText.Load(typeof(AppendCeiling), "append_ordered.sql");

    private (Guid Id, long Version)[]? streams;

    public string Name => "A";

    public string Unit => "events";

    public int Clients => 1;

    public async ValueTask<ILoadClient> ConnectAsync(int number, CancellationToken ct)
    {
        var connection = await dataSource.OpenConnectionAsync(ct);
        streams ??= await CreateAsync(connection, ct);
        Random.Shared.Shuffle(streams);
        return new Client(connection, streams, rows.Events, ledger);
    }

    private static async Task<(Guid Id, long Version)[]> CreateAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var ids = Enumerable.Range(0, EngagementTraffic.Leads).Select(_ => Guid.CreateVersion7()).ToArray();
        await using var create = new NpgsqlCommand(CreateStreams, connection) { Parameters = { Of(StoredRows.TenantId, NpgsqlDbType.Varchar), Many(ids, NpgsqlDbType.Uuid) } };
        await create.ExecuteNonQueryAsync(ct);
        return [.. ids.Select(id => (id, 0L))];
    }

    private static NpgsqlParameter<T> Of<T>(T value, NpgsqlDbType type) => new() { TypedValue = value, NpgsqlDbType = type };

    private static NpgsqlParameter<T[]> Many<T>(T[] values, NpgsqlDbType type) => Of(values, NpgsqlDbType.Array | type);

    private sealed class Client : ILoadClient
    {
        private readonly NpgsqlConnection connection;
        private readonly (Guid Id, long Version)[] streams;
        private readonly IReadOnlyList<NewEvent> events;
        private readonly Ledger ledger;
        private readonly NpgsqlCommand command;
        private readonly Guid[] streamIds = new Guid[Batch];
        private readonly long[] versions = new long[Batch];
        private readonly Guid[] ids = new Guid[Batch];
        private readonly ReadOnlyMemory<byte>[] bodies = new ReadOnlyMemory<byte>[Batch];
        private readonly string[] types = new string[Batch];
        private readonly string[] dotNetTypes = new string[Batch];
        private readonly ReadOnlyMemory<byte>[] headers = new ReadOnlyMemory<byte>[Batch];
        private readonly NpgsqlParameter<DateTime> now = Of(DateTime.UtcNow, NpgsqlDbType.TimestampTz);
        private int next;

        public Client(NpgsqlConnection connection, (Guid Id, long Version)[] streams, IReadOnlyList<NewEvent> events, Ledger ledger)
        {
            (this.connection, this.streams, this.events, this.ledger) = (connection, streams, events, ledger);
            Array.Fill(headers, StoredRows.Headers);
            command = new NpgsqlCommand(AppendOrdered, connection)
            {
                Parameters =
                {
                    Of(StoredRows.TenantId, NpgsqlDbType.Varchar),
                    Of(StoredRows.TraceId, NpgsqlDbType.Varchar),
                    Many(streamIds, NpgsqlDbType.Uuid),
                    Many(versions, NpgsqlDbType.Bigint),
                    Many(ids, NpgsqlDbType.Uuid),
                    Many(bodies, NpgsqlDbType.Jsonb),
                    Many(types, NpgsqlDbType.Varchar),
                    Many(dotNetTypes, NpgsqlDbType.Varchar),
                    Many(headers, NpgsqlDbType.Jsonb),
                    now,
                },
            };
        }

        public async ValueTask<int> RunAsync()
        {
            for (var i = 0; i < Batch; i++)
            {
                ref var stream = ref streams[next + i];
                var body = events[next + i];
                (streamIds[i], versions[i], bodies[i], types[i], dotNetTypes[i]) = (stream.Id, ++stream.Version, body.Body, body.Type, body.DotNetType);
                ids[i] = Guid.NewGuid(); // Event ids of engagements are name-based, hence random to the index.
            }

            now.TypedValue = DateTime.UtcNow;
            if (!command.IsPrepared) await command.PrepareAsync();
            if (await command.ExecuteNonQueryAsync() != Batch) throw new BenchmarkFailure("A: an append stored too little.");
            ledger.Add(Batch);
            next = (next + Batch) % streams.Length;
            return Batch;
        }

        public async ValueTask DisposeAsync()
        {
            await command.DisposeAsync();
            await connection.DisposeAsync();
        }
    }
}
