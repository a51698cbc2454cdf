using LeadScoring.Contracts;

namespace LeadScoring.IntegrationTests.Leads;

/// <summary>Commands over HTTP: the lifecycle, who may, which version, and what a wrong body is told.</summary>
public sealed class LeadCommandTests(LeadApi api) : IClassFixture<LeadApi>
{
    [Fact]
    public async Task A_lead_goes_from_review_to_customer()
    {
        var client = await api.NewTenantAsync();
        var id = await ReviewedAsync(client, "whole");

        (await client.DoAsync(id, "qualify", new { actor = "mia" })).Lead.Stage.ShouldBe(Stage.MarketingQualified);
        (await client.DoAsync(id, "accept", new { actor = "rep", owner = "rep-2" })).Lead.Owner.ShouldBe("rep-2");
        (await client.DoAsync(id, "opportunity", new { actor = "rep", amount = 1200.50, currency = "EUR" })).Lead.Stage.ShouldBe(Stage.SalesQualified);
        (await client.DoAsync(id, "opportunity/won", new { actor = "rep" })).Lead.Stage.ShouldBe(Stage.Customer);
        (await client.LeadAsync(id)).Opportunity.ShouldBe(new LeadOpportunity(1200.50m, "EUR", api.Now));
    }

    [Fact]
    public async Task A_lead_goes_back_to_nurture_out_and_in_again()
    {
        var client = await api.NewTenantAsync();
        var declined = await ReviewedAsync(client, "declined");
        var rejected = await client.EngageAsync("rejected", "demo_requested");
        var recycled = await client.EngageAsync("recycled", "demo_requested");
        var lost = await client.EngageAsync("lost", "demo_requested");
        var until = api.Now.AddDays(90);

        await client.DoAsync(declined, "decline", new { actor = "mia", coolDownUntil = until });
        (await client.LeadAsync(declined)).ShouldSatisfyAllConditions(
            l => l.Stage.ShouldBe(Stage.Inquiry),
            l => l.Cycle.ShouldBe(2),
            l => l.CoolDownUntil.ShouldBe(until),
            l => l.LastRecycleReason.ShouldBe(RecycleReason.MarketingDeclined));

        await client.DoAsync(rejected, "reject", new { actor = "rep", reason = "competitor", outcome = "disqualify" });
        (await client.LeadAsync(rejected)).Stage.ShouldBe(Stage.Disqualified);
        (await client.DoAsync(rejected, "reinstate", new { actor = "rep" })).Lead.Cycle.ShouldBe(2);

        await client.DoAsync(recycled, "recycle", new { actor = "rep", reason = "bad_timing" });
        (await client.LeadAsync(recycled)).LastRecycleReason.ShouldBe(RecycleReason.BadTiming);
        await client.DoAsync(recycled, "disqualify", new { actor = "rep", reason = "no_need" });

        await client.DoAsync(lost, "accept", new { actor = "rep" });
        await client.DoAsync(lost, "opportunity", new { actor = "rep" });
        await client.DoAsync(lost, "opportunity/lost", new { actor = "rep", reason = "price" });
        (await client.LeadAsync(lost)).LastRecycleReason.ShouldBe(RecycleReason.OpportunityLost);
    }

    [Fact]
    public async Task A_command_that_is_already_true_changes_nothing_and_one_the_stage_forbids_is_refused()
    {
        var client = await api.NewTenantAsync();
        var id = await client.EngageAsync("twice", "demo_requested");
        var first = await client.DoAsync(id, "accept", new { actor = "rep" });

        var second = await client.DoAsync(id, "accept", new { actor = "rep" });
        var refused = await client.RefusedAsync(id, "qualify", new { actor = "mia" });

        (first.Changed, second.Changed).ShouldBe((true, false));
        second.Lead.Version.ShouldBe(first.Lead.Version);
        (refused.Status, refused.Code).ShouldBe((409, "lead_not_awaiting_review"));
        (await client.RefusedAsync(Guid.NewGuid(), "accept", new { actor = "rep" })).Code.ShouldBe("lead_not_found");
    }

    [Fact]
    public async Task If_match_guards_against_a_lead_that_moved_on()
    {
        var client = await api.NewTenantAsync();
        var id = await client.EngageAsync("guard", "demo_requested");

        var stale = await client.RefusedAsync(id, "accept", new { actor = "rep" }, ifMatch: "\"3\"");
        foreach (var malformed in (string[])["W/\"4\"", "4", "\"four\"", "\"4\", \"5\"", "\"-4\"", "\"\""])
        {
            var problem = await client.RefusedAsync(id, "accept", new { actor = "rep" }, ifMatch: malformed);
            (problem.Status, problem.Errors!.Keys.Single()).ShouldBe((400, "If-Match"), malformed);
        }

        (stale.Status, stale.Code).ShouldBe((412, "version_mismatch"));
        (await client.DoAsync(id, "accept", new { actor = "rep" }, ifMatch: "\"4\"")).Lead.Version.ShouldBe(5);
        (await client.DoAsync(id, "opportunity", new { actor = "rep" }, ifMatch: "*")).Lead.Version.ShouldBe(6);
    }

    [Fact]
    public async Task Attributes_are_set_changed_and_removed_and_move_the_grade()
    {
        var client = await api.NewTenantAsync();
        var id = await client.EngageAsync("fit");

        var set = await client.DoAsync(id, "attributes", new { actor = "crm", attributes = new { seniority = "vp", company_size = 300, city = "Oslo" } });
        var same = await client.DoAsync(id, "attributes", new { actor = "crm", attributes = new { city = "Oslo" } });
        var removed = await client.DoAsync(id, "attributes", new { actor = "crm", attributes = new { seniority = (string?)null } });

        (set.Lead.Grade, removed.Lead.Grade).ShouldBe((Grade.A, Grade.B));
        same.Changed.ShouldBeFalse();
        (await client.LeadAsync(id)).Attributes.Keys.ShouldBe(["city", "company_size"]);
    }

    [Theory]
    [InlineData("accept", """{ }""", "$.actor", "required")]
    [InlineData("accept", """{ "actor": " " }""", "$.actor", "blank")]
    [InlineData("accept", """{ "actor": "rep", "stage": "customer" }""", "$.stage", "Unknown field")]
    [InlineData("accept", """{ "actor": 7 }""", "$.actor", "text")]
    [InlineData("accept", """{ "actor": "rep", "owner": "" }""", "$.owner", "blank")]
    [InlineData("reject", """{ "actor": "rep" }""", "$.reason", "required")]
    [InlineData("reject", """{ "actor": "rep", "reason": "no_budget" }""", "$.reason", "One of wrong_company_size")]
    [InlineData("reject", """{ "actor": "rep", "reason": 1 }""", "$.reason", "One of")]
    [InlineData("reject", """{ "actor": "rep", "reason": "other", "outcome": "disqualify", "coolDownUntil": "2026-12-01T00:00:00Z" }""", "$.coolDownUntil", "cool down")]
    [InlineData("recycle", """{ "actor": "rep", "reason": "sales_rejected" }""", "$.reason", "One of not_ready")]
    [InlineData("recycle", """{ "actor": "rep", "reason": "other", "coolDownUntil": "2020-01-01T00:00:00Z" }""", "$.coolDownUntil", "future")]
    [InlineData("recycle", """{ "actor": "rep", "reason": "other", "coolDownUntil": "2031-01-01T00:00:00Z" }""", "$.coolDownUntil", "2 years")]
    [InlineData("recycle", """{ "actor": "rep", "reason": "other", "coolDownUntil": "2026-12-01T00:00:00" }""", "$.coolDownUntil", "offset")]
    [InlineData("opportunity", """{ "actor": "rep", "amount": 5 }""", "$.currency", "together")]
    [InlineData("opportunity", """{ "actor": "rep", "currency": "EUR" }""", "$.amount", "together")]
    [InlineData("opportunity", """{ "actor": "rep", "amount": -1, "currency": "EUR" }""", "$.amount", "from 0")]
    [InlineData("opportunity", """{ "actor": "rep", "amount": 1000000000001, "currency": "EUR" }""", "$.amount", "from 0")]
    [InlineData("opportunity", """{ "actor": "rep", "amount": 1.005, "currency": "EUR" }""", "$.amount", "decimals")]
    [InlineData("opportunity", """{ "actor": "rep", "amount": 1, "currency": "eur" }""", "$.currency", "upper-case")]
    [InlineData("attributes", """{ "actor": "crm", "attributes": { } }""", "$.attributes", "1 to 64")]
    [InlineData("attributes", """{ "actor": "crm", "attributes": { "Company Size": 5 } }""", "$.attributes[?]", "snake_case")]
    [InlineData("attributes", """{ "actor": "crm", "attributes": { "size": [5] } }""", "$.attributes.size", "null is expected")]
    [InlineData("attributes", """{ "actor": "crm", "attributes": { "size": 1e999 } }""", "$.attributes.size", "too large")]
    [InlineData("attributes", """{ "actor": "crm", "attributes": { "city": "" } }""", "$.attributes.city", "empty")]
    public async Task A_wrong_body_is_told_the_rule_it_breaks(string command, string body, string path, string rule)
    {
        var client = await api.NewTenantAsync();
        var id = await client.EngageAsync("wrong", "demo_requested");

        var problem = await client.RefusedAsync(id, command, System.Text.Json.JsonDocument.Parse(body).RootElement);

        (problem.Status, problem.Code).ShouldBe((400, "validation_failed"));
        problem.Errors.ShouldNotBeNull().Keys.ShouldContain(path);
        problem.Errors[path].ShouldContain(m => m.Contains(rule));
        (await client.LeadAsync(id)).Version.ShouldBe(4);
    }

    [Fact]
    public async Task A_long_note_is_refused_and_one_with_lines_is_taken()
    {
        var client = await api.NewTenantAsync();
        var id = await client.EngageAsync("note", "demo_requested");

        (await client.RefusedAsync(id, "accept", new { actor = "rep", note = new string('x', 1001) })).Errors!.Keys.ShouldBe(["$.note"]);
        (await client.RefusedAsync(id, "accept", new { actor = new string('x', 129) })).Errors!.Keys.ShouldBe(["$.actor"]);
        (await client.DoAsync(id, "accept", new { actor = "rep", note = "first\nsecond" })).Changed.ShouldBeTrue();
    }

    [Theory]
    [InlineData("qualify", Scopes.MarketingWrite)]
    [InlineData("decline", Scopes.MarketingWrite)]
    [InlineData("accept", Scopes.SalesWrite)]
    [InlineData("reject", Scopes.SalesWrite)]
    [InlineData("recycle", Scopes.SalesWrite, Scopes.MarketingWrite)]
    [InlineData("disqualify", Scopes.SalesWrite, Scopes.MarketingWrite)]
    [InlineData("reinstate", Scopes.SalesWrite, Scopes.MarketingWrite)]
    [InlineData("opportunity", Scopes.SalesWrite)]
    [InlineData("opportunity/won", Scopes.SalesWrite)]
    [InlineData("opportunity/lost", Scopes.SalesWrite)]
    [InlineData("attributes", Scopes.SalesWrite, Scopes.MarketingWrite, Scopes.EngagementsWrite)]
    public async Task Each_command_takes_its_scopes_and_no_other(string command, params string[] scopes)
    {
        var tenant = await api.NewTenantAsync();
        foreach (var scope in Scopes.All)
        {
            var client = await api.ClientAsync(tenant.TenantId, scope);

            var problem = await client.RefusedAsync(Guid.NewGuid(), command, new { });

            problem.Code.ShouldBe(scopes.Contains(scope) ? "validation_failed" : "missing_scope", scope);
        }
    }

    private static async Task<Guid> ReviewedAsync(ApiClient client, string person)
    {
        Guid id = default;
        for (var i = 0; i < 4; i++) id = await client.EngageAsync(person, "webinar_attended");
        (await client.LeadAsync(id)).Stage.ShouldBe(Stage.AutomationQualified);
        return id;
    }
}
