using System.Diagnostics;
using LeadScoring.Benchmarks.Scenarios;
using LeadScoring.Benchmarks.Stack;
using LeadScoring.EventStore;
using LeadScoring.Host.Leads;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Benchmarks.Seeding;

/// <summary>
/// Fills an empty, migrated database with a log, in the order and with the bodies the service would have given it, and lets the
/// service's own <c>rebuild</c> make the leads' rows. Indexes stay on while the log is copied: theirs is then the shape that
/// growth gives them, not the tidier one of an index built at once.
/// </summary>
internal static class SeededLog
{
    private const int RowsPerTransactionMax = 200_000;
    private static readonly TimeSpan RebuildMax = TimeSpan.FromHours(2);

    private static readonly string CopyEvents = SqlText.Load(typeof(CopyCeiling), "copy_events.sql");
    private static readonly string CopyEventIds = SqlText.Load(typeof(CopyCeiling), "copy_event_ids.sql");
    private static readonly string CopyStreams = SqlText.Load(typeof(SeededLog), "copy_streams.sql");
    private static readonly string CopyKeys = SqlText.Load(typeof(SeededLog), "copy_keys.sql");
    private static readonly string MoveSequence = SqlText.Load(typeof(SeededLog), "move_sequence.sql");
    private static readonly string Settle = SqlText.Load(typeof(SeededLog), "settle.sql");

    /// <returns>How many of the events are engagements.</returns>
    /// <exception cref="Host.StartupRefusal">A command of the service fails.</exception>
    public static async Task<long> FillAsync(string connectionString, LogSeed seed, CancellationToken ct)
    {
        await HostCommand.RunAsync(connectionString, RebuildMax, ct, "migrate");
        var engagements = 0L;
        if (seed.Events > 0)
        {
            // A thread of its own: COPY through Npgsql is cheapest without a task for every row.
            engagements = await Task.Factory.StartNew(
                () => Copy(connectionString, seed, ct), ct, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            Console.WriteLine("  making the leads' rows ...");
            var rebuild = await HostCommand.RunAsync(connectionString, RebuildMax, ct, "rebuild");
            Console.WriteLine($"  {rebuild.LastLine} ({rebuild.Seconds:0.0} s)");
        }

        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false;Command Timeout=0");
        await connection.OpenAsync(ct);
        await using var settle = new NpgsqlCommand(Settle, connection);
        await settle.ExecuteNonQueryAsync(ct);
        return engagements;
    }

    private static long Copy(string connectionString, LogSeed seed, CancellationToken ct)
    {
        // What is half done when the machine stops is thrown away anyhow.
        using var connection = new NpgsqlConnection(connectionString + ";Pooling=false;Command Timeout=0;Options=-c synchronous_commit=off");
        using var beside = new NpgsqlConnection(connectionString + ";Pooling=false;Command Timeout=0;Options=-c synchronous_commit=off");
        connection.Open();
        beside.Open();

        var source = new SeededEvents(seed);
        var startedAt = Stopwatch.GetTimestamp();
        using var events = source.Take().GetEnumerator();
        var random = new Random(LogSeed.RandomSeed);
        var copied = 0L;
        while (copied < seed.Events)
        {
            ct.ThrowIfCancellationRequested();
            copied += CopyChunk(connection, beside, events, random);
            var rate = copied / Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
            Console.WriteLine($"  copied {copied:N0} of {seed.Events:N0} events ({rate:N0}/s)");
        }

        CopyStreamsOf(source, connection);
        using var move = new NpgsqlCommand(MoveSequence, connection) { Parameters = { new NpgsqlParameter<long> { TypedValue = copied } } };
        move.ExecuteNonQuery();
        return source.Engagements;
    }

    private static long CopyChunk(NpgsqlConnection connection, NpgsqlConnection ids, IEnumerator<SeededEvent> events, Random random)
    {
        var rows = 0L;
        var trace = new SeededTrace();
        using var copy = connection.BeginBinaryImport(CopyEvents);
        using var copyIds = ids.BeginBinaryImport(CopyEventIds);
        while (rows < RowsPerTransactionMax && events.MoveNext())
        {
            var e = events.Current;
            trace.Next(random);
            copy.StartRow();
            copy.Write(e.Sequence, NpgsqlDbType.Bigint);
            copy.Write(e.Id, NpgsqlDbType.Uuid);
            copy.Write(e.StreamId, NpgsqlDbType.Uuid);
            copy.Write(e.Version, NpgsqlDbType.Bigint);
            copy.Write(e.Body, NpgsqlDbType.Jsonb);
            copy.Write(e.Type, NpgsqlDbType.Varchar);
            copy.Write(e.At, NpgsqlDbType.TimestampTz);
            copy.Write(ServiceProcess.TenantId, NpgsqlDbType.Varchar);
            copy.Write(e.DotNetType, NpgsqlDbType.Varchar);
            copy.Write(trace.CorrelationId, NpgsqlDbType.Varchar);
            copy.Write(trace.Headers, NpgsqlDbType.Jsonb);
            copy.Write(false, NpgsqlDbType.Boolean);
            rows++;
            copyIds.StartRow();
            copyIds.Write(e.Id, NpgsqlDbType.Uuid);
            copyIds.Write(e.Sequence, NpgsqlDbType.Bigint);
        }

        copyIds.Complete();
        copy.Complete();
        return rows;
    }

    private static void CopyStreamsOf(SeededEvents source, NpgsqlConnection connection)
    {
        using (var copy = connection.BeginBinaryImport(CopyStreams))
        {
            foreach (var stream in source.Streams)
            {
                copy.StartRow();
                copy.Write(ServiceProcess.TenantId, NpgsqlDbType.Varchar);
                copy.Write(stream.Id, NpgsqlDbType.Uuid);
                copy.Write(LeadKeys.StreamType, NpgsqlDbType.Varchar);
                copy.Write(stream.Version, NpgsqlDbType.Bigint);
                copy.Write(stream.At, NpgsqlDbType.TimestampTz);
                copy.Write(stream.Created, NpgsqlDbType.TimestampTz);
                copy.Write(false, NpgsqlDbType.Boolean);
            }

            copy.Complete();
        }

        using var copyKeys = connection.BeginBinaryImport(CopyKeys);
        for (var lead = 0; lead < source.Streams.Count; lead++)
        {
            foreach (var key in LeadIdentities.Of(lead).Select(LeadKeys.Of))
            {
                copyKeys.StartRow();
                copyKeys.Write(ServiceProcess.TenantId, NpgsqlDbType.Varchar);
                copyKeys.Write(key.Kind, NpgsqlDbType.Varchar);
                copyKeys.Write(key.Value, NpgsqlDbType.Varchar);
                copyKeys.Write(source.Streams[lead].Id, NpgsqlDbType.Uuid);
            }
        }

        copyKeys.Complete();
    }
}
