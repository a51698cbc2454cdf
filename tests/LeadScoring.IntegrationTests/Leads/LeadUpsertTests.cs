using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;
using LeadScoring.Host.Leads;
using LeadScoring.IntegrationTests.Setup;
using Npgsql;

namespace LeadScoring.IntegrationTests.Leads;

/// <summary>Which rows are written, and that what they hold is what they were given.</summary>
public sealed class LeadUpsertTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    private static readonly ScoringModel Model = ScoringModelDocument.Default;
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task The_rows_of_appends_that_lost_are_not_written()
    {
        var rows = Rows("losers", 4);

        await RunAsync(LeadUpsert.OfAppends(rows), lostAppends: "{2,4}");

        (await IdsAsync("losers")).ShouldBe([rows[0].Id, rows[2].Id], ignoreOrder: true);
    }

    [Fact]
    public async Task Rows_of_no_append_are_written_whatever_lost()
    {
        var rows = Rows("none", 2);

        await RunAsync(LeadUpsert.Of(rows), lostAppends: "{1,2}");

        (await IdsAsync("none")).ShouldBe([rows[0].Id, rows[1].Id], ignoreOrder: true);
    }

    [Fact]
    public async Task A_row_written_again_holds_what_it_was_given_last()
    {
        string[] odd = ["", "a,b", "{c}", "\"d\"", "e\\f", "NULL", " g "];
        var lead = Lead.New(Guid.CreateVersion7(), Model).Evolve(new EngagementRecorded("web", "1", "page_viewed", Now), Model);
        await RunAsync(LeadUpsert.OfAppends([LeadColumns.Of(new("again", lead, Now), Model, Now)]), lostAppends: "{}");
        foreach (var text in odd) lead = lead.Evolve(new EngagementRecorded(text, "1", "page_viewed", Now, Campaign: text), Model);

        await RunAsync(LeadUpsert.OfAppends([LeadColumns.Of(new("again", lead, Now), Model, Now)]), lostAppends: "{}");

        (await database.ScalarAsync<string[]>("select sources from lead where tenant_id = 'again'")).ShouldBe(["web", .. odd]);
        (await database.ScalarAsync<string[]>("select campaigns from lead where tenant_id = 'again'")).ShouldBe(odd);
        (await database.ScalarAsync<byte[]>("select state from lead where tenant_id = 'again'")).ShouldBe(LeadState.Write(lead));
        (await database.ScalarAsync<long>("select version from lead where tenant_id = 'again'")).ShouldBe(8);
    }

    private static LeadColumns[] Rows(string tenant, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => LeadColumns.Of(new(tenant, Lead.New(Guid.CreateVersion7(), Model), Now), Model, Now))];

    private async Task RunAsync(NpgsqlBatchCommand upsert, string lostAppends)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync();
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand($"select set_config('leadscoring.lost_appends', '{lostAppends}', true)"));
        batch.BatchCommands.Add(upsert);
        await batch.ExecuteNonQueryAsync();
    }

    private Task<Guid[]> IdsAsync(string tenant) => database.ScalarAsync<Guid[]>("select array_agg(id) from lead where tenant_id = $1", tenant);
}
