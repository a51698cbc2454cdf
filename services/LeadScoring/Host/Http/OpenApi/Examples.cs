using System.Text.Json;
using System.Text.Json.Nodes;
using LeadScoring.Contracts;
using LeadScoring.Domain.Scoring;
using LeadScoring.Host.Nurture;
using Grade = LeadScoring.Contracts.Grade;

namespace LeadScoring.Host.Http.OpenApi;

/// <summary>
/// One worked example per body, all about the same lead. They are objects of the contracts, not texts, so that they cannot
/// show a field that is not there.
/// </summary>
public static class Examples
{
    private const string TenantId = "acme";
    private const string KeyId = "k3v7q2m5x4t6w2ab";
    private static readonly Guid LeadId = Guid.Parse("0198c9a2-7c1e-7a54-9d3b-2f6f1c8e4b10");
    private static readonly Guid OtherLeadId = Guid.Parse("0198c9a2-91d0-7c0b-8f6e-5d2a7b9c3e21");
    private static readonly Guid EngagementId = Guid.Parse("5b0c1d52-6f2e-5e8a-9a41-0c7d3e6b8f12");
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    private static readonly Engagement Download = new(
        "dl-20260302-4711",
        "website",
        "content_downloaded",
        Noon,
        new LeadReference(Email: "ann.lee@example.com", AnonymousId: "cookie-9f3a"),
        Campaign: "spring-launch",
        Channel: "email",
        Asset: "buyers-guide.pdf",
        Product: "analytics",
        Properties: new Dictionary<string, JsonElement>(StringComparer.Ordinal) { ["pages"] = Json("12"), ["language"] = Json("\"en\"") });

    private static readonly LeadSummary Summary = new(
        LeadId, Stage.MarketingQualified, 1, 75m, Noon, Grade.A, 60m, "A 75", "ann.lee@example.com", "Ann Lee", "Example Ltd", null, Noon,
        Noon.AddHours(24), Noon, 8);

    private static readonly CloudEvent Accepted = new(
        "1.0",
        Guid.Parse("0198c9a2-9a70-7e11-b0c4-8d1f5e6a7b90"),
        $"/leadscoring/{TenantId}",
        IntegrationEventTypes.LeadSalesAccepted,
        LeadId.ToString(),
        Noon.AddMinutes(42),
        "application/json",
        TenantId,
        "4711",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "4bf92f3577b34da6a3ce929d0e0e4736",
        Json($$"""{"lead":{"leadId":"{{LeadId}}","externalId":"crm-4711","email":"ann.lee@example.com","name":"Ann Lee","company":"Example Ltd","url":"https://leads.example.com/v1/leads/{{LeadId}}"},"cycle":1,"at":"2026-03-02T12:42:00+00:00","actor":"sam","owner":"sam","handedOffAt":"2026-03-02T12:00:00+00:00","speedToLeadSeconds":2520,"overdue":false}"""));

    private static readonly JsonElement Document = Json("""{"name":"Default definition of a lead","version":1,"engagement":{"floor":0,"ceiling":1000,"rules":[{"name":"demo_requested","type":"demo_requested","points":60,"halfLifeDays":30,"fastTrack":true}]},"fit":{"rules":[],"cutOffs":{"a":60,"b":30,"c":0}},"qualification":{"threshold":100,"minimumGrade":"C","review":"marketing","acceptWithinHours":24,"coolDownDays":30}}""");

    private static readonly ScoringModelSummary SignedModel = new(
        2, "2-9f2c01d4", "Definition of a lead, spring", ModelStatus.SignedOff, 4, 1, "maria", "Pricing pages tell more than we thought.", Noon,
        Noon, Noon.AddHours(1), "maria",
        [new(SigningTeam.Marketing, "maria", null, Noon.AddHours(2)), new(SigningTeam.Sales, "sam", "As agreed on Monday.", Noon.AddDays(1))],
        null, Shadow: false);

    private static readonly ApiKeyView Key = new(
        KeyId, TenantId, "website producer", $"ls_{KeyId}_...", [Scopes.EngagementsWrite, Scopes.LeadsRead], Noon, null, null);

    private static readonly string WebhookSecret = WebhookSignature.SecretPrefix + new string('x', 43) + '=';

    private static readonly Guid RetractionId = Guid.Parse("0198c9a2-b1c2-7d33-8e44-5f6a7b8c9d01");

    private static readonly SubscriptionView Webhook = new(
        SubscriptionKind.Webhook, Guid.Parse("0198c9a2-a3f4-7d11-9e52-6b8f0c2d4e63"), "https://crm.example.com/hooks/leads",
        [IntegrationEventTypes.LeadMarketingQualified], "application/cloudevents+json", "CRM", Enabled: true, SubscriptionState.Active,
        null, null, 1200, 0, 0, null, Noon, null, null, Noon, Noon);

    private static readonly DeliveryView Delivery = new(
        1200, EngagementId, IntegrationEventTypes.LeadMarketingQualified, LeadId, DeliveryStatus.Pending, 1, Noon, 120, 503, "down for maintenance",
        "The endpoint answered 503.", 120, Noon.AddSeconds(120), null);

    private static readonly ReleaseView SpringRelease = new(
        "spring-a", 2, ReleaseState.Open, [Grade.A, Grade.B], null, 50, "mia", "The new definition, in slices.", 50, 50, 3, 1, Noon, null);

    private static readonly Dictionary<Type, JsonNode> ByType = new Dictionary<Type, object>
    {
        [typeof(Engagement)] = Download,
        [typeof(EngagementBatch)] = new EngagementBatch([Download]),
        [typeof(EngagementReceipt)] = new EngagementReceipt(EngagementId, Duplicate: false, Summary),
        [typeof(EngagementBatchReceipt)] = new EngagementBatchReceipt(
            1, 0, 1, [new(EngagementOutcome.Recorded, EngagementId, Summary), new(EngagementOutcome.Rejected, Problem: Invalid("$.engagements[1].occurredAt"))]),
        [typeof(Warning)] = new Warning(
            "identity_conflict", "The identities belong to different leads; the engagement went to the first one.", [LeadId, OtherLeadId]),
        [typeof(RetractionRequest)] = new RetractionRequest(
            RetractionId, "maria", "Clicks of a mail gateway's scanner", null, new EngagementFilter(Noon.AddDays(-1), Noon, "mailer", "email_clicked", "spring-launch"), DryRun: true),
        [typeof(RestorationRequest)] = new RestorationRequest(
            Guid.Parse("0198c9a2-b1c2-7d33-8e44-5f6a7b8c9d02"), "maria", "The customer says that she clicked", [new EngagementKey("mailer", "click-4711")]),
        [typeof(RetractionView)] = new RetractionView(
            RetractionId, RetractionState.Found, DryRun: true, "maria", "Clicks of a mail gateway's scanner", 320, 0, 87, 0,
            new Dictionary<string, int>(StringComparer.Ordinal) { ["inquiry"] = 81, ["marketing_qualified"] = 6 }, Noon),
        [typeof(LeadSummary)] = Summary,
        [typeof(LeadPage)] = new LeadPage([Summary], "eyJzIjo3NS4wLCJpIjoiMDE5OGM5YTIifQ"),
        [typeof(LeadView)] = new LeadView(
            LeadId,
            Stage.MarketingQualified,
            Noon,
            1,
            75m,
            75m,
            Noon,
            Grade.A,
            60m,
            "A 75",
            1,
            new LeadIdentities(["crm-4711"], ["ann.lee@example.com"], ["cookie-9f3a"]),
            new Dictionary<string, JsonElement>(StringComparer.Ordinal) { ["company"] = Json("\"Example Ltd\""), ["company_size"] = Json("250"), ["seniority"] = Json("\"vp\"") },
            new LeadEngagements(
                2, Noon, Noon, new Dictionary<string, int>(StringComparer.Ordinal) { ["content_downloaded"] = 1, ["demo_requested"] = 1 },
                ["website"], ["spring-launch"], ["analytics"]),
            null,
            null,
            null,
            new LeadHandoff(1, QualificationReason.FastTrack, 75m, Grade.A, Noon, Noon.AddHours(24), Noon.AddHours(18)),
            null,
            null,
            [],
            Noon,
            Noon,
            8),
        [typeof(ScoreExplanation)] = new ScoreExplanation(
            LeadId,
            75m,
            Noon,
            1,
            ScoringModelDocument.Default.Id,
            Grade.A,
            60m,
            [new ScoreRuleTotal("demo_requested", 60m, 1), new ScoreRuleTotal("content_download", 15m, 1)],
            [new FitLine("decision_maker", 30), new FitLine("mid_market_or_larger", 30)],
            [
                new ScoreLine(ScoreLineKind.Counted, "demo_requested", 60m, 60, "demo_requested", "website", "demo-88", Noon),
                new ScoreLine(ScoreLineKind.Counted, "content_download", 15m, 15, "content_downloaded", "website", "dl-20260302-4711", Noon, "spring-launch"),
            ]),
        [typeof(ScoreHistory)] = new ScoreHistory(
            LeadId,
            [
                new ScorePoint(Noon, ScorePointKind.Engagement, "content_downloaded", 15m, 15m, Grade.A, Stage.Inquiry, 1, EngagementId),
                new ScorePoint(Noon.AddDays(7), ScorePointKind.ModelChange, "2-4c1b7e02", 17.0m, 17.0m, Grade.A, Stage.Inquiry, 2),
            ],
            null),
        [typeof(LeadTimeline)] = new LeadTimeline(
            LeadId,
            [
                new TimelineEntry(
                    5, EngagementId, "engagement_recorded", Noon, Noon, KeyId, "Content downloaded, reported by website (buyers-guide.pdf, campaign spring-launch).",
                    Json("""{"source":"website","id":"dl-20260302-4711","type":"content_downloaded","occurredAt":"2026-03-02T12:00:00+00:00"}""")),
            ],
            null),
        [typeof(LeadLookup)] = new LeadLookup(Email: "ann.lee@example.com"),
        [typeof(AttributesPatch)] = new AttributesPatch(
            "enrichment",
            new Dictionary<string, JsonElement>(StringComparer.Ordinal) { ["company"] = Json("\"Example Ltd\""), ["company_size"] = Json("250"), ["phone"] = Json("null") }),
        [typeof(QualifyRequest)] = new QualifyRequest("maria", "Asked for pricing at the fair."),
        [typeof(DeclineRequest)] = new DeclineRequest("maria", "A student.", Noon.AddDays(90)),
        [typeof(AcceptRequest)] = new AcceptRequest("sam", Owner: "sam"),
        [typeof(RejectRequest)] = new RejectRequest("sam", RejectionReason.WrongCompanySize, RejectionOutcome.Recycle, "Eight people only."),
        [typeof(RecycleRequest)] = new RecycleRequest("sam", RecycleReason.BadTiming, "Budget comes in autumn.", Noon.AddDays(120)),
        [typeof(DisqualifyRequest)] = new DisqualifyRequest("sam", DisqualificationReason.NoNeed),
        [typeof(ReinstateRequest)] = new ReinstateRequest("maria", "Changed jobs."),
        [typeof(OpportunityRequest)] = new OpportunityRequest("sam", 24000m, "EUR", "Three seats, two years."),
        [typeof(OpportunityLostRequest)] = new OpportunityLostRequest("sam", LossReason.Price),
        [typeof(CommandReceipt)] = new CommandReceipt(Changed: true, Summary with { Stage = Stage.SalesAccepted, Owner = "sam", AcceptanceDueAt = null, Version = 9 }),
        [typeof(ScoringModelView)] = new ScoringModelView(1, ScoringModelDocument.Default.Id, "Default definition of a lead", Document),
        [typeof(ScoringModelPage)] = new ScoringModelPage([SignedModel], null),
        [typeof(ActivationView)] = new ActivationView(
            2, "2-5d1f0a9c", Noon, ActivationState.Running, 1, 120_000, 42_000, 41_200, 310, 0, 305, 2_800.5, 28, Noon.AddSeconds(1)),
        [typeof(HeldLeadPage)] = new HeldLeadPage(
            [new(LeadId, 75m, Noon, Grade.A, "A 75", "ann.lee@example.com", "Ann Lee", "Example Ltd", Noon, null, 8)],
            new Dictionary<string, long>(StringComparer.Ordinal) { ["A"] = 12, ["B"] = 293 },
            "eyJzIjo3NS4wLCJpIjoiMDE5OGM5YTIifQ"),
        [typeof(ReleaseRequest)] = new ReleaseRequest("spring-a", "mia", [Grade.A, Grade.B], PerDay: 50, Note: "The new definition, in slices."),
        [typeof(ReleaseView)] = SpringRelease,
        [typeof(ReleaseList)] = new ReleaseList([SpringRelease]),
        [typeof(CancelReleaseRequest)] = new CancelReleaseRequest("mia"),
        [typeof(DropRequest)] = new DropRequest("mia", [Grade.C], Note: "Not for this quarter."),
        [typeof(DropReceipt)] = new DropReceipt(185, 0),
        [typeof(ScoringModelDetail)] = new ScoringModelDetail(
            SignedModel with { Status = ModelStatus.Active, ActiveFrom = Noon.AddDays(3), Revision = 5 },
            [new(Noon.AddDays(3), null, "maria", Noon.AddDays(2), WithoutBacktest: false)],
            Document),
        [typeof(DraftScoringModelRequest)] = new DraftScoringModelRequest(Document, "maria", BasedOn: 1, Note: "Pricing pages tell more than we thought."),
        [typeof(EditScoringModelRequest)] = new EditScoringModelRequest(Document, "maria"),
        [typeof(ProposeScoringModelRequest)] = new ProposeScoringModelRequest("maria"),
        [typeof(SignOffRequest)] = new SignOffRequest(SigningTeam.Sales, "sam", "As agreed on Monday."),
        [typeof(ActivateScoringModelRequest)] = new ActivateScoringModelRequest("maria", Noon.AddDays(3)),
        [typeof(CancelActivationRequest)] = new CancelActivationRequest("maria"),
        [typeof(SwitchShadowRequest)] = new SwitchShadowRequest(On: true, "maria"),
        [typeof(ScoringModelReceipt)] = new ScoringModelReceipt(Changed: true, SignedModel),
        [typeof(ScoringModelDiff)] = new ScoringModelDiff(
            1,
            2,
            "`pricing_page`: 10 → 15 points",
            [new(ModelChangeKind.Changed, ModelPart.EngagementRule, "pricing_page", "points", "10 points", "15 points", "`pricing_page`: 10 → 15 points")]),
        [typeof(BacktestRequest)] = BacktestExamples.Request,
        [typeof(BacktestView)] = BacktestExamples.View,
        [typeof(BacktestPage)] = BacktestExamples.Page,
        [typeof(BacktestComparison)] = BacktestExamples.Comparison,
        [typeof(SuggestionRequest)] = new SuggestionRequest(BasedOn: 1, SuggestionTarget.Accepted),
        [typeof(SuggestionView)] = BacktestExamples.Suggestion,
        [typeof(SuggestionPage)] = new SuggestionPage([BacktestExamples.Suggestion with { Result = null }], NextCursor: null),
        [typeof(ActivationPreview)] = BacktestExamples.Preview,
        [typeof(ModelShadowReport)] = new ModelShadowReport(
            2, On: true, Noon, new(1240, 31, 24, 22, 2), [new("2026-03-02", 17, 13), new("2026-03-09", 14, 11)]),
        [typeof(CloudEvent)] = Accepted,
        [typeof(FeedPageView)] = new FeedPageView([Accepted], 4711, 4711),
        [typeof(BusinessHours)] = new BusinessHours(
            "Europe/Berlin",
            new Dictionary<string, IReadOnlyList<WorkingInterval>>(StringComparer.Ordinal)
            {
                ["monday"] = [new("09:00", "12:30"), new("13:30", "18:00")],
                ["friday"] = [new("09:00", "15:00")],
            },
            ["2026-12-25"],
            60,
            "sales-lead@example.com"),
        [typeof(SalesCapacity)] = new SalesCapacity(25),
        [typeof(NurtureCadence)] = NurtureCadenceRules.Proposal with { Enabled = true },
        [typeof(TenantView)] = new TenantView(TenantId, "Acme", Operator: false, Noon, null),
        [typeof(TenantList)] = new TenantList([new TenantView(TenantId, "Acme", Operator: false, Noon, null)]),
        [typeof(CreateTenantRequest)] = new CreateTenantRequest(TenantId, "Acme"),
        [typeof(ApiKeyView)] = Key,
        [typeof(ApiKeyList)] = new ApiKeyList([Key]),
        [typeof(CreateApiKeyRequest)] = new CreateApiKeyRequest(Key.Name, Key.Scopes),
        [typeof(CreatedApiKey)] = new CreatedApiKey($"ls_{KeyId}_{new string('x', 43)}", Key),
        [typeof(CreateSubscriptionRequest)] = new CreateSubscriptionRequest(
            Webhook.Url!, Webhook.EventTypes, Webhook.Description, StartAt: "now"),
        [typeof(PatchSubscriptionRequest)] = new PatchSubscriptionRequest(EventTypes: ["*"], Enabled: true),
        [typeof(SubscriptionView)] = Webhook,
        [typeof(SubscriptionPage)] = new SubscriptionPage([Webhook], null),
        [typeof(CreatedSubscription)] = new CreatedSubscription(WebhookSecret, Webhook),
        [typeof(RotateSecretRequest)] = new RotateSecretRequest(FormerValidForHours: 24),
        [typeof(RotatedSecret)] = new RotatedSecret(WebhookSecret, Noon.AddHours(24)),
        [typeof(TestResult)] = new TestResult(Delivered: true, EngagementId, 200, 48, "ok", null),
        [typeof(DeliveryView)] = Delivery,
        [typeof(DeliveryPage)] = new DeliveryPage([Delivery], null),
        [typeof(ResendRequest)] = new ResendRequest(Noon),
        [typeof(ResendReceipt)] = new ResendReceipt(12, More: false),
        [typeof(Problem)] = Invalid("$.occurredAt"),
    }.ToDictionary(e => e.Key, e => JsonSerializer.SerializeToNode(e.Value, e.Key, WireJson.Default)!);

    /// <summary>A copy of the type's example as it stands on the wire; null for a part that is shown within a whole.</summary>
    public static JsonNode? Of(Type type) => ByType.GetValueOrDefault(type)?.DeepClone();

    /// <summary>Every body that has one.</summary>
    public static IReadOnlyCollection<Type> Types => ByType.Keys;

    private static Problem Invalid(string path) => Refusal
        .Invalid(new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal) { [path] = ["A time with its offset is expected (RFC 3339), like 2026-03-01T12:00:00Z."] })
        .ToProblem() with { TraceId = "4bf92f3577b34da6a3ce929d0e0e4736" };

    private static JsonElement Json(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }
}
