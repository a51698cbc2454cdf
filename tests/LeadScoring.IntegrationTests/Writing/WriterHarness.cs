using LeadScoring.Host.Events;
using LeadScoring.Host.Scoring.Models;
using System.Diagnostics.Metrics;
using LeadScoring.Domain.Identities;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;
using LeadScoring.Host;
using LeadScoring.Host.Engagements;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Leads.Caching;
using LeadScoring.Host.Leads.Writing;
using LeadScoring.Host.Operations;
using LeadScoring.Host.Settings;
using LeadScoring.Host.Timers;
using LeadScoring.IntegrationTests.Setup;
using Marten;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace LeadScoring.IntegrationTests.Writing;

/// <summary>A running <see cref="LeadWriter"/> on a database, as one service instance has it.</summary>
internal sealed class WriterHarness : IAsyncDisposable
{
    public const string Tenant = "acme";
    private static readonly TenantModels Models = TenantModels.Only(ScoringModelDocument.Default);

    private static readonly IMeterFactory Meters =
        new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();

    private readonly TimeProvider _clock;

    private WriterHarness(
        NpgsqlDataSource dataSource, IDocumentStore store, LeadWriter writer, LeadStreams streams, EventTypes types, TimeProvider clock) =>
        (DataSource, Store, Writer, Streams, Types, _clock) = (dataSource, store, writer, streams, types, clock);

    public NpgsqlDataSource DataSource { get; }

    public IDocumentStore Store { get; }

    public LeadWriter Writer { get; }

    public LeadStreams Streams { get; }

    public EventTypes Types { get; }

    /// <summary>The timers of this instance, to be run a page at a time.</summary>
    public DueTimers Timers() => new(DataSource, Writer, new Telemetry(Meters), _clock, NullLogger<DueTimers>.Instance);

    public static Task<WriterHarness> StartAsync(MigratedDatabase database, WriterOptions? options = null, TimeProvider? clock = null)
    {
        options ??= new();
        options.Plain |= database is PlainlyWrittenDatabase;
        return StartAsync(database.DataSource, options, clock);
    }

    public static async Task<WriterHarness> StartAsync(NpgsqlDataSource dataSource, WriterOptions? options = null, TimeProvider? clock = null)
    {
        clock ??= TimeProvider.System;
        var store = MartenSetup.StoreOf(dataSource);
        var types = new EventTypes();
        var streams = new LeadStreams(dataSource, types, Models);
        var writer = new LeadWriter(
            dataSource, store, streams, types, Models,
            new TenantPolicies(new TenantSettings(store), clock, NullLogger<TenantPolicies>.Instance),
            new LeadCache(Options.Create(options ?? new()), clock), new Telemetry(Meters), clock,
            Options.Create(options ?? new()), NullLogger<LeadWriter>.Instance);
        await writer.StartAsync(default);
        return new(dataSource, store, writer, streams, types, clock);
    }

    public async ValueTask DisposeAsync()
    {
        await Writer.StopAsync(default);
        Writer.Dispose();
        Store.Dispose();
    }

    public Task<LeadOutcome> RecordAsync(PostedEngagement posted, string tenant = Tenant) =>
        Writer.RecordAsync(tenant, posted, EventMetadata.None, default);

    public Task<LeadOutcome> SubmitAsync(Guid lead, ILeadCommand command, long? expectedVersion = null, string tenant = Tenant) =>
        Writer.SubmitAsync(tenant, lead, command, expectedVersion, EventMetadata.None, default);

    public async Task<LeadStory> StoryAsync(Guid lead, string tenant = Tenant) =>
        (await Streams.ReadAsync(new(tenant, lead))).ShouldNotBeNull();

    public static PostedEngagement Engagement(
        string id,
        string? email = null,
        string? anonymousId = null,
        string? externalId = null,
        Guid? leadId = null,
        string type = "page_viewed",
        DateTimeOffset? occurredAt = null,
        string source = "web")
    {
        var identities = new List<Identity>();
        if (externalId is not null) identities.Add(new(IdentityKind.ExternalId, externalId));
        if (email is not null) identities.Add(new(IdentityKind.Email, email));
        if (anonymousId is not null) identities.Add(new(IdentityKind.AnonymousId, anonymousId));
        return new(
            new(source, id, type, occurredAt ?? DateTimeOffset.UtcNow.AddMinutes(-1)), leadId, identities);
    }
}
