using System.Text.Json;
using Npgsql;

namespace LeadScoring.EventStore.Appending;

/// <summary>One call's appends as the batch of statements that judges and stores them in one round trip.</summary>
internal sealed class AppendCall
{
    private static readonly string EnterBarrier = SqlText.Load(typeof(AppendCall), "enter_barrier.sql");
    private static readonly string LockStreams = SqlText.Load(typeof(AppendCall), "lock_streams.sql");
    private static readonly string ClaimKeys = SqlText.Load(typeof(AppendCall), "claim_keys.sql");
    private static readonly string CreateStreams = SqlText.Load(typeof(AppendCall), "create_streams.sql");
    private static readonly string AppendEvents = SqlText.Load(typeof(AppendCall), "append_events.sql");
    private static readonly string RemoveLosers = SqlText.Load(typeof(AppendCall), "remove_losers.sql");

    private readonly IReadOnlyList<StreamAppend> _appends;
    private readonly IReadOnlyList<NpgsqlBatchCommand> _companions;
    private readonly string[] _tenants;
    private readonly Guid[] _streams;

    /// <exception cref="ArgumentException">A rule or a bound of <see cref="AppendRules"/> is broken.</exception>
    public AppendCall(IReadOnlyList<StreamAppend> appends, IReadOnlyList<NpgsqlBatchCommand> companions)
    {
        AppendRules.Check(appends);
        _appends = appends;
        _companions = companions;
        _tenants = [.. appends.Select(a => a.Stream.TenantId)];
        _streams = [.. appends.Select(a => a.Stream.StreamId)];
    }

    /// <summary>Runs the call once, in a transaction of its own.</summary>
    public async Task<AppendResult[]> RunAsync(NpgsqlDataSource dataSource, CancellationToken ct)
    {
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Command(EnterBarrier, SqlParameters.Bigint(AdvisoryLocks.AppendBarrier)));
        batch.BatchCommands.Add(Command(LockStreams, SqlParameters.Texts(_tenants), SqlParameters.Uuids(_streams)));
        var leavesTraces = AddClaims(batch) | AddCreations(batch);
        batch.BatchCommands.Add(Append());
        if (leavesTraces)
        {
            batch.BatchCommands.Add(Removal());
        }

        foreach (var companion in _companions)
        {
            batch.BatchCommands.Add(companion);
        }

        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.NextResultAsync(ct); // Past the barrier's answer ...
        await reader.NextResultAsync(ct); // ... and the stream locks': the next rows are the append's.
        var results = new AppendResult[_appends.Count];
        for (var i = 0; i < results.Length; i++)
        {
            await reader.ReadAsync(ct);
            results[i] = new AppendResult((AppendOutcome)reader.GetInt32(0), reader.GetInt64(1));
        }

        // An error of a companion, or of the commit itself, shows only when the reader gets there.
        while (await reader.NextResultAsync(ct))
        {
        }

        return results;
    }

    private bool AddClaims(NpgsqlBatch batch)
    {
        var claims = _appends.SelectMany(a => a.Claims, (a, c) => (a.Stream, Claim: c)).ToArray();
        if (claims.Length > 0)
        {
            batch.BatchCommands.Add(Command(
                ClaimKeys,
                SqlParameters.Texts([.. claims.Select(c => c.Stream.TenantId)]),
                SqlParameters.Texts([.. claims.Select(c => c.Claim.Kind)]),
                SqlParameters.Texts([.. claims.Select(c => c.Claim.Value)]),
                SqlParameters.Uuids([.. claims.Select(c => c.Stream.StreamId)])));
        }

        return claims.Length > 0;
    }

    private bool AddCreations(NpgsqlBatch batch)
    {
        var creations = _appends.Where(a => a.ExpectedVersion == 0 && a.Events.Count > 0).ToArray();
        if (creations.Length > 0)
        {
            batch.BatchCommands.Add(Command(
                CreateStreams,
                SqlParameters.Texts([.. creations.Select(a => a.Stream.TenantId)]),
                SqlParameters.Uuids([.. creations.Select(a => a.Stream.StreamId)]),
                SqlParameters.Texts([.. creations.Select(a => a.StreamType)]),
                SqlParameters.Bigints([.. creations.Select(a => (long)a.Events.Count)]),
                SqlParameters.Instants([.. creations.Select(a => a.At.UtcDateTime)])));
        }

        return creations.Length > 0;
    }

    private NpgsqlBatchCommand Append()
    {
        var claims = _appends.SelectMany((a, i) => a.Claims.Select(c => (Position: i + 1L, Claim: c))).ToArray();
        var events = _appends
            .SelectMany((a, i) => a.Events.Select((e, n) => (Position: i + 1L, Event: e, Version: a.ExpectedVersion + n + 1)))
            .ToArray();
        return Command(
            AppendEvents,
            SqlParameters.Texts(_tenants),
            SqlParameters.Uuids(_streams),
            SqlParameters.Bigints([.. _appends.Select(a => a.ExpectedVersion)]),
            SqlParameters.Bigints([.. _appends.Select(a => (long)a.Events.Count)]),
            SqlParameters.Bigints(Units()),
            SqlParameters.Instants([.. _appends.Select(a => a.At.UtcDateTime)]),
            SqlParameters.Bigints([.. claims.Select(c => c.Position)]),
            SqlParameters.Texts([.. claims.Select(c => c.Claim.Kind)]),
            SqlParameters.Texts([.. claims.Select(c => c.Claim.Value)]),
            SqlParameters.Bigints([.. events.Select(e => e.Position)]),
            SqlParameters.Uuids([.. events.Select(e => e.Event.Id)]),
            SqlParameters.Bigints([.. events.Select(e => e.Version)]),
            SqlParameters.Jsonbs([.. events.Select(e => e.Event.Body)]),
            SqlParameters.Texts([.. events.Select(e => e.Event.Type)]),
            SqlParameters.Texts([.. events.Select(e => e.Event.DotNetType)]),
            SqlParameters.Texts([.. events.Select(e => e.Event.Metadata.CorrelationId)]),
            SqlParameters.Texts([.. events.Select(e => e.Event.Metadata.CausationId)]),
            SqlParameters.Jsonbs([.. events.Select(e => Headers(e.Event.Metadata))]));
    }

    private NpgsqlBatchCommand Removal()
    {
        var makers = _appends.Where(a => a.Events.Count > 0 && (a.ExpectedVersion == 0 || a.Claims.Count > 0)).ToArray();
        return Command(
            RemoveLosers,
            SqlParameters.Texts([.. makers.Select(a => a.Stream.TenantId)]),
            SqlParameters.Uuids([.. makers.Select(a => a.Stream.StreamId)]),
            SqlParameters.Uuids([.. makers.Select(a => a.Events[^1].Id)]));
    }

    /// <summary>A unit's number is the position of its first append; an append without a unit is one by itself.</summary>
    private long[] Units()
    {
        var firstOfUnit = new Dictionary<int, long>();
        var units = new long[_appends.Count];
        for (var i = 0; i < units.Length; i++)
        {
            units[i] = i;
            if (_appends[i].Unit is { } unit && !firstOfUnit.TryAdd(unit, i))
            {
                units[i] = firstOfUnit[unit];
            }
        }

        return units;
    }

    private static ReadOnlyMemory<byte>? Headers(EventMetadata metadata)
    {
        if (metadata is { Actor: null, TraceParent: null })
        {
            return null;
        }

        using var utf8 = new MemoryStream();
        using (var json = new Utf8JsonWriter(utf8))
        {
            json.WriteStartObject();
            WriteWhenPresent(json, "actor", metadata.Actor);
            WriteWhenPresent(json, "traceparent", metadata.TraceParent);
            json.WriteEndObject();
        }

        return utf8.ToArray();
    }

    private static void WriteWhenPresent(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    private static NpgsqlBatchCommand Command(string sql, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(parameter);
        }

        return command;
    }
}
