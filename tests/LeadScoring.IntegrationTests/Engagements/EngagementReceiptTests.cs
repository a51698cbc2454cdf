using System.Net;
using LeadScoring.Contracts;
using LeadScoring.IntegrationTests.Leads;
using LeadScoring.IntegrationTests.Setup;
using static LeadScoring.IntegrationTests.Engagements.EngagementJson;

namespace LeadScoring.IntegrationTests.Engagements;

/// <summary>What a producer is answered when the engagement was taken.</summary>
public sealed class EngagementReceiptTests(LeadApi api) : IClassFixture<LeadApi>
{
    private const string One = "/v1/engagements";
    private const string Many = "/v1/engagements/batch";

    [Fact]
    public async Task A_repeat_answers_200_with_the_lead_as_it_is_now()
    {
        var client = await api.NewTenantAsync();
        using var first = await client.Http.PostTextAsync(One, Good);
        using var other = await client.Http.PostTextAsync(One, With("id", "\"e-2\""));

        using var repeat = await client.Http.PostTextAsync(One, Good);

        var recorded = await first.ReadAsync<EngagementReceipt>(HttpStatusCode.Created);
        var latest = await other.ReadAsync<EngagementReceipt>(HttpStatusCode.Created);
        var again = await repeat.ReadAsync<EngagementReceipt>();
        (recorded.Duplicate, latest.Duplicate, again.Duplicate).ShouldBe((false, false, true));
        again.EngagementId.ShouldBe(recorded.EngagementId);
        latest.EngagementId.ShouldNotBe(recorded.EngagementId);
        again.Lead.ShouldBe(latest.Lead);
        again.Warnings.ShouldBeNull();
        repeat.Headers.ETag.ShouldBe(other.Headers.ETag);
    }

    [Fact]
    public async Task The_ETag_is_the_leads_and_guards_the_next_command()
    {
        var client = await api.NewTenantAsync();
        using var posted = await client.Http.PostTextAsync(One, Good);
        var lead = (await posted.ReadAsync<EngagementReceipt>(HttpStatusCode.Created)).Lead;
        var tag = posted.Headers.ETag.ShouldNotBeNull();

        tag.ToString().ShouldBe($"\"{lead.Version}\"");
        using var read = await client.Http.GetAsync($"/v1/leads/{lead.LeadId}");
        read.Headers.ETag.ShouldBe(tag);
        var change = new { actor = "ann", attributes = new { company = "Acme" } };
        (await client.DoAsync(lead.LeadId, "attributes", change, ifMatch: tag.ToString())).Lead.Version.ShouldBe(lead.Version + 1);
        (await client.RefusedAsync(lead.LeadId, "attributes", new { actor = "ann", attributes = new { company = "Globex" } }, tag.ToString()))
            .ShouldSatisfyAllConditions(p => (p.Status, p.Code).ShouldBe((412, "version_mismatch")));
    }

    [Fact]
    public async Task The_same_fact_in_another_notation_is_a_repeat()
    {
        var client = await api.NewTenantAsync();
        var first = With(("lead", """{"email":"ann@example.com"}"""), ("properties", """{"a":1,"b":"é"}"""));
        const string again =
            """
            { "properties": {"b":"\u00e9", "\u0061":1.0}, "campaign": null, "lead": {"email":" ANN@example.com ","externalId":null},
              "occurredAt": "2026-03-01T10:30:00.000+01:00", "type": "page_viewed", "source": "web", "\u0069d": "e\u002d1" }
            """;

        using var recorded = await client.Http.PostTextAsync(One, first);
        using var repeat = await client.Http.PostTextAsync(One, again);
        using var batch = await client.Http.PostTextAsync(Many, Batch(again, first));

        recorded.StatusCode.ShouldBe(HttpStatusCode.Created);
        (await repeat.ReadAsync<EngagementReceipt>()).Duplicate.ShouldBeTrue();
        (await batch.ReadAsync<EngagementBatchReceipt>()).Duplicates.ShouldBe(2);
    }

    [Theory]
    [InlineData("1e308")]
    [InlineData("1.7976931348623157e308")]
    [InlineData("5e-324")]
    [InlineData("-0")]
    [InlineData("0.1")]
    [InlineData("1e23")]
    [InlineData("9007199254740991")]
    [InlineData("\"\\u0001\\ufffe\\u2028\\ud83d\\ude00\\\\u0000\"")]
    public async Task What_the_database_keeps_of_a_value_is_known_again(string value)
    {
        var client = await api.NewTenantAsync();
        var body = With("properties", $$"""{"v":{{value}}}""");

        using var recorded = await client.Http.PostTextAsync(One, body);
        using var repeat = await client.Http.PostTextAsync(One, body);

        recorded.StatusCode.ShouldBe(HttpStatusCode.Created, await recorded.Content.ReadAsStringAsync());
        (await repeat.ReadAsync<EngagementReceipt>()).Duplicate.ShouldBeTrue();
    }

    [Fact]
    public async Task Texts_that_look_like_syntax_are_only_texts()
    {
        var client = await api.NewTenantAsync();
        const string curious = """{a,"b"},\\NULL'; drop table lead; --%s${x}<script>""";
        var quoted = System.Text.Json.JsonSerializer.Serialize(curious);

        using var posted = await client.Http.PostTextAsync(One, With(
            ("id", quoted), ("source", quoted), ("lead", $$"""{"externalId":{{quoted}}}"""), ("campaign", quoted), ("product", quoted)));

        var lead = await client.LeadAsync((await posted.ReadAsync<EngagementReceipt>(HttpStatusCode.Created)).Lead.LeadId);
        lead.Identities.ExternalIds.ShouldBe([curious]);
        lead.Engagements.Sources.ShouldBe([curious]);
        lead.Engagements.Campaigns.ShouldBe([curious]);
        lead.Engagements.Products.ShouldBe([curious]);
        (await client.GetAsync<LeadPage>($"/v1/leads?campaign={Uri.EscapeDataString(curious)}")).Leads.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_clock_a_little_ahead_is_taken_as_now_and_its_repeat_is_known()
    {
        var client = await api.NewTenantAsync();
        var body = With("occurredAt", $"\"{api.Now.AddMinutes(5):yyyy-MM-ddTHH:mm:ssZ}\"");

        using var recorded = await client.Http.PostTextAsync(One, body);
        using var repeat = await client.Http.PostTextAsync(One, body);

        (await recorded.ReadAsync<EngagementReceipt>(HttpStatusCode.Created)).Lead.LastEngagedAt.ShouldBe(api.Now);
        (await repeat.ReadAsync<EngagementReceipt>()).Duplicate.ShouldBeTrue();
    }

    [Fact]
    public async Task The_same_engagement_twice_in_a_batch_is_recorded_once()
    {
        var client = await api.NewTenantAsync();

        using var answer = await client.Http.PostTextAsync(Many, Batch(Good, With("id", "\"e-2\""), Good));

        var receipt = await answer.ReadAsync<EngagementBatchReceipt>();
        receipt.Results.Select(r => r.Result).ShouldBe([EngagementOutcome.Recorded, EngagementOutcome.Recorded, EngagementOutcome.Duplicate]);
        receipt.Results[2].EngagementId.ShouldBe(receipt.Results[0].EngagementId);
        receipt.Results[2].Problem.ShouldBeNull();
        answer.Headers.ETag.ShouldBeNull("A batch is about many leads.");
        (await client.LeadAsync(receipt.Results[0].Lead!.LeadId)).Engagements.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Identities_of_two_leads_are_warned_of_and_the_engagement_is_kept(bool inBatch)
    {
        var client = await api.NewTenantAsync();
        var ann = await client.EngageAsync("ann");
        using var visit = await client.Http.PostTextAsync(One, With(("id", "\"v-1\""), ("lead", """{"anonymousId":"cookie-1"}""")));
        var visitor = (await visit.ReadAsync<EngagementReceipt>(HttpStatusCode.Created)).Lead.LeadId;
        var both = With(("id", "\"b-1\""), ("lead", """{"email":"ann@example.com","anonymousId":"cookie-1"}"""));

        using var answer = await client.Http.PostTextAsync(inBatch ? Many : One, inBatch ? Batch(Good, both) : both);

        Guid lead;
        IReadOnlyList<Warning>? warnings;
        if (inBatch)
        {
            var results = (await answer.ReadAsync<EngagementBatchReceipt>()).Results;
            results[0].Warnings.ShouldBeNull();
            results[1].Result.ShouldBe(EngagementOutcome.Recorded);
            (lead, warnings) = (results[1].Lead!.LeadId, results[1].Warnings);
        }
        else
        {
            var receipt = await answer.ReadAsync<EngagementReceipt>(HttpStatusCode.Created);
            (lead, warnings) = (receipt.Lead.LeadId, receipt.Warnings);
        }

        lead.ShouldBe(ann, "An e-mail is stronger than a cookie.");
        var warning = warnings.ShouldHaveSingleItem();
        warning.Code.ShouldBe("identity_conflict");
        warning.LeadIds.ShouldBe([ann, visitor]);
        warning.Detail.ShouldBe("The identities belong to different leads; the engagement went to the one with the strongest.");
        (await client.LeadAsync(ann)).IdentityConflicts.ShouldBe([new(IdentityKind.AnonymousId, visitor)]);
        (await client.LeadAsync(visitor)).IdentityConflicts.ShouldBe([new(IdentityKind.AnonymousId, ann)]);
        (await client.LeadAsync(visitor)).Engagements.Count.ShouldBe(1);

        using var repeat = await client.Http.PostTextAsync(One, both);
        (await repeat.ReadAsync<EngagementReceipt>()).Duplicate.ShouldBeTrue();
    }
}
