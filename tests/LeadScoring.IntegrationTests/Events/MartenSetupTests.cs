using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;
using LeadScoring.Host.Events;
using LeadScoring.Host;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Leads.Writing;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.IntegrationTests.Setup;

namespace LeadScoring.IntegrationTests.Events;

/// <summary>Marten and the service's own statements write one log: what either writes, the other reads.</summary>
public sealed class MartenSetupTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    private static readonly DateTimeOffset At = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly EventMetadata Metadata = new("4bf92f3577b34da6a3ce929d0e0e4736", "a-command", "key_1", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    private static readonly LeadEvent[] Facts =
        [new LeadCaptured("web", At), new EngagementRecorded("web", "1", "webinar", At, Properties: new Dictionary<string, Domain.Scalar> { ["minutes"] = Domain.Scalar.Of(45) })];

    [Fact]
    public async Task Marten_reads_what_the_writer_wrote()
    {
        var stream = new StreamKey("acme", Guid.CreateVersion7());
        var events = Facts.Select(f => EventTypes.ToNewEvent(Guid.CreateVersion7(), f, Metadata)).ToList();
        var draft = new LeadDraft(stream, Lead.New(stream.StreamId, ScoringModelDocument.Default) with { Version = 2 }, storedVersion: 0, At, isRemembered: false);
        draft.Events.AddRange(events);
        await using var store = MartenSetup.StoreOf(database.DataSource);
        await using (var writing = store.LightweightSession())
        {
            writing.QueueOperation(new StoreRound([draft], [LeadDocument.Of("acme", draft.Lead, At, ScoringModelDocument.Default, At)]));
            await writing.SaveChangesAsync();
        }

        await using var session = store.QuerySession("acme");
        var read = await session.Events.FetchStreamAsync(stream.StreamId);

        read.Select(e => e.Id).ShouldBe(events.Select(e => e.Id));
        read[1].Data.ShouldBeOfType<EngagementRecorded>().SaysTheSameAs((EngagementRecorded)Facts[1]).ShouldBeTrue();
        read[1].Version.ShouldBe(2);
        read[1].CorrelationId.ShouldBe(Metadata.CorrelationId);
        read[1].CausationId.ShouldBe(Metadata.CausationId);
        read[1].GetHeader("actor").ShouldBe(Metadata.Actor);
        read[1].Timestamp.ShouldBe(At);
    }

    [Fact]
    public async Task What_Marten_wrote_is_read_by_the_service()
    {
        var stream = new StreamKey("acme", Guid.CreateVersion7());
        await using var store = MartenSetup.StoreOf(database.DataSource);
        await using (var session = store.LightweightSession("acme"))
        {
            session.Carry(Metadata);
            session.Events.StartStream(stream.StreamId, Facts);
            await session.SaveChangesAsync();
        }

        var read = (await new LeadStreams(database.DataSource, new EventTypes(), TenantModels.Only(ScoringModelDocument.Default)).ReadAsync(stream))!.Events;

        read.Select(e => e.Recorded.Type).ShouldBe(["lead_captured", "engagement_recorded"]);
        read[1].Recorded.Metadata.ShouldBe(Metadata);
        read[1].Fact.ShouldBeOfType<EngagementRecorded>().SaysTheSameAs((EngagementRecorded)Facts[1]).ShouldBeTrue();
    }

    [Fact]
    public async Task The_tables_are_as_the_store_is_configured()
    {
        await using var store = MartenSetup.StoreOf(database.DataSource);
        await store.Storage.Database.AssertDatabaseMatchesConfigurationAsync();
        await database.Registry.Storage.Database.AssertDatabaseMatchesConfigurationAsync();
    }
}
