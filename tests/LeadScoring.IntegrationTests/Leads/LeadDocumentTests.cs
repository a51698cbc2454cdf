using System.Text.Json;
using System.Text.Json.Nodes;
using LeadScoring.Domain;
using LeadScoring.Domain.Identities;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Qualification;
using LeadScoring.Domain.Scoring;
using LeadScoring.Host.Leads;
using LeadScoring.IntegrationTests.Setup;
using Marten;

namespace LeadScoring.IntegrationTests.Leads;

public sealed class LeadDocumentTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    private const int BytesMax = 16 * 1024;

    private static readonly DateTimeOffset Start = new(2026, 1, 5, 8, 0, 0, TimeSpan.Zero);
    private static readonly ScoringModel Model = ScoringModelDocument.Default;

    [Fact]
    public async Task The_largest_lead_takes_no_more_than_sixteen_kilobytes()
    {
        var lead = Largest();
        lead.Identities.Count.ShouldBe(Lead.IdentitiesMax);
        lead.Attributes.Count.ShouldBe(Lead.AttributesMax);
        lead.Engagements.Sources.Count.ShouldBe(EngagementTally.DistinctValuesMax);

        await StoreAsync(lead);

        (await database.ScalarAsync<int>("select pg_column_size(data) from mt_doc_lead where id = $1", lead.Id)).ShouldBeLessThanOrEqualTo(BytesMax);
    }

    [Fact]
    public async Task Everything_a_lead_can_say_is_read_back()
    {
        var lead = Largest() with
        {
            Stage = Stage.SalesQualified,
            StageSince = Start.AddDays(1),
            Cycle = 2,
            QualifiedThisCycle = true,
            CountFrom = Start.AddDays(2),
            CoolDownUntil = Start.AddDays(3),
            LastCycleEnd = new(RecycleReason.NotReady, Start.AddDays(4)),
            FastTrackedAt = Start.AddDays(5),
            Owner = "rep-2",
            Handoff = new(2, QualificationReason.FastTrack, 71.5, Grade.B, Start.AddDays(6), Start.AddDays(7), Start.AddDays(6.5), "boss") { AnsweredAt = Start.AddDays(8), DueSoonRaised = true, OverdueRaised = true },
            DisqualifiedByRejection = true,
            Opportunity = new(12.5m, "EUR", Start.AddDays(9)),
            Nurture = new(Start.AddDays(10), new(2, 5, "email", Start.AddDays(11))),
            NurtureWish = new(IsOut: true, Start.AddDays(12)),
            Hold = new(3, Start.AddDays(13), IsDropped: true),
        };
        var none = Lead.New(Guid.Empty, Model);
        foreach (var member in typeof(Lead).GetProperties().Where(p => p.CanWrite))
        {
            member.GetValue(lead).ShouldNotBe(member.GetValue(none), $"{member.Name} is tried");
        }

        await StoreAsync(lead);

        await using var session = database.Documents.QuerySession("acme");
        var read = (await session.LoadAsync<LeadDocument>(lead.Id)).ShouldNotBeNull();
        JsonNode.DeepEquals(JsonSerializer.SerializeToNode(read.Lead), JsonSerializer.SerializeToNode(lead)).ShouldBeTrue(JsonSerializer.Serialize(read.Lead));
    }

    private async Task StoreAsync(Lead lead)
    {
        await using var session = database.Documents.LightweightSession("acme");
        session.UpdateRevision(LeadDocument.Of("acme", lead, lead.LatestAt, Model, lead.LatestAt), lead.Version);
        await session.SaveChangesAsync();
    }

    private static Lead Largest()
    {
        var facts = new List<LeadEvent> { new LeadCaptured("website", Start) };
        for (var i = 0; i < Lead.IdentitiesMax; i++) facts.Add(new IdentityLinked(IdentityKind.Email, $"some.person.{i}@division-{i}.example.com", Start));
        for (var i = 0; i < Lead.ConflictsMax; i++) facts.Add(new IdentityConflictFound(IdentityKind.AnonymousId, Guid.NewGuid(), Start));
        facts.Add(new AttributesChanged(
            Enumerable.Range(0, Lead.AttributesMax).ToDictionary(i => $"attribute_{i}", i => (Scalar?)Scalar.Of($"what is known of it, number {i}")), "crm", Start));
        var types = Model.Rules.Select(r => r.Type).Distinct().ToList();
        for (var day = 0; day < 2 * EngagementTally.DistinctValuesMax; day++)
        {
            foreach (var type in types)
            {
                facts.Add(new EngagementRecorded($"source-{day}", $"{type}-{day}", type, Start.AddDays(day), Campaign: $"2026-launch-{day}", Product: $"product-{day}"));
            }

            facts.Add(new EngagementRecorded("website", $"other-{day}", $"custom_type_{day}", Start.AddDays(day)));
        }

        return Lead.Of(Guid.NewGuid(), facts, Model);
    }
}
