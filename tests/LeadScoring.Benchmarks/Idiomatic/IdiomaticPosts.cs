using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using JasperFx;
using JasperFx.Events;
using JasperFx.Events.Projections;
using JasperFx.MultiTenancy;
using LeadScoring.Benchmarks.Stack;
using LeadScoring.Contracts;
using Marten;
using Marten.Exceptions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace LeadScoring.Benchmarks.Idiomatic;

/// <summary>
/// What a good team writes in a day from Marten's documentation: a session a request, <c>FetchForWriting</c>, an inline snapshot. It takes the
/// same posts as the service and keeps them as safely, but knows no identities, models, stages or limits: a measure for what these may cost.
/// </summary>
internal static class IdiomaticPosts
{
    public const string Verb = "idiomatic";
    public const string ApiKey = "ls_idiomatic";

    private const int AttemptsMax = 20;

    /// <summary>As many as the service keeps.</summary>
    private const int PoolSizeMax = 32;

    private const int PreparedMax = 50;
    private static readonly FrozenDictionary<string, string> TenantByKey = new Dictionary<string, string> { [$"Bearer {ApiKey}"] = ServiceProcess.TenantId }.ToFrozenDictionary();

    /// <summary>Where it listens is ASP.NET Core's setting, its database is <c>ConnectionStrings:LeadScoring</c>.</summary>
    public static async Task RunAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        await using var database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(builder.Configuration.GetConnectionString("LeadScoring"))
        {
            MaxPoolSize = PoolSizeMax, MaxAutoPrepare = PreparedMax, AutoPrepareMinUsages = 2,
        });
        builder.Services.AddMarten(options => Configure(options, database)).UseLightweightSessions().ApplyAllDatabaseChangesOnStartup();

        await using var app = builder.Build();
        app.MapGet("/health/ready", () => "ready");
        app.MapPost("/v1/engagements", PostOneAsync);
        app.MapPost("/v1/engagements/batch", PostBatchAsync);
        await app.RunAsync();
    }

    private static void Configure(StoreOptions options, NpgsqlDataSource database)
    {
        options.Connection(database);
        options.Events.TenancyStyle = TenancyStyle.Conjoined;
        options.Policies.AllDocumentsAreMultiTenanted();
        options.Events.StreamIdentity = StreamIdentity.AsGuid;
        options.Events.AppendMode = EventAppendMode.Quick;
        options.Events.EnableUniqueIndexOnEventId = true;
        options.Projections.Snapshot<ScoredLead>(SnapshotLifecycle.Inline);
        options.UseSystemTextJsonForSerialization(new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            TypeInfoResolver = JsonTypeInfoResolver.Combine(IdiomaticJson.Default, new DefaultJsonTypeInfoResolver()),
        });
    }

    private static async Task<IResult> PostOneAsync(HttpRequest request, IDocumentStore store, CancellationToken ct)
    {
        if (!TenantByKey.TryGetValue(request.Headers.Authorization.ToString(), out var tenant)) return Results.Unauthorized();
        var engagement = await request.ReadFromJsonAsync(IdiomaticJson.Default.Engagement, ct);
        var duplicates = await RecordAsync(store, tenant, [engagement!], ct);
        var receipt = new Receipt(EventId(tenant, engagement!), duplicates > 0, LeadId(tenant, engagement!.Lead));
        return Results.Json(receipt, IdiomaticJson.Default.Receipt, statusCode: duplicates > 0 ? StatusCodes.Status200OK : StatusCodes.Status201Created);
    }

    private static async Task<IResult> PostBatchAsync(HttpRequest request, IDocumentStore store, CancellationToken ct)
    {
        if (!TenantByKey.TryGetValue(request.Headers.Authorization.ToString(), out var tenant)) return Results.Unauthorized();
        var batch = await request.ReadFromJsonAsync(IdiomaticJson.Default.EngagementBatch, ct);
        var duplicates = await RecordAsync(store, tenant, batch!.Engagements, ct);
        return Results.Json(new BatchReceipt(batch.Engagements.Count - duplicates, duplicates, Rejected: 0, batch.Engagements.Count), IdiomaticJson.Default.BatchReceipt);
    }

    /// <returns>How many were known already.</returns>
    private static async Task<int> RecordAsync(IDocumentStore store, string tenant, IReadOnlyList<Engagement> engagements, CancellationToken ct)
    {
        HashSet<Guid> known = [];
        for (var attempt = 1; ; attempt++)
        {
            await using var session = store.LightweightSession(tenant);
            if (attempt > 1) known = await KnownAsync(session, [.. engagements.Select(e => EventId(tenant, e))], ct);
            foreach (var lead in engagements.Where(e => !known.Contains(EventId(tenant, e))).GroupBy(e => LeadId(tenant, e.Lead)).OrderBy(l => l.Key))
            {
                var stream = await session.Events.FetchForWriting<ScoredLead>(lead.Key, ct);
                if (stream.Aggregate is null) stream.AppendOne(new LeadCaptured(lead.First().Source, lead.First().OccurredAt));
                foreach (var e in lead) stream.AppendOne(new Event<EngagementRecorded>(Fact(e)) { Id = EventId(tenant, e) });
            }

            try
            {
                await session.SaveChangesAsync(ct);
                return known.Count;
            }
            catch (Exception failure) when (attempt < AttemptsMax && IsConflict(failure))
            {
                // Another request was first, with this lead or with these very engagements: look again.
            }
        }
    }

    private static bool IsConflict(Exception failure) =>
        failure is ConcurrencyException or Marten.Exceptions.ExistingStreamIdCollisionException
        || failure is MartenCommandException { InnerException: PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } };

    private static async Task<HashSet<Guid>> KnownAsync(IDocumentSession session, Guid[] ids, CancellationToken ct) =>
        [.. await session.Events.QueryAllRawEvents().Where(e => ids.Contains(e.Id)).Select(e => e.Id).ToListAsync(ct)];

    private static EngagementRecorded Fact(Engagement e) => new(
        e.Source, e.Id, e.Type, e.OccurredAt, e.Campaign, e.Channel, e.Asset, e.Product, e.Properties);

    private static Guid EventId(string tenant, Engagement e) => Named($"{tenant}|{e.Source}|{e.Id}");

    private static Guid LeadId(string tenant, LeadReference lead) =>
        lead.LeadId ?? Named($"{tenant}|{lead.ExternalId ?? lead.Email ?? lead.AnonymousId}");

    /// <summary>The same text is the same id: no document is needed to find a lead.</summary>
    private static Guid Named(string text) => new(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));
}
