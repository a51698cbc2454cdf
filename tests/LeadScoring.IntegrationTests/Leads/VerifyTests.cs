using LeadScoring.Host.Scoring.Models;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Leads.Refreshing;
using LeadScoring.Host.Leads.Rebuilding;
using LeadScoring.IntegrationTests.Setup;
using LeadScoring.IntegrationTests.Writing;
using Microsoft.Extensions.Logging.Abstractions;
using static LeadScoring.IntegrationTests.Writing.WriterHarness;

namespace LeadScoring.IntegrationTests.Leads;

/// <summary>Planted damage of every kind is found, named, and nothing else is.</summary>
public sealed class VerifyTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    private static int _tenants;

    /// <summary>Damage to the lead $2 of tenant $1, what is said of it, and whether a rebuild heals it.</summary>
    public static TheoryData<string, string, bool> Damages => new()
    {
        { "update mt_doc_lead set score = score + 0.001 where tenant_id = $1 and id = $2", "the column score says something else", true },
        { "update mt_doc_lead set stage = 'Customer' where tenant_id = $1 and id = $2", "the column stage says something else", true },
        { "update mt_doc_lead set grade = 'D' where tenant_id = $1 and id = $2", "the column grade says something else", true },
        { "update mt_doc_lead set mt_version = mt_version - 1 where tenant_id = $1 and id = $2", "the column mt_version says something else", true },
        { "update mt_doc_lead set owner = 'thief' where tenant_id = $1 and id = $2", "the column owner says something else", true },
        { "update mt_doc_lead set owner = null where tenant_id = $1 and id = $2", "the column owner says something else", true },
        { "update mt_doc_lead set model_id = 'old' where tenant_id = $1 and id = $2", "the column model_id says something else", true },
        { "update mt_doc_lead set data = jsonb_set(data, '{ScoreAsOf}', '\"2020-01-01T00:00:00Z\"') where tenant_id = $1 and id = $2", "the score's instant is before the latest fact", true },
        { "update mt_doc_lead set refresh_due_at = refresh_due_at + interval '1 hour' where tenant_id = $1 and id = $2", "the column refresh_due_at says something else", true },
        { "update mt_doc_lead set refresh_due_at = null where tenant_id = $1 and id = $2", "the column refresh_due_at says something else", true },
        { "update mt_doc_lead set data = jsonb_set(data, '{Lead,Engagements,Sources}', '[]') where tenant_id = $1 and id = $2", "differs from its stream at $.Engagements.Sources", true },
        { "update mt_doc_lead set data = jsonb_set(data, '{Score}', '77') where tenant_id = $1 and id = $2", "score is 77", true },
        { "update mt_doc_lead set last_engaged_at = '-infinity' where tenant_id = $1 and id = $2", "the column last_engaged_at says something else", true },
        { "update mt_doc_lead set updated_at = updated_at + interval '1 second' where tenant_id = $1 and id = $2", "the column updated_at says something else", true },
        { "update mt_doc_lead set timer_due_at = now() where tenant_id = $1 and id = $2", "the column timer_due_at says something else", true },
        { "delete from mt_doc_lead where tenant_id = $1 and id = $2", "the document is missing", true },
        { "delete from mt_doc_lead_identity where tenant_id = $1 and lead_id = $2 and id like 'email:%'", "does not hold its identity of kind email", true },
        { "insert into mt_doc_lead_identity (tenant_id, id, lead_id, data) values ($1, 'email:more@example.com', $2, '{}')", "holds an identity of kind email that none of its events speaks of", true },
        { "delete from mt_events where tenant_id = $1 and stream_id = $2 and version = 5", "event 5 of the stream has version 6", false },
        { "delete from mt_events where tenant_id = $1 and stream_id = $2 and version = (select max(version) from mt_events where stream_id = $2)", "the stream's version is", false },
        { "delete from mt_events where tenant_id = $1 and stream_id = $2", "the document has no event", false },
        { "update mt_streams set version = version + 1 where tenant_id = $1 and id = $2", "the stream's version is", false },
        { "update mt_events set data = '{\"At\": 5}' where tenant_id = $1 and stream_id = $2 and version = 1", "does not fit its type lead_captured", false },
        {
            "update mt_events set data = jsonb_set(data, '{Type}', '\"contact_form_submitted\"') where tenant_id = $1 and stream_id = $2 and data ->> 'Id' = 'v-1'",
            "score is", true
        },
    };

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task Damage_is_found_on_the_lead_it_was_done_to(string damage, string said, bool rebuildHeals)
    {
        var tenant = NewTenant();
        await using var service = await StartAsync(database);
        var hurt = await SeededLeads.EventfulAsync(service, tenant);
        var whole = await SeededLeads.SimpleAsync(service, tenant, "whole");
        (await RunAsync(service, tenant)).ExitCode.ShouldBe(RebuildRuns.ExitDone);

        await database.ExecuteAsync(damage, tenant, hurt);
        var (exitCode, output) = await RunAsync(service, tenant);

        exitCode.ShouldBe(RebuildRuns.ExitDifferences);
        output.ShouldContain($"{tenant}/{hurt}: ");
        output.ShouldContain(said);
        output.ShouldNotContain(whole.ToString());
        output.ShouldNotContain("example.com");
        output.ShouldNotContain("Evelyn");
        var (exitCodeOfAll, outputOfAll) = await RunAsync(service, LeadScope.All);
        exitCodeOfAll.ShouldBe(RebuildRuns.ExitDifferences);
        LinesOf(tenant, outputOfAll).ShouldBe(LinesOf(tenant, output));
        if (!rebuildHeals) return;
        await new Rebuild(service.DataSource, service.Streams, TenantModels.Only(ScoringModelDocument.Default), TimeProvider.System)
            .RunAsync(new LeadScope(tenant, null), new WorkProgress(), default);
        (await RunAsync(service, tenant)).Output.ShouldContain("Differences: 0.");
    }

    public static TheoryData<string, Func<Lead, Lead>> Untruths => new()
    {
        { "differs from its stream at $.Cycle", lead => lead with { Cycle = lead.Cycle + 1 } },
        { "differs from its stream at $.Score.Rules", lead => lead with { Score = lead.Score with { Rules = [.. lead.Score.Rules.Skip(1)] } } },
        { "differs from its stream at $.Identities", lead => lead with { Identities = [] } },
    };

    [Theory]
    [MemberData(nameof(Untruths))]
    public async Task A_state_that_says_something_else_is_found_and_a_rebuild_heals_it(string said, Func<Lead, Lead> untruth)
    {
        var tenant = NewTenant();
        await using var service = await StartAsync(database);
        var hurt = await SeededLeads.EventfulAsync(service, tenant);
        await using (var session = service.Store.LightweightSession(tenant))
        {
            var lead = (await session.LoadAsync<LeadDocument>(hurt)).ShouldNotBeNull();
            session.UpdateRevision(lead with { Lead = untruth(lead.Lead) }, lead.Version);
            await session.SaveChangesAsync();
        }

        (await RunAsync(service, tenant)).Output.ShouldContain(said);
        await new Rebuild(service.DataSource, service.Streams, TenantModels.Only(ScoringModelDocument.Default), TimeProvider.System)
            .RunAsync(new LeadScope(tenant, null), new WorkProgress(), default);
        (await RunAsync(service, tenant)).Output.ShouldContain("Differences: 0.");
    }

    [Theory]
    [InlineData(
        """
        insert into mt_doc_lead (tenant_id, id, data, mt_version, stage, grade, score, model_id, last_engaged_at, updated_at)
        select tenant_id, gen_random_uuid(), data, mt_version, stage, grade, score, model_id, last_engaged_at, updated_at
        from mt_doc_lead where tenant_id = $1
        """,
        "the document has no stream")]
    [InlineData(
        "insert into mt_doc_lead_identity (tenant_id, id, lead_id, data) values ($1, 'email:ghost@example.com', gen_random_uuid(), '{}')",
        "holds an identity of kind email and has no stream")]
    public async Task What_has_no_stream_is_found(string damage, string said)
    {
        var tenant = NewTenant();
        await using var service = await StartAsync(database);
        await SeededLeads.SimpleAsync(service, tenant);

        await database.ExecuteAsync(damage, tenant);
        var (exitCode, output) = await RunAsync(service, tenant);

        exitCode.ShouldBe(RebuildRuns.ExitDifferences);
        output.ShouldContain(said);
        output.ShouldContain("Differences: 1.");
        LinesOf(tenant, (await RunAsync(service, LeadScope.All)).Output).ShouldBe(LinesOf(tenant, output));
    }

    [Fact]
    public async Task A_refreshed_score_is_no_difference()
    {
        var tenant = NewTenant();
        await using var service = await StartAsync(database);
        await SeededLeads.EventfulAsync(service, tenant);
        var clock = new SetClock(DateTimeOffset.UtcNow.AddDays(20));
        var refresh = new ScoreRefresh(
            service.DataSource, service.Streams, TenantModels.Only(ScoringModelDocument.Default), clock, NullLogger<ScoreRefresh>.Instance);

        (await refresh.RunPageAsync(default)).ShouldBeGreaterThan(0);

        (await RunAsync(service, tenant)).Output.ShouldContain("Differences: 0.");
    }

    [Fact]
    public async Task Another_tenants_damage_is_outside_the_scope()
    {
        var tenant = NewTenant();
        var other = NewTenant();
        await using var service = await StartAsync(database);
        await SeededLeads.SimpleAsync(service, tenant);
        await SeededLeads.SimpleAsync(service, other);
        await database.ExecuteAsync("delete from mt_doc_lead where tenant_id = $1", other);

        (await RunAsync(service, tenant)).ExitCode.ShouldBe(RebuildRuns.ExitDone);
        (await RunAsync(service, other)).ExitCode.ShouldBe(RebuildRuns.ExitDifferences);
    }

    private static string NewTenant() => $"verify-{Interlocked.Increment(ref _tenants)}";

    private static List<string> LinesOf(string tenant, string output) =>
        [.. output.Split('\n').Where(line => line.StartsWith($"{tenant}/", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    private static Task<(int ExitCode, string Output)> RunAsync(WriterHarness service, string tenant) =>
        RunAsync(service, new LeadScope(tenant, null));

    private static async Task<(int ExitCode, string Output)> RunAsync(WriterHarness service, LeadScope scope)
    {
        var output = new StringWriter();
        var verify = new Verify(service.DataSource, service.Streams, TenantModels.Only(ScoringModelDocument.Default));
        var exitCode = await RebuildRuns.RunAsync(verify, scope, output, default);
        return (exitCode, output.ToString());
    }
}
