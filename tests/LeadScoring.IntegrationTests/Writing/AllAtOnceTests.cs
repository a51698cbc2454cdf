using LeadScoring.Host.Scoring.Models;
using System.Collections.Concurrent;
using LeadScoring.Domain;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Qualification;
using LeadScoring.Domain.Scoring;
using LeadScoring.Host.Engagements;
using LeadScoring.Host.Leads.Rebuilding;
using LeadScoring.Host.Leads.Refreshing;
using LeadScoring.Host.Leads.Writing;
using LeadScoring.IntegrationTests.Setup;
using Microsoft.Extensions.Logging.Abstractions;
using static LeadScoring.IntegrationTests.Writing.WriterHarness;

namespace LeadScoring.IntegrationTests.Writing;

/// <summary>Everything that writes leads, at the same time on the same leads.</summary>
public class AllAtOnceTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    private const int Engagements = 500;
    private static readonly string[] Types = ["page_viewed", "email_opened", "demo_requested", "content_downloaded", "webinar_attended"];

    [Fact]
    public async Task Two_instances_a_rebuild_and_a_refresh_lose_nothing_and_agree_with_the_log()
    {
        await using var one = await StartAsync(database, new WriterOptions { BatchMax = 40 });
        await using var two = await StartAsync(database, new WriterOptions { BatchMax = 40 });
        var random = new Random(1);
        var posted = Enumerable.Range(0, Engagements).Select(i => Tangled($"t{i}", random)).ToArray();
        var work = posted.Concat(posted.Where(_ => random.Next(2) == 0)).ToArray();
        random.Shuffle(work);
        using var written = new CancellationTokenSource();
        var rebuilding = RebuildUntilAsync(one, written.Token);
        var refreshing = RefreshUntilAsync(one, written.Token);

        var leads = new ConcurrentDictionary<Guid, bool>();
        var outcomes = new ConcurrentBag<(string? Refusal, bool Recorded)>();
        await Parallel.ForEachAsync(work, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (said, _) =>
        {
            var service = Random.Shared.Next(2) == 0 ? one : two;
            var outcome = await service.RecordAsync(said);
            outcomes.Add((outcome.Refusal?.Code, outcome.Changed));
            if (outcome.Lead is { } row) leads.TryAdd(row.Lead.Id, true);
            if (Random.Shared.Next(4) != 0) return;
            var known = leads.Keys; // As of now: others add to it.
            var answer = await service.SubmitAsync(known.ElementAt(Random.Shared.Next(known.Count)), AnyCommand());
            if (answer.Refusal is { Status: not 409 } refusal) outcomes.Add((refusal.Code, Recorded: false));
        });
        await written.CancelAsync();
        await Task.WhenAll(rebuilding, refreshing);

        outcomes.Select(o => o.Refusal).OfType<string>().ShouldBeEmpty();
        outcomes.Count(o => o.Recorded).ShouldBe(Engagements);
        (await database.ScalarAsync<long>("select count(*) from mt_events where type = 'engagement_recorded'")).ShouldBe(Engagements);
        var verified = await new Verify(database.DataSource, one.Streams, TenantModels.Only(ScoringModelDocument.Default))
            .RunAsync(LeadScope.All, new WorkProgress(), default);
        verified.Shown.ShouldBeEmpty();
        (await database.ScalarAsync<long>(
            """
            select count(*)
            from mt_events e
            where e.type = 'identity_conflict_found'
              and (select count(*) from mt_events f where f.type = e.type and f.stream_id = (e.data ->> 'OtherLeadId')::uuid) < $1
              and not exists (
                select
                from mt_events o
                where o.type = e.type and o.stream_id = (e.data ->> 'OtherLeadId')::uuid and (o.data ->> 'OtherLeadId')::uuid = e.stream_id)
            """,
            (long)Lead.ConflictsMax)).ShouldBe(0, "a conflict shows on both leads");
    }

    /// <summary>Names out of few: most engagements name leads that others name too, or several at once.</summary>
    private static PostedEngagement Tangled(string id, Random random) => Engagement(
        id,
        externalId: random.Next(3) == 0 ? $"x{random.Next(30)}" : null,
        email: random.Next(2) == 0 ? $"e{random.Next(60)}@example.com" : null,
        anonymousId: $"a{random.Next(150)}",
        type: Types[random.Next(Types.Length)],
        occurredAt: DateTimeOffset.UtcNow.AddDays(-50).AddMinutes(random.Next(49 * 24 * 60)));

    private static ILeadCommand AnyCommand() => Random.Shared.Next(6) switch
    {
        0 => new AcceptLead("ann"),
        1 => new RejectLead("ann", RejectionReason.Other),
        2 => new RecycleLead("ann", RecycleReason.NotReady),
        3 => new DisqualifyLead("ann", DisqualificationReason.Other),
        4 => new ReinstateLead("ann"),
        _ => new ChangeAttributes(
            new Dictionary<string, Scalar?> { ["seniority"] = Scalar.Of("vp"), ["number"] = Scalar.Of(Random.Shared.Next(9)) }, "ann"),
    };

    private async Task RebuildUntilAsync(WriterHarness service, CancellationToken written)
    {
        var rebuild = new Rebuild(database.DataSource, service.Streams, TenantModels.Only(ScoringModelDocument.Default), TimeProvider.System);
        while (!written.IsCancellationRequested) await rebuild.RunAsync(LeadScope.All, new WorkProgress(), default);
    }

    private async Task RefreshUntilAsync(WriterHarness service, CancellationToken written)
    {
        var refresh = new ScoreRefresh(
            database.DataSource, service.Streams, TenantModels.Only(ScoringModelDocument.Default), TimeProvider.System, NullLogger<ScoreRefresh>.Instance);
        while (!written.IsCancellationRequested)
        {
            await database.ExecuteAsync(
                "update mt_doc_lead l set refresh_due_at = now() from "
                + "(select id from mt_doc_lead where random() < 0.05 order by id for update skip locked) due where l.id = due.id");
            await refresh.RunPageAsync(default);
        }
    }
}
