using LeadScoring.IntegrationTests.Setup;
using Npgsql;

namespace LeadScoring.IntegrationTests.Events;

/// <summary>A program that writes to Marten's tables its own way: draws a number, waits, stores, commits.</summary>
internal sealed class ForeignWriter : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;
    private readonly Guid _stream = Guid.NewGuid();

    private ForeignWriter(NpgsqlConnection connection, NpgsqlTransaction transaction)
    {
        _connection = connection;
        _transaction = transaction;
    }

    public static async Task<ForeignWriter> OpenAsync(MigratedDatabase database)
    {
        var connection = await database.DataSource.OpenConnectionAsync();
        return new ForeignWriter(connection, await connection.BeginTransactionAsync());
    }

    public async Task<long> DrawAsync()
    {
        await using var draw = new NpgsqlCommand("select nextval('mt_events_sequence')", _connection);
        return (long)(await draw.ExecuteScalarAsync())!;
    }

    public async Task<Guid> StoreAsync(long number)
    {
        var id = Guid.NewGuid();
        await using var store = new NpgsqlBatch(_connection)
        {
            BatchCommands =
            {
                new($"insert into mt_streams (tenant_id, id, type, version) values ('acme', '{_stream}', 'lead', 1) on conflict do nothing"),
                new(
                    "insert into mt_events (seq_id, id, stream_id, version, data, type, tenant_id, mt_dotnet_type, is_archived)"
                    + $" values ({number}, '{id}', '{_stream}', {number}, '{{}}', 'foreign', 'acme', 'Foreign, Foreign', false)"),
            },
        };
        await store.ExecuteNonQueryAsync();
        return id;
    }

    public Task CommitAsync() => _transaction.CommitAsync();

    public Task RollbackAsync() => _transaction.RollbackAsync();

    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
