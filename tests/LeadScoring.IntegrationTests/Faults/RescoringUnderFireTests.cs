using System.Diagnostics;
using System.Net.Http.Json;
using LeadScoring.Contracts;
using LeadScoring.IntegrationTests.Scoring;
using Npgsql;
using Xunit.Abstractions;

namespace LeadScoring.IntegrationTests.Faults;

/// <summary>A model begins to hold for many leads, and whoever scores them under it is killed in the middle, twice.</summary>
[Collection(FaultCollection.Name)]
public sealed class RescoringUnderFireTests(FaultCluster cluster, ITestOutputHelper output)
{
    private const int BatchMax = 1_000;
    private const int Kills = 2;

    /// <summary>One in so many crosses.</summary>
    private const int CrossesOneIn = 5;

    private static readonly TimeSpan FinishedWithin = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan IngestPause = TimeSpan.FromMilliseconds(5);

    /// <summary>From <c>LEADSCORING_RESCORED_LEADS</c>.</summary>
    private static int Leads => FromEnvironment.Number("LEADSCORING_RESCORED_LEADS") ?? 6_000;

    [Fact]
    public async Task Killed_in_the_middle_twice_it_resumes_and_ends_the_same()
    {
        var undisturbed = await RunAsync(kills: 0);
        var disturbed = await RunAsync(Kills);

        disturbed.ShouldBe(undisturbed);
        undisturbed.Count.ShouldBe((Leads + CrossesOneIn - 1) / CrossesOneIn);
    }

    /// <returns>The e-mail addresses of those held, in order.</returns>
    private async Task<List<string>> RunAsync(int kills)
    {
        await using var service = await TwoInstances.StartAsync(cluster, output);
        await FillAsync(service);
        await using var database = NpgsqlDataSource.Create(service.ConnectionString + ";Pooling=false");
        using var first = new HttpClient { BaseAddress = service.First.Address };
        first.DefaultRequestHeaders.Authorization = service.Http.DefaultRequestHeaders.Authorization;
        var version = await first.SignedAsync(ModelDrafts.Document(d =>
        {
            d["qualification"]!["threshold"] = 40;
            d["engagement"]!["rules"]!.AsArray().Single(r => (string)r!["name"]! == "email_open")!["halfLifeDays"] = 20;
        }));
        await first.ActivateAsync(version);

        using var ending = new CancellationTokenSource();
        var ingest = IngestAsync(service, ending.Token);
        for (var kill = 1; kill <= kills; kill++)
        {
            await ReachedAsync(database, done => done >= (long)Leads * kill / (kills + 2));
            await Task.WhenAll(service.First.KillAsync(), service.Second.KillAsync());
            var done = await ScalarAsync<long>(database, "select (data ->> 'LeadsDone')::bigint from mt_doc_rescoring where not data ? 'FinishedAt'");
            output.WriteLine($"Killed after {done} of {Leads} leads");
            done.ShouldBeInRange(1, Leads - 1);
            await Task.WhenAll(service.First.StartAgainAsync(), service.Second.StartAgainAsync());
            (await ScalarAsync<long>(database, "select max((data ->> 'LeadsDone')::bigint) from mt_doc_rescoring")).ShouldBeGreaterThanOrEqualTo(done, "it goes on where it was");
        }

        await FinishedAsync(database);
        await ending.CancelAsync();
        output.WriteLine($"{await ingest} engagements beside it");
        (await ScalarAsync<long>(database, "select count(*) from mt_doc_lead where model_id not like '2-%'")).ShouldBe(0);
        (await ScalarAsync<long>(database, "select count(*) from mt_events where type in ('automation_qualified', 'marketing_qualified')")).ShouldBe(0, "nobody goes to sales");
        (await ScalarAsync<long>(database, "select count(*) - count(distinct stream_id) from mt_events where type = 'model_crossed'")).ShouldBe(0, "each crosses once");
        await service.VerifyAsync();
        return await HeldAsync(database);
    }

    /// <summary>One in five has asked to be contacted; the others opened mails, some of them many.</summary>
    private static async Task FillAsync(TwoInstances service)
    {
        var until = DateTimeOffset.UtcNow.AddHours(-1);
        for (var from = 0; from < Leads; from += BatchMax)
        {
            var page = Enumerable.Range(from, Math.Min(BatchMax, Leads - from)).Select(i => new Engagement(
                $"e-{i}", "web", i % CrossesOneIn == 0 ? "contact_form_submitted" : "email_opened", until.AddMinutes(-(i % 2_000)), new LeadReference(Email: EmailOf(i))));
            using var posted = await service.Http.PostAsJsonAsync(new Uri(service.Second.Address, "/v1/engagements/batch"), new EngagementBatch([.. page]));
            (await posted.Content.ReadFromJsonAsync<EngagementBatchReceipt>())!.Recorded.ShouldBe(Math.Min(BatchMax, Leads - from));
        }
    }

    /// <summary>One after the other, each again until somebody has recorded it.</summary>
    /// <returns>How many.</returns>
    private static async Task<int> IngestAsync(TwoInstances service, CancellationToken ending)
    {
        var random = new Random(5);
        for (var count = 0; ; count++)
        {
            var engagement = new Engagement($"beside-{count}", "web", "email_opened", DateTimeOffset.UtcNow.AddMinutes(-1), new LeadReference(Email: EmailOf(random.Next(Leads))));
            for (var attempt = count; !await IsRecordedAsync(service, attempt, engagement); attempt++)
            {
                if (ending.IsCancellationRequested) return count;
            }

            if (ending.IsCancellationRequested) return count + 1;
            await Task.Delay(IngestPause, CancellationToken.None);
        }
    }

    private static async Task<bool> IsRecordedAsync(TwoInstances service, int attempt, Engagement engagement)
    {
        try
        {
            using var answer = await service.Http.PostAsJsonAsync(new Uri(service.Addresses[attempt % 2], "/v1/engagements"), engagement);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    private static Task ReachedAsync(NpgsqlDataSource database, Func<long, bool> isReached) => UntilAsync(async () =>
        isReached(await ScalarAsync<long>(database, "select coalesce(max((data ->> 'LeadsDone')::bigint), 0) from mt_doc_rescoring")));

    private static Task FinishedAsync(NpgsqlDataSource database) => UntilAsync(() =>
        ScalarAsync<bool>(database, "select exists (select from mt_doc_rescoring where data ? 'FinishedAt')"));

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        for (var started = Stopwatch.GetTimestamp(); !await isSo();)
        {
            if (Stopwatch.GetElapsedTime(started) > FinishedWithin) throw new TimeoutException($"Not so within {FinishedWithin}.");
        }
    }

    private static async Task<List<string>> HeldAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand(
            "select substr(k.id, strpos(k.id, ':') + 1) from mt_doc_lead l join mt_doc_lead_identity k on k.tenant_id = l.tenant_id and k.lead_id = l.id where l.held_for = 2 order by k.id");
        await using var rows = await command.ExecuteReaderAsync();
        var held = new List<string>();
        while (await rows.ReadAsync()) held.Add(rows.GetString(0));
        return held;
    }

    private static async Task<T> ScalarAsync<T>(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    private static string EmailOf(int lead) => $"p{lead}@example.com";
}
