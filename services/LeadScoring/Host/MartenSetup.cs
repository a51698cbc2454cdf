using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using JasperFx;
using JasperFx.Events;
using JasperFx.Events.Daemon;
using JasperFx.Events.Projections;
using JasperFx.MultiTenancy;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;
using LeadScoring.Domain.Scoring.Versions;
using LeadScoring.Host.Access;
using LeadScoring.Host.Broker;
using LeadScoring.Host.Engagements.Retractions;
using LeadScoring.Host.Feed;
using LeadScoring.Host.Jobs;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Operations;
using LeadScoring.Host.Scoring.Activation;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.Host.Scoring.Shadow;
using LeadScoring.Host.Settings;
using LeadScoring.Host.Storage;
using LeadScoring.Host.Subscriptions;
using Marten;
using Marten.Schema;
using Marten.Schema.Indexing.Unique;
using Npgsql;
using Weasel.Core;
using Wolverine;
using Wolverine.Marten;

namespace LeadScoring.Host;

/// <summary>All that Marten is told: tenancy, events and their frozen names, documents, projections, subscriptions.</summary>
public static class MartenSetup
{
    /// <summary>How soon another instance runs the subscriptions of one that has ended.</summary>
    public static readonly TimeSpan LeadershipPolling = TimeSpan.FromSeconds(1);

    /// <param name="daemon">Who runs the subscriptions: one of all instances, in production.</param>
    public static IServiceCollection AddMartenStore(this IServiceCollection services, NpgsqlDataSource database, DaemonMode daemon = DaemonMode.HotCold)
    {
        // The projection asks for models, which are read from the store: it finds them when it first needs one.
        services.AddMarten(s =>
        {
            var options = new StoreOptions();
            var models = new Lazy<TenantModels>(s.GetRequiredService<TenantModels>);
            Configure(options, database, tenant => models.Value.Of(tenant));
            return options;
        }).UseLightweightSessions().IntegrateWithWolverine(wolverine => wolverine.MessageStorageSchemaName = WolverineSetup.SchemaName).AddAsyncDaemon(daemon);
        services.AddMartenStore<IRegistry>(options => ConfigureRegistry(options, database));
        services.ConfigureMarten((s, options) =>
        {
            options.Projections.Subscribe(s.GetRequiredService<FeedSubscription>());
            options.Projections.Subscribe(s.GetRequiredService<ShadowSubscription>());
        });
        if (daemon is not DaemonMode.Disabled) services.AddHostedService<DaemonWatch>();
        return services;
    }

    /// <summary>Reads <c>Subscriptions:Run</c>: <c>HotCold</c>, <c>Solo</c> where there is one instance, <c>Disabled</c>.</summary>
    /// <exception cref="StartupRefusal">It is none of these.</exception>
    public static DaemonMode DaemonFrom(IConfiguration configuration) => configuration["Subscriptions:Run"] switch
    {
        null or "" or nameof(DaemonMode.HotCold) => DaemonMode.HotCold,
        nameof(DaemonMode.Solo) => DaemonMode.Solo,
        nameof(DaemonMode.Disabled) => DaemonMode.Disabled,
        var text => throw new StartupRefusal($"Subscriptions:Run is '{text}': give HotCold, Solo or Disabled, or leave it out."),
    };

    /// <summary>The store by itself, for commands that serve nobody.</summary>
    /// <param name="models">Which model held when, by tenant; null: the built-in one.</param>
    public static DocumentStore StoreOf(NpgsqlDataSource database, Func<string, ModelTimeline>? models = null) =>
        DocumentStore.For(options => Configure(options, database, models ?? (_ => new(ScoringModelDocument.Default))));

    /// <summary>Likewise the registry of tenants and keys.</summary>
    public static Registry RegistryOf(NpgsqlDataSource database)
    {
        var options = new StoreOptions();
        ConfigureRegistry(options, database);
        return new Registry(options);
    }

    /// <param name="models">Which model held when, by tenant.</param>
    public static void Configure(StoreOptions options, NpgsqlDataSource database, Func<string, ModelTimeline> models)
    {
        UseDatabase(options, database);
        UseEvents(options);
        UseDaemon(options);
        UseDocuments(options);
        options.Projections.Add(new LeadProjection(models), ProjectionLifecycle.Inline);
        options.Storage.Add(new FillFactors(options, new Dictionary<string, int> { ["mt_streams"] = 60, ["mt_doc_lead"] = 80 }));

        // Whoever writes knows what a second try means: a commit may have gone through unheard of, a lock may be gone.
        options.ConfigureWritePolly(_ => { });
    }

    private static void ConfigureRegistry(StoreOptions options, NpgsqlDataSource database)
    {
        UseDatabase(options, database);
        options.DatabaseSchemaName = "registry";
        options.Schema.For<Tenant>().DocumentAlias("tenant")
            .Duplicate(t => t.Operator, configure: index => (index.IsUnique, index.Predicate) = (true, "operator")); // At most one.
        options.Schema.For<ApiKey>().DocumentAlias("api_key").ForeignKey<Tenant>(k => k.TenantId);

        // Nothing is tried again under a change: a second try would run in a transaction without the lock its reading was done under.
        options.ConfigurePolly(_ => { });
        options.ConfigureWritePolly(_ => { });
    }

    private static void UseDatabase(StoreOptions options, NpgsqlDataSource database)
    {
        options.Connection(database);
        options.AutoCreateSchemaObjects = AutoCreate.None; // Tables are made by `db-apply`, never by the way.
        options.DisableNpgsqlLogging = true;
        UseJson(options);
    }

    private static void UseJson(StoreOptions options) => options.UseSystemTextJsonForSerialization(
        new JsonSerializerOptions { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull },
        EnumStorage.AsString,
        Casing.Default,
        json =>
        {
            json.Converters.Add(new LeadDocumentJson());
            json.Converters.Add(new ContextJson<LeadIdentity>(LeadJsonContext.Default.LeadIdentity));
            json.Converters.Add(new StoredLeadJson());
            json.Converters.Add(new ContextJson<SubscriptionDisabled>(SubscriptionEventJson.Default.SubscriptionDisabled)); // Its reason is the contract's code.
            json.TypeInfoResolver = JsonTypeInfoResolver.Combine(
                LeadEventJson.Default, ModelEventJson.Default, SubscriptionEventJson.Default, ScoringModelsJson.Default, new DefaultJsonTypeInfoResolver());
        });

    /// <summary>What lists filter and sort by, and what loops look for, in columns of their own.</summary>
    private static void MapLead(DocumentMapping lead)
    {
        foreach (var column in new[] { "Stage", "Grade", "Score", "ModelId", "LastEngagedAt", "UpdatedAt" }) lead.DuplicateField(column, notNull: true);
        foreach (var column in new[] { "Owner", "HeldFor", "RefreshDueAt", "TimerDueAt" }) lead.DuplicateField(column);
        lead.AddIndex("tenant_id", "score", "id");
        lead.AddIndex("tenant_id", "last_engaged_at", "id");
        lead.AddIndex("tenant_id", "updated_at", "id");
        lead.AddIndex("tenant_id", "stage", "score", "id").Predicate = "stage <> 'Inquiry'";
        lead.AddIndex("tenant_id", "owner", "score", "id").Predicate = "owner is not null";
        lead.AddIndex("tenant_id", "held_for", "score", "id").Predicate = "held_for is not null";
        lead.AddIndex("refresh_due_at").Predicate = "refresh_due_at is not null";
        lead.AddIndex("timer_due_at").Predicate = "timer_due_at is not null";
    }

    private static void MapLeadIdentity(DocumentMapping identity)
    {
        identity.DuplicateField("LeadId", notNull: true);
        identity.AddIndex("tenant_id", "lead_id");
    }

    private static void UseEvents(StoreOptions options)
    {
        var events = options.Events;
        events.StreamIdentity = StreamIdentity.AsGuid;
        events.TenancyStyle = TenancyStyle.Conjoined;
        events.AppendMode = EventAppendMode.QuickWithServerTimestamps; // The service's clock tells when an event was stored, not the database's.
        events.EnableUniqueIndexOnEventId = true;
        events.EnableBigIntEvents = true;
        events.UseExclusiveLockOnConcurrentAppends = true; // Who loses has drawn no number: a gap in the log would hold its readers up.
        events.MetadataConfig.CorrelationIdEnabled = true;
        events.MetadataConfig.CausationIdEnabled = true;
        events.MetadataConfig.HeadersEnabled = true;
        foreach (var (type, alias) in EventAliases) events.MapEventType(type, alias);
    }

    private static void UseDaemon(StoreOptions options)
    {
        // An append says on a channel of PostgreSQL that there is something; polling is for what is said while nobody listens.
        options.Events.UseListenNotifyForEventAppends = true;
        options.Projections.FastPollingTime = TimeSpan.FromMilliseconds(50);
        options.Projections.SlowPollingTime = TimeSpan.FromMilliseconds(250);
        options.Projections.LeadershipPollingTime = (int)LeadershipPolling.TotalMilliseconds;
        options.Projections.HealthCheckPollingTime = TimeSpan.FromSeconds(1);

        // A session's lock, not a transaction's: the server ends transactions that stand idle.
        options.Events.UseAdvisoryLockTransaction = false;

        // Nothing is passed over in silence; DaemonWatch says when what cannot be read has waited long enough.
        options.Projections.Errors.SkipApplyErrors = false;
        options.Projections.Errors.SkipSerializationErrors = false;
        options.Projections.Errors.SkipUnknownEvents = false;
    }

    /// <summary>None is partitioned: one database and many have the same tables.</summary>
    private static void UseDocuments(StoreOptions options)
    {
        options.Policies.AllDocumentsAreMultiTenanted();
        options.Schema.For<Envelope>().SingleTenanted().DoNotPartition(); // Wolverine's own, which only a service would have otherwise.
        options.Schema.For<SchemaVersion>().DocumentAlias("schema_version").SingleTenanted();
        FeedDocuments.Configure(options);
        ShadowDocuments.Configure(options);
        RelayDocuments.Configure(options);
        SubscriptionDocuments.Configure(options);
        options.Schema.For<LeadDocument>().DocumentAlias("lead").DoNotPartition().UseNumericRevisions(true).Metadata(m =>
        {
            m.DisableInformationalFields();
            m.TenantId.MapTo(l => l.TenantId);
            m.Revision.MapTo(l => l.Version);
        });
        options.Schema.For<LeadIdentity>().DocumentAlias("lead_identity").DoNotPartition().Metadata(m => m.DisableInformationalFields());
        options.Schema.For<ForeignAppendsPosition>().DocumentAlias("foreign_appends_position").DoNotPartition();
        options.Policies.ForAllDocuments(mapping =>
        {
            if (mapping.DocumentType == typeof(LeadDocument)) MapLead(mapping);
            if (mapping.DocumentType == typeof(LeadIdentity)) MapLeadIdentity(mapping);
        });
        options.Schema.For<TenantSetting>().DocumentAlias("tenant_setting").DoNotPartition().Identity(s => s.Name).UseNumericRevisions(true)
            .Metadata(m =>
            {
                m.TenantId.MapTo(s => s.TenantId);
                m.Revision.MapTo(s => s.Version);
            });
        options.Schema.For<ScoringModels>().DocumentAlias("scoring_models").DoNotPartition();
        options.Projections.Add(new ScoringModelsProjection(), ProjectionLifecycle.Inline);
        options.Schema.For<Job>().DocumentAlias("job").DoNotPartition().UseNumericRevisions(true).Metadata(m => m.TenantId.MapTo(j => j.TenantId))
            .Duplicate(j => j.State)
            .Duplicate(j => j.StartedAt, configure: PerTenant)
            .Duplicate(j => j.CreatedAt, configure: PerTenant)
            .Duplicate(j => j.FinishedAt, configure: PerTenant)
            .UniqueIndex(UniqueIndexType.DuplicatedField, "mt_doc_job_one_per_creation_key", TenancyScope.PerTenant, j => j.CreationKey!);
        options.Schema.For<JobParameters>().DocumentAlias("job_parameters").DoNotPartition();
        options.Schema.For<JobResult>().DocumentAlias("job_result").DoNotPartition();
        options.Schema.For<Retraction>().DocumentAlias("retraction").DoNotPartition().UseNumericRevisions(true)
            .Metadata(m => m.TenantId.MapTo(r => r.TenantId))
            .Duplicate(r => r.State);
        options.Schema.For<RetractionLead>().DocumentAlias("retraction_lead").DoNotPartition()
            .Index([l => l.RetractionId, l => l.Number], index => index.TenancyScope = TenancyScope.PerTenant);
        options.Schema.For<TenantWork>().DocumentAlias("tenant_work").DoNotPartition().UseNumericRevisions(true)
            .Metadata(m => m.TenantId.MapTo(w => w.TenantId))
            .Duplicate(w => w.LookAt, configure: index => index.Predicate = "look_at is not null");
        options.Schema.For<Rescoring>().DocumentAlias("rescoring").DoNotPartition().UseNumericRevisions(true)
            .Metadata(m =>
            {
                m.TenantId.MapTo(r => r.TenantId);
                m.Revision.MapTo(r => r.Revision);
            })
            .Duplicate(r => r.SettledAt, configure: index => index.Predicate = "settled_at is null");
        options.Schema.For<HeldRelease>().DocumentAlias("held_release").DoNotPartition().Identity(r => r.Key)
            .Metadata(m => m.TenantId.MapTo(r => r.TenantId))
            .Duplicate(r => r.EndedAt);
        options.Schema.For<TakenLead>().DocumentAlias("taken_lead").DoNotPartition()
            .Duplicate(t => t.Release).Duplicate(t => t.ModelVersion).Duplicate(t => t.LeadId).Duplicate(t => t.Outcome)
            .Index(t => new { t.LeadId, t.ModelVersion }, index =>
            {
                // Of all releases of a version one at a time hands a lead off.
                index.TenancyScope = TenancyScope.PerTenant;
                index.IsUnique = true;
                index.Predicate = "outcome is null";
            });
    }

    private static void PerTenant(DocumentIndex index) => index.TenancyScope = TenancyScope.PerTenant;

    /// <summary>What is stored under which name. A name is frozen: the .NET type may be renamed, it never.</summary>
    public static IReadOnlyDictionary<Type, string> EventAliases { get; } = new Dictionary<Type, string>
    {
        [typeof(LeadCaptured)] = "lead_captured",
        [typeof(IdentityLinked)] = "identity_linked",
        [typeof(IdentityConflictFound)] = "identity_conflict_found",
        [typeof(AttributesChanged)] = "attributes_changed",
        [typeof(EngagementRecorded)] = "engagement_recorded",
        [typeof(AutomationQualified)] = "automation_qualified",
        [typeof(MarketingQualified)] = "marketing_qualified",
        [typeof(MarketingDeclined)] = "marketing_declined",
        [typeof(SalesAccepted)] = "sales_accepted",
        [typeof(SalesRejected)] = "sales_rejected",
        [typeof(LeadRecycled)] = "lead_recycled",
        [typeof(LeadDisqualified)] = "lead_disqualified",
        [typeof(LeadReinstated)] = "lead_reinstated",
        [typeof(OpportunityOpened)] = "opportunity_opened",
        [typeof(OpportunityWon)] = "opportunity_won",
        [typeof(OpportunityLost)] = "opportunity_lost",
        [typeof(AcceptanceDueSoon)] = "acceptance_due_soon",
        [typeof(AcceptanceOverdue)] = "acceptance_overdue",
        [typeof(NurtureStarted)] = "nurture_started",
        [typeof(NurtureStepDue)] = "nurture_step_due",
        [typeof(NurtureEnded)] = "nurture_ended",
        [typeof(NurtureResumed)] = "nurture_resumed",
        [typeof(ModelCrossed)] = "model_crossed",
        [typeof(ModelCrossingDropped)] = "model_crossing_dropped",
        [typeof(EngagementRetracted)] = "engagement_retracted",
        [typeof(EngagementRestored)] = "engagement_restored",
        [typeof(EvidenceRetracted)] = "evidence_retracted",
        [typeof(ModelDrafted)] = "model_drafted",
        [typeof(ModelDraftEdited)] = "model_draft_edited",
        [typeof(ModelProposed)] = "model_proposed",
        [typeof(ModelSignedOff)] = "model_signed_off",
        [typeof(ModelActivated)] = "model_activated",
        [typeof(ModelActivationCancelled)] = "model_activation_cancelled",
        [typeof(ModelShadowSwitched)] = "model_shadow_switched",
        [typeof(SubscriptionDisabled)] = "subscription_disabled",
    };

    /// <summary>The same, by the name.</summary>
    public static FrozenDictionary<string, Type> TypesByAlias { get; } = EventAliases.ToFrozenDictionary(t => t.Value, t => t.Key, StringComparer.Ordinal);
}

/// <summary>A type as its source-generated context writes it, whatever the options it is met under.</summary>
internal sealed class ContextJson<T>(JsonTypeInfo<T> type) : JsonConverter<T>
{
    public override T? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => JsonSerializer.Deserialize(ref reader, type);

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => JsonSerializer.Serialize(writer, value, type);
}
