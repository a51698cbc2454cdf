using System.Diagnostics;
using LeadScoring.Host.Events;
using LeadScoring.Host.Leads.Caching;
using LeadScoring.Host.Operations;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Leads;

/// <summary>
/// Reads leads by id, many requests to a round trip. Whoever comes first asks at once; who comes while the questions of
/// others are under way shares the next one. A lead this instance knows is compared by version and not sent again.
/// </summary>
/// <remarks>No timer and no loop that idles: a round is run by the request that finds none to join.</remarks>
public sealed class LeadReads(NpgsqlDataSource dataSource, LeadCache cache, TenantModels models, TimeProvider clock)
{
    /// <summary>
    /// Rounds under way at once. A second one would halve what the questions of a round share, and costs more processor
    /// time than its earlier start wins: other threads write out answers while the database works on the next round.
    /// </summary>
    public const int RoundsMax = 1;

    /// <summary>Leads asked for in one round.</summary>
    public const int RoundLeadsMax = 256;

    /// <summary>Requests waiting for a round; beyond it they are told that the database does not answer.</summary>
    public const int WaitingMax = 20_000;

    /// <summary>The longest a request waits for its round to begin.</summary>
    public static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(15);

    /// <summary>Answers written one after the other by one thread.</summary>
    private const int AnswersPerThread = 16;

    /// <summary>No lead has it.</summary>
    private const long NoVersion = 0;

    private static readonly string ReadLeads = SqlText.Load(typeof(LeadReads), "read_leads.sql");

    private readonly Lock _turn = new();
    private readonly Queue<LeadRead> _waiting = new();
    private int _rounds;

    /// <returns>The row as it is stored; null: no such lead in the tenant.</returns>
    /// <exception cref="NpgsqlException">The round failed, for all who shared it.</exception>
    /// <exception cref="TimeoutException">More wait than the database answers.</exception>
    public Task<LeadDocument?> FindAsync(StreamKey stream)
    {
        var read = new LeadRead(stream, clock.GetTimestamp());
        lock (_turn)
        {
            if (_waiting.Count == WaitingMax) throw new TimeoutException($"{WaitingMax} reads wait for the database already.");
            _waiting.Enqueue(read);
            if (_rounds == RoundsMax) return read.Answered;
            _rounds++;
        }

        // The rounds serve many: they must not run in the trace, the culture or the scopes of one request.
        using (ExecutionContext.SuppressFlow()) _ = RunAsync();
        return read.Answered;
    }

    private async Task RunAsync()
    {
        Activity.Current = null;
        for (var reads = Take(); reads is not null;)
        {
            try
            {
                await ReadAsync(reads);
            }
            catch (Exception e)
            {
                foreach (var read in reads) read.Fail(e);
            }

            var next = Take();
            if (next is null) Answer(reads);
            else AnswerElsewhere(reads);
            reads = next;
        }
    }

    private LeadRead[]? Take()
    {
        lock (_turn)
        {
            if (_waiting.Count == 0)
            {
                _rounds--;
                return null;
            }

            var reads = new LeadRead[Math.Min(_waiting.Count, RoundLeadsMax)];
            for (var i = 0; i < reads.Length; i++) reads[i] = _waiting.Dequeue();
            return reads;
        }
    }

    private async Task ReadAsync(LeadRead[] reads)
    {
        if (clock.GetElapsedTime(reads[0].QueuedAt) > WaitMax) throw new TimeoutException("The database was too slow for this read to begin.");
        using var activity = Telemetry.Activities.StartActivity("leads.read");
        activity?.SetTag("leadscoring.batch.size", reads.Length);
        await using var command = dataSource.CreateCommand(ReadLeads);
        command.Parameters.AddAll(Question(reads));
        await using var answer = await command.ExecuteReaderAsync();
        while (await answer.ReadAsync())
        {
            var read = reads[(int)answer.GetInt64(0) - 1];
            try
            {
                read.Found = answer.IsDBNull(1) ? read.Known : Loaded(read.Stream.TenantId, answer);
            }
            catch (Exception e) when (e is not NpgsqlException)
            {
                // What one row holds is no fault of those who share the round.
                read.Fail(e);
            }
        }
    }

    private NpgsqlParameter[] Question(LeadRead[] reads)
    {
        var tenants = new string[reads.Length];
        var ids = new Guid[reads.Length];
        var versions = new long[reads.Length];
        for (var i = 0; i < reads.Length; i++)
        {
            var read = reads[i];

            // A row is scored under another model without a new version: what is known of it from before must be sent again.
            read.Known = cache.Find(read.Stream) is { } known && known.ModelId == models.Now(read.Stream.TenantId).Id ? known : null;
            (tenants[i], ids[i], versions[i]) = (read.Stream.TenantId, read.Stream.StreamId, read.Known?.Version ?? NoVersion);
        }

        return [Sql.Many(tenants, NpgsqlDbType.Text), Sql.Many(ids, NpgsqlDbType.Uuid), Sql.Many(versions, NpgsqlDbType.Bigint)];
    }

    private LeadDocument Loaded(string tenantId, NpgsqlDataReader answer)
    {
        var lead = LeadDocument.Read(tenantId, answer.GetFieldValue<byte[]>(1));

        // A refresh under another model rewrites a document without a new version; only what is good already may be kept.
        if (lead.Lead.Score.Exact && lead.ModelId == models.Now(tenantId).Id) cache.PutLoaded(lead);
        return lead;
    }

    /// <summary>This thread goes on with the next round meanwhile.</summary>
    private static void AnswerElsewhere(LeadRead[] reads)
    {
        for (var from = 0; from < reads.Length; from += AnswersPerThread)
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                Answer, new ArraySegment<LeadRead>(reads, from, Math.Min(AnswersPerThread, reads.Length - from)), preferLocal: false);
        }
    }

    private static void Answer(ArraySegment<LeadRead> reads)
    {
        foreach (var read in reads) read.Answer();
    }

    /// <summary>One request's question. Its answer runs the rest of the request on the thread that gives it.</summary>
    private sealed class LeadRead(StreamKey stream, long queuedAt)
    {
        private readonly TaskCompletionSource<LeadDocument?> _answer = new();
        private Exception? _failure;

        public StreamKey Stream => stream;

        public long QueuedAt => queuedAt;

        public LeadDocument? Known { get; set; }

        public LeadDocument? Found { get; set; }

        public Task<LeadDocument?> Answered => _answer.Task;

        public void Fail(Exception failure) => _failure = failure;

        public void Answer()
        {
            if (_failure is null) _answer.SetResult(Found);
            else _answer.SetException(_failure);
        }
    }
}
