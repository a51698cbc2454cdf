using System.Net;
using System.Text;
using LeadScoring.Contracts;
using LeadScoring.Host.Http;
using LeadScoring.Host.Leads.Listing;
using LeadScoring.IntegrationTests.Leads;
using LeadScoring.IntegrationTests.Setup;
using static LeadScoring.IntegrationTests.Engagements.EngagementJson;

namespace LeadScoring.IntegrationTests.Engagements;

/// <summary>Bad input over a socket: refused by a named rule, nothing of it recorded, nothing else lost with it.</summary>
public sealed class RefusedEngagementTests(LeadApi api) : IClassFixture<LeadApi>
{
    private const string One = "/v1/engagements";
    private const string Many = "/v1/engagements/batch";

    public static TheoryData<string> BadNames => BadEngagements.Names;

    [Theory]
    [MemberData(nameof(BadNames))]
    public async Task A_bad_engagement_is_refused(string name)
    {
        var client = await api.NewTenantAsync();
        var bad = BadEngagements.Named(name);

        using var answer = await client.Http.PostTextAsync(One, bad.Json);

        var problem = await answer.ShouldBeProblemAsync(400, "validation_failed");
        ErrorsOf(problem).ShouldBe([$"${bad.Path}: {bad.Message}"]);
        (await answer.Content.ReadAsStringAsync()).ShouldNotContain("example.com", Case.Insensitive, "It may be somebody's address.");
        (await RowsAsync(client)).ShouldBe(0);
    }

    [Theory]
    [MemberData(nameof(BadNames))]
    public async Task A_bad_engagement_is_refused_alone_in_a_batch(string name)
    {
        var client = await api.NewTenantAsync();
        var bad = BadEngagements.Named(name);

        using var answer = await client.Http.PostTextAsync(Many, Batch(Good, bad.Json, With("id", "\"e-2\"")));

        var receipt = await answer.ReadAsync<EngagementBatchReceipt>();
        (receipt.Recorded, receipt.Duplicates, receipt.Rejected).ShouldBe((2, 0, 1));
        receipt.Results.Select(r => r.Result).ShouldBe([EngagementOutcome.Recorded, EngagementOutcome.Rejected, EngagementOutcome.Recorded]);
        var problem = receipt.Results[1].Problem.ShouldNotBeNull();
        (problem.Status, problem.Code).ShouldBe((400, "validation_failed"));
        ErrorsOf(problem).ShouldBe([$"$.engagements[1]{bad.Path}: {bad.Message}"]);
        (await RecordedAsync(client)).ShouldBe(["e-1", "e-2"]);
    }

    [Theory]
    [MemberData(nameof(MalformedBodies.Names), MemberType = typeof(MalformedBodies))]
    public async Task What_is_no_JSON_is_told_where_it_breaks_off(string name)
    {
        var client = await api.NewTenantAsync();
        var (body, says) = MalformedBodies.Named(name);

        foreach (var path in new[] { One, Many })
        {
            using var answer = await PostAsync(client, path, body);
            (await answer.ShouldBeProblemAsync(400, "malformed_json")).Detail.ShouldContain(says);
        }

        (await RowsAsync(client)).ShouldBe(0);
    }

    [Fact]
    public async Task A_batch_that_breaks_off_records_nothing_of_it()
    {
        var client = await api.NewTenantAsync();

        using var answer = await client.Http.PostTextAsync(Many, $$"""{"engagements":[{{Good}},{"id":"e-2",]}""");

        (await answer.ShouldBeProblemAsync(400, "malformed_json")).Detail.ShouldContain("line 1, position");
        (await RowsAsync(client)).ShouldBe(0);
    }

    [Theory]
    [InlineData("""{"engagements":[%],"engagements":[%]}""", "$.engagements", "The field stands here twice.")]
    [InlineData("""{"engagements":[%],"atomic":true}""", "$.atomic", "Unknown field. Known here: engagements.")]
    [InlineData("""{"engagements":%}""", "$.engagements", "A list of 1 to 1000 engagements is expected.")]
    [InlineData("""{"engagements":[]}""", "$.engagements", "A list of 1 to 1000 engagements is expected.")]
    [InlineData("""{}""", "$.engagements", "A list of 1 to 1000 engagements is expected.")]
    [InlineData("[%]", "$", "An object with a list 'engagements' is expected.")]
    [InlineData("null", "$", "An object with a list 'engagements' is expected.")]
    public async Task A_batch_of_another_shape_is_refused_whole(string json, string path, string message)
    {
        var client = await api.NewTenantAsync();

        using var answer = await client.Http.PostTextAsync(Many, json.Replace("%", Good));

        ErrorsOf(await answer.ShouldBeProblemAsync(400, "validation_failed")).ShouldBe([$"{path}: {message}"]);
        (await RowsAsync(client)).ShouldBe(0);
    }

    [Fact]
    public async Task A_thousand_items_are_taken_and_one_more_is_not()
    {
        var client = await api.NewTenantAsync();
        var items = Enumerable.Range(0, 1001).Select(i => With("id", $"\"n-{i}\"")).ToArray();

        using var tooMany = await client.Http.PostTextAsync(Many, Batch(items));

        ErrorsOf(await tooMany.ShouldBeProblemAsync(400, "validation_failed"))
            .ShouldBe(["$.engagements: 1001 engagements; a batch holds at most 1000."]);
        (await RowsAsync(client)).ShouldBe(0);

        using var thousand = await client.Http.PostTextAsync(Many, Batch(items[..1000]));

        (await thousand.ReadAsync<EngagementBatchReceipt>()).Recorded.ShouldBe(1000);
        (await RecordedAsync(client)).ShouldBe(Enumerable.Range(0, 1000).Select(i => $"n-{i}"));
    }

    [Theory]
    [InlineData(One, 2 * 1024 * 1024, BodyLimits.BytesMax)]
    [InlineData(One, BodyLimits.BytesMax + 1, BodyLimits.BytesMax)]
    [InlineData(Many, 2 * 1024 * 1024, BodyLimits.BatchBytesMax)]
    [InlineData(Many, BodyLimits.BatchBytesMax + 1, BodyLimits.BatchBytesMax)]
    public async Task A_body_that_is_too_large_is_told_the_limit(string path, int length, int limit)
    {
        var client = await api.NewTenantAsync();
        var body = Encoding.UTF8.GetBytes((path == One ? Good : Batch(Good)).PadRight(length));
        foreach (var chunked in new[] { false, true })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonOf(body) };
            request.Headers.TransferEncodingChunked = chunked;
            request.Headers.ExpectContinue = true; // Or the client may still be sending when the answer is there.

            using var answer = await client.Http.SendAsync(request);

            (await answer.ShouldBeProblemAsync(413, "body_too_large")).Detail.ShouldContain($" {limit} bytes");
        }

        (await RowsAsync(client)).ShouldBe(0);
        using var fits = await PostAsync(client, path, body[..limit]);
        fits.IsSuccessStatusCode.ShouldBeTrue(await fits.Content.ReadAsStringAsync());
        (await RecordedAsync(client)).ShouldBe(["e-1"]);
    }

    [Theory]
    [InlineData("type", "\"demo_requested\"")]
    [InlineData("occurredAt", "\"2026-03-01T09:30:00.0000001Z\"")]
    [InlineData("lead", """{"email":"bob@example.com"}""")]
    [InlineData("campaign", "\"spring\"")]
    [InlineData("channel", "\"web\"")]
    [InlineData("asset", "\"a\"")]
    [InlineData("product", "\"p\"")]
    [InlineData("properties", """{"a":1}""")]
    public async Task The_same_id_with_another_body_is_refused(string field, string json)
    {
        var client = await api.NewTenantAsync();
        using var first = await client.Http.PostTextAsync(One, Good);
        first.StatusCode.ShouldBe(HttpStatusCode.Created);
        var rows = await RowsAsync(client);

        using var single = await client.Http.PostTextAsync(One, With(field, json));
        using var batch = await client.Http.PostTextAsync(
            Many, Batch(With(field, json), With("id", "\"e-2\""), With(("id", "\"e-2\""), (field, json))));

        (await single.ShouldBeProblemAsync(422, "engagement_id_reused")).Detail.ShouldContain("nothing was recorded");
        var results = (await batch.ReadAsync<EngagementBatchReceipt>()).Results;
        results.Select(r => r.Problem?.Code).ShouldBe(["engagement_id_reused", null, "engagement_id_reused"]);
        results[2].Problem!.Status.ShouldBe(422);
        (await RecordedAsync(client)).ShouldBe(["e-1", "e-2"]);
        (await RowsAsync(client)).ShouldBe(rows + 1, "One event more and nobody new.");
    }

    [Fact]
    public async Task A_key_without_the_scope_records_nothing()
    {
        var client = await api.NewTenantAsync();
        var reader = await api.ClientAsync(client.TenantId, Scopes.LeadsRead, Scopes.SalesWrite);
        var writer = await api.ClientAsync(client.TenantId, Scopes.EngagementsWrite);
        var lead = await client.EngageAsync("ann");
        var rows = await RowsAsync(client);

        using var one = await reader.Http.PostTextAsync(One, Good);
        using var many = await reader.Http.PostTextAsync(Many, Batch(Good));
        using var read = await writer.Http.GetAsync($"/v1/leads/{lead}");
        using var command = await writer.Http.PostTextAsync($"/v1/leads/{lead}/accept", """{"actor":"eve"}""");

        (await one.ShouldBeProblemAsync(403, "missing_scope")).Detail.ShouldContain("engagements:write");
        (await many.ShouldBeProblemAsync(403, "missing_scope")).Detail.ShouldContain("engagements:write");
        (await read.ShouldBeProblemAsync(403, "missing_scope")).Detail.ShouldContain("leads:read");
        (await command.ShouldBeProblemAsync(403, "missing_scope")).Detail.ShouldContain("sales:write");
        (await RowsAsync(client)).ShouldBe(rows);
    }

    [Fact]
    public async Task Another_tenants_lead_takes_no_engagement_and_shows_nothing()
    {
        var client = await api.NewTenantAsync();
        var stranger = await api.NewTenantAsync();
        var lead = await client.EngageAsync("ann");
        var rows = await RowsAsync(client);
        var theirs = With(("id", "\"x-1\""), ("lead", $$"""{"leadId":"{{lead}}","email":"eve@example.com"}"""));

        using var one = await stranger.Http.PostTextAsync(One, theirs);
        using var many = await stranger.Http.PostTextAsync(Many, Batch(Good, theirs, With("id", "\"e-2\"")));

        await one.ShouldBeProblemAsync(404, "lead_not_found");
        var results = (await many.ReadAsync<EngagementBatchReceipt>()).Results;
        results.Select(r => r.Problem?.Code).ShouldBe([null, "lead_not_found", null]);
        (await RecordedAsync(stranger)).ShouldBe(["e-1", "e-2"]);
        foreach (var path in new[] { "", "/score", "/timeline" })
        {
            (await stranger.RefusedAsync($"/v1/leads/{lead}{path}")).Code.ShouldBe("lead_not_found");
        }

        Problem[] commands =
        [
            await stranger.RefusedAsync(lead, "attributes", new { actor = "eve", attributes = new { name = "Mine" } }),
            await stranger.RefusedAsync(lead, "disqualify", new { actor = "eve", reason = "other" }),
            await stranger.RefusedAsync(HttpMethod.Post, "/v1/leads/lookup", new { email = "eve@example.com" }),
        ];
        commands.ShouldAllBe(p => p.Status == 404 && p.Code == "lead_not_found");
        (await RowsAsync(client)).ShouldBe(rows);
    }

    [Fact]
    public async Task A_cursor_of_yesterday_is_refused_by_its_name()
    {
        var client = await api.NewTenantAsync();
        var lead = await client.EngageAsync("ann");
        await client.EngageAsync("bob");
        var ofList = (await client.GetAsync<LeadPage>("/v1/leads?limit=1")).NextCursor.ShouldNotBeNull();
        var ofTimeline = (await client.GetAsync<LeadTimeline>($"/v1/leads/{lead}/timeline?limit=1")).NextCursor.ShouldNotBeNull();
        var made = api.Now;
        try
        {
            api.Now = made + PageCursor.AgeMax + TimeSpan.FromSeconds(1);

            (await client.RefusedAsync($"/v1/leads?limit=1&cursor={ofList}")).ShouldSatisfyAllConditions(
                p => (p.Status, p.Code).ShouldBe((400, "cursor_expired")),
                p => p.Detail.ShouldBe("The cursor is older than 24 hours; start again without it."));
            (await client.RefusedAsync($"/v1/leads/{lead}/timeline?limit=1&cursor={ofTimeline}")).Code.ShouldBe("cursor_expired");
        }
        finally
        {
            api.Now = made;
        }
    }

    [Theory]
    [InlineData("9007199254740993", "A whole number from 9007199254740992 on may lose digits; send it as a text.")]
    [InlineData("1e999", "The number is too large.")]
    public async Task An_attributes_number_keeps_its_digits_or_is_refused(string number, string message)
    {
        var client = await api.NewTenantAsync();
        var lead = await client.EngageAsync("ann");
        using var request = new HttpRequestMessage(HttpMethod.Patch, $"/v1/leads/{lead}/attributes")
        {
            Content = JsonOf(Encoding.UTF8.GetBytes($$$"""{"actor":"ann","attributes":{"revenue":{{{number}}}}}""")),
        };

        using var answer = await client.Http.SendAsync(request);

        ErrorsOf(await answer.ShouldBeProblemAsync(400, "validation_failed")).ShouldBe([$"$.attributes.revenue: {message}"]);
    }

    private static async Task<HttpResponseMessage> PostAsync(ApiClient client, string path, byte[] body)
    {
        using var content = JsonOf(body);
        return await client.Http.PostAsync(path, content);
    }

    private static ByteArrayContent JsonOf(byte[] body)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new("application/json");
        return content;
    }

    private static IEnumerable<string> ErrorsOf(Problem problem) =>
        problem.Errors.ShouldNotBeNull().SelectMany(e => e.Value.Select(message => $"{e.Key}: {message}"));

    /// <summary>Everything the tenant has: events, leads and names of leads.</summary>
    private Task<long> RowsAsync(ApiClient client) => api.Database.ScalarAsync<long>(
        """
        select (select count(*) from mt_events where tenant_id = $1)
             + (select count(*) from mt_doc_lead where tenant_id = $1)
             + (select count(*) from mt_doc_lead_identity where tenant_id = $1)
        """,
        client.TenantId);

    /// <summary>The producer's ids of the tenant's engagements, in the order of the log.</summary>
    private Task<string[]> RecordedAsync(ApiClient client) => api.Database.ScalarAsync<string[]>(
        "select array_agg(data ->> 'Id' order by seq_id) from mt_events where tenant_id = $1 and type = 'engagement_recorded'",
        client.TenantId);
}
