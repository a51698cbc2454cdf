using System.Text;
using LeadScoring.Benchmarks.Load;
using LeadScoring.Benchmarks.Scenarios;
using LeadScoring.Benchmarks.Stack;
using LeadScoring.Benchmarks.Traffic;

namespace LeadScoring.Benchmarks.Seeding;

/// <summary>
/// A history made as any other: posted, in batches, in the order of its time but for what came late. First every lead once, then leads at
/// random, so that the streams interleave in the log.
/// </summary>
/// <param name="engagements">In all; they are spread evenly over <see cref="Span"/>, which ends a day ago.</param>
internal sealed class PostedHistory(ServiceProcess service, string apiKey, EngagementTraffic traffic, long engagements, Ledger ledger)
{
    private const int Batch = 1_000;
    private const int Connections = 4;
    private const long ToldEvery = 500_000;
    private static readonly TimeSpan Span = TimeSpan.FromDays(240);

    private const int LeadsAtOnceMax = 100_000;

    private readonly DateTime endsAt = DateTime.UtcNow.AddDays(-1);
    private long nextBatch;

    /// <summary>So many engagements of each lead, on average.</summary>
    /// <exception cref="BenchmarkFailure">An engagement was not recorded.</exception>
    public static Task PostAsync(ServiceProcess service, EngagementTraffic traffic, int engagementsEach, Ledger ledger, CancellationToken ct)
    {
        var engagements = (long)engagementsEach * traffic.LeadCount;
        return new PostedHistory(service, service.ApiKey, traffic, engagements, ledger).PostAsync(engagements, ct);
    }

    /// <summary>So many new leads that not all of their templates are kept at once.</summary>
    /// <param name="traffic">Who is posted to the same tenant; none of them has a number from <paramref name="firstLead"/> on.</param>
    /// <exception cref="BenchmarkFailure">An engagement was not recorded.</exception>
    public static async Task PostLeadsAsync(
        ServiceProcess service, EngagementTraffic traffic, int firstLead, int leads, int engagementsEach, Ledger ledger, CancellationToken ct)
    {
        for (var first = 0; first < leads; first += LeadsAtOnceMax)
        {
            Console.WriteLine($"    {first:N0} of {leads:N0} leads");
            await PostAsync(service, traffic.Beside(firstLead + first, firstLead + first, Math.Min(LeadsAtOnceMax, leads - first)), engagementsEach, ledger, ct);
        }
    }

    /// <summary>Posts what is missing up to so many engagements, to the next full batch.</summary>
    /// <exception cref="BenchmarkFailure">An engagement was not recorded.</exception>
    public Task PostAsync(long until, CancellationToken ct)
    {
        var end = (until + Batch - 1) / Batch;
        return Task.WhenAll(Enumerable.Range(0, Connections).Select(number => Task.Run(() => PostShareAsync(number, end, ct), ct)));
    }

    private async Task PostShareAsync(int number, long end, CancellationToken ct)
    {
        using var connection = await HttpConnection.OpenAsync(service.EndPoint, ct);
        var (request, random) = (new PostRequest("/v1/engagements/batch", apiKey), new Random(number));
        for (long batch; (batch = Interlocked.Increment(ref nextBatch) - 1) < end;)
        {
            ct.ThrowIfCancellationRequested();
            var first = batch * Batch;
            var count = first < traffic.LeadCount ? (int)Math.Min(Batch, traffic.LeadCount - first) : Math.Min(Batch, traffic.LeadCount);
            var body = first < traffic.LeadCount ? traffic.InTurn((int)first, count) : traffic.Pick(random, count);
            var answer = await connection.ExchangeAsync(request.Compose(body, endsAt - (Span * (1 - ((double)first / engagements)))));
            Answers.Expect(answer, 200, Encoding.ASCII.GetBytes($"{{\"recorded\":{count},\"duplicates\":0,\"rejected\":0,"));
            ledger.Add(count);
            if (first > 0 && first % ToldEvery == 0) Console.WriteLine($"    {first:N0} of {engagements:N0}");
        }

        // Each connection has taken one number too many.
        Interlocked.Decrement(ref nextBatch);
    }
}
