using LeadScoring.EventStore;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Benchmarks.Scenarios;

/// <summary>P: what PostgreSQL takes when every event is a transaction of its own: one prepared insert, 64 clients.</summary>
internal sealed class InsertCeiling(NpgsqlDataSource dataSource, Ledger ledger) : IScenario
{
    private static readonly string InsertEvent = SqlText.Load(typeof(InsertCeiling), "insert_event.sql");

    public string Name => "P";

    public string Unit => "events";

    public int Clients => 64;

    public async ValueTask<ILoadClient> ConnectAsync(int number, CancellationToken ct)
    {
        var connection = await dataSource.OpenConnectionAsync(ct);
        var command = new NpgsqlCommand(InsertEvent, connection);
        command.Parameters.Add(new NpgsqlParameter<Guid> { NpgsqlDbType = NpgsqlDbType.Uuid });
        command.Parameters.Add(new NpgsqlParameter<Guid> { NpgsqlDbType = NpgsqlDbType.Uuid });
        command.Parameters.Add(new NpgsqlParameter<string> { NpgsqlDbType = NpgsqlDbType.Jsonb, TypedValue = Body });
        await command.PrepareAsync(ct);
        return new Client(connection, command, ledger);
    }

    private const string Body =
        """
        {"Source":"website","Id":"bench-000000000000","Type":"page_viewed","OccurredAt":"2026-01-01T00:00:00+00:00","Campaign":"2026-q1-launch-1","Channel":"organic",
        "Properties":{"path":"/products/scoring/page-1","device":"desktop","country":"DE","seconds":42,"returning":true}}
        """;

    private sealed class Client(NpgsqlConnection connection, NpgsqlCommand command, Ledger ledger) : ILoadClient
    {
        public async ValueTask<int> RunAsync()
        {
            ((NpgsqlParameter<Guid>)command.Parameters[0]).TypedValue = Guid.NewGuid();
            ((NpgsqlParameter<Guid>)command.Parameters[1]).TypedValue = Guid.CreateVersion7();
            if (await command.ExecuteNonQueryAsync() != 1) throw new BenchmarkFailure("P: an insert inserted nothing.");
            ledger.Add(1);
            return 1;
        }

        public async ValueTask DisposeAsync()
        {
            await command.DisposeAsync();
            await connection.DisposeAsync();
        }
    }
}
