using Npgsql;

namespace LeadScoring.EventStore.Appending;

/// <summary>One call's appends as the batch of statements that judges and stores them in one round trip.</summary>
internal sealed class AppendCall
{
    private static readonly string EnterBarrier = SqlText.Load(typeof(AppendCall), "enter_barrier.sql");
    private static readonly string LockStreams = SqlText.Load(typeof(AppendCall), "lock_streams.sql");
    private static readonly string ClaimKeys = SqlText.Load(typeof(AppendCall), "claim_keys.sql");
    private static readonly string CreateStreams = SqlText.Load(typeof(AppendCall), "create_streams.sql");
    private static readonly string AppendAlone = SqlText.Load(typeof(AppendCall), "append_alone.sql");
    private static readonly string AppendInUnits = SqlText.Load(typeof(AppendCall), "append_in_units.sql");
    private static readonly string ReadRivals = SqlText.Load(typeof(AppendCall), "read_rivals.sql");
    private static readonly string RemoveLosers = SqlText.Load(typeof(AppendCall), "remove_losers.sql");

    private readonly IReadOnlyList<StreamAppend> _appends;
    private readonly IReadOnlyList<NpgsqlBatchCommand> _companions;
    private readonly AppendColumns _columns;
    private readonly int _creations;

    /// <summary>By append, the unit's number; null when each append stands alone and has events.</summary>
    private readonly long[]? _units;

    /// <exception cref="ArgumentException">A rule or a bound of <see cref="AppendRules"/> is broken.</exception>
    public AppendCall(IReadOnlyList<StreamAppend> appends, IReadOnlyList<NpgsqlBatchCommand> companions)
    {
        var size = AppendRules.Check(appends);
        _appends = appends;
        _companions = companions;
        _columns = new AppendColumns(appends, size.Events, size.Claims);
        _creations = size.Creations;
        _units = UnitsOf(appends);
    }

    /// <summary>Runs the call once, in a transaction of its own.</summary>
    public async Task<AppendResult[]> RunAsync(NpgsqlDataSource dataSource, CancellationToken ct)
    {
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        var results = await StoreAsync(connection, ct);
        await CompleteAsync(results, connection, ct);
        return results;
    }

    private async Task<AppendResult[]> StoreAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Command(EnterBarrier, SqlParameters.Bigint(AdvisoryLocks.AppendBarrier)));
        if (_units is not null)
        {
            batch.BatchCommands.Add(
                Command(LockStreams, SqlParameters.Texts(_columns.Tenants), SqlParameters.Uuids(_columns.Streams)));
        }

        AddClaims(batch);
        AddCreations(batch);
        batch.BatchCommands.Add(Append());
        AddRemoval(batch);
        foreach (var companion in _companions)
        {
            batch.BatchCommands.Add(companion);
        }

        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.NextResultAsync(ct); // Past the barrier's answer ...
        if (_units is not null)
        {
            await reader.NextResultAsync(ct); // ... and the stream locks': the next row is the append's.
        }

        await reader.ReadAsync(ct);
        var results = ResultsOf(reader);

        // An error of a companion, or of the commit itself, shows only when the reader gets there.
        while (await reader.NextResultAsync(ct))
        {
        }

        return results;
    }

    /// <summary>A loser to a rival of the same instant was told the version it expected; what the rival made of it is read now.</summary>
    private async Task CompleteAsync(AppendResult[] results, NpgsqlConnection connection, CancellationToken ct)
    {
        List<int>? unknown = null;
        for (var i = 0; i < results.Length; i++)
        {
            if (results[i] is { Outcome: AppendOutcome.VersionConflict } lost && lost.Version == _appends[i].ExpectedVersion)
            {
                (unknown ??= []).Add(i);
            }
        }

        if (unknown is null || _units is not null)
        {
            return;
        }

        await using var command = new NpgsqlCommand(ReadRivals, connection);
        command.Parameters.Add(SqlParameters.Texts([.. unknown.ConvertAll(i => _columns.Tenants[i])]));
        command.Parameters.Add(SqlParameters.Uuids([.. unknown.ConvertAll(i => _columns.Streams[i])]));
        await using var reader = await command.ExecuteReaderAsync(ct);
        foreach (var i in unknown)
        {
            await reader.ReadAsync(ct);
            results[i] = new AppendResult(
                reader.GetBoolean(1) ? AppendOutcome.Archived : AppendOutcome.VersionConflict, reader.GetInt64(0));
        }
    }

    private AppendResult[] ResultsOf(NpgsqlDataReader losers)
    {
        var results = new AppendResult[_appends.Count];
        for (var i = 0; i < results.Length; i++)
        {
            results[i] = new AppendResult(AppendOutcome.Appended, _appends[i].ExpectedVersion + _appends[i].Events.Count);
        }

        if (!losers.IsDBNull(1))
        {
            var positions = losers.GetFieldValue<long[]>(1);
            var outcomes = losers.GetFieldValue<int[]>(2);
            var versions = losers.GetFieldValue<long[]>(3);
            for (var i = 0; i < positions.Length; i++)
            {
                results[positions[i] - 1] = new AppendResult((AppendOutcome)outcomes[i], versions[i]);
            }
        }

        return results;
    }

    private void AddClaims(NpgsqlBatch batch)
    {
        if (_columns.Claims is { Appends.Length: > 0 } claims)
        {
            batch.BatchCommands.Add(Command(
                ClaimKeys,
                SqlParameters.Texts(claims.Tenants),
                SqlParameters.Texts(claims.Kinds),
                SqlParameters.Texts(claims.Values),
                SqlParameters.Uuids(claims.Streams)));
        }
    }

    private void AddCreations(NpgsqlBatch batch)
    {
        if (_creations == 0)
        {
            return;
        }

        var (tenants, streams, types) = (new string[_creations], new Guid[_creations], new string[_creations]);
        var (versions, instants) = (new long[_creations], new DateTime[_creations]);
        for (var (i, n) = (0, 0); i < _appends.Count; i++)
        {
            if (_appends[i].Creates)
            {
                tenants[n] = _appends[i].Stream.TenantId;
                streams[n] = _appends[i].Stream.StreamId;
                types[n] = _appends[i].StreamType;
                versions[n] = _appends[i].Events.Count;
                instants[n++] = _appends[i].At.UtcDateTime;
            }
        }

        batch.BatchCommands.Add(Command(
            CreateStreams,
            SqlParameters.Texts(tenants),
            SqlParameters.Uuids(streams),
            SqlParameters.Texts(types),
            SqlParameters.Bigints(versions),
            SqlParameters.Instants(instants)));
    }

    private NpgsqlBatchCommand Append()
    {
        var command = Command(
            _units is null ? AppendAlone : AppendInUnits,
            SqlParameters.Texts(_columns.Tenants),
            SqlParameters.Uuids(_columns.Streams),
            SqlParameters.Bigints(_columns.ExpectedVersions),
            SqlParameters.Bigints(_columns.EventCounts),
            SqlParameters.Instants(_columns.Instants),
            SqlParameters.Bigints(_columns.Claims.Appends),
            SqlParameters.Texts(_columns.Claims.Tenants),
            SqlParameters.Texts(_columns.Claims.Kinds),
            SqlParameters.Texts(_columns.Claims.Values),
            SqlParameters.Bigints(_columns.Events.Appends),
            SqlParameters.Texts(_columns.Events.Tenants),
            SqlParameters.Uuids(_columns.Events.Ids),
            SqlParameters.Bigints(_columns.Events.Versions),
            SqlParameters.Jsonbs(_columns.Events.Bodies),
            SqlParameters.Integers(_columns.Events.Types),
            SqlParameters.Texts(_columns.Events.CorrelationIds),
            SqlParameters.Texts(_columns.Events.CausationIds),
            SqlParameters.Jsonbs(_columns.Events.Headers),
            SqlParameters.Texts(_columns.Aliases),
            SqlParameters.Texts(_columns.DotNetTypes));
        if (_units is not null)
        {
            command.Parameters.Add(SqlParameters.Bigints(_units));
        }

        return command;
    }

    private void AddRemoval(NpgsqlBatch batch)
    {
        if (_creations == 0 && _columns.Claims.Appends.Length == 0)
        {
            return;
        }

        var (tenants, streams, positions) = (new List<string>(), new List<Guid>(), new List<long>());
        for (var i = 0; i < _appends.Count; i++)
        {
            if (_appends[i].Creates || _appends[i].Claims.Count > 0)
            {
                tenants.Add(_appends[i].Stream.TenantId);
                streams.Add(_appends[i].Stream.StreamId);
                positions.Add(i + 1);
            }
        }

        batch.BatchCommands.Add(Command(
            RemoveLosers,
            SqlParameters.Texts([.. tenants]),
            SqlParameters.Uuids([.. streams]),
            SqlParameters.Bigints([.. positions])));
    }

    /// <summary>A unit's number is the position of its first append; an append without a unit is one by itself.</summary>
    private static long[]? UnitsOf(IReadOnlyList<StreamAppend> appends)
    {
        var firstOfUnit = new Dictionary<int, long>();
        var units = new long[appends.Count];
        var isAlone = true;
        for (var i = 0; i < units.Length; i++)
        {
            units[i] = i;
            isAlone &= appends[i].Events.Count > 0;
            if (appends[i].Unit is { } unit && !firstOfUnit.TryAdd(unit, i))
            {
                units[i] = firstOfUnit[unit];
                isAlone = false;
            }
        }

        return isAlone ? null : units;
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
