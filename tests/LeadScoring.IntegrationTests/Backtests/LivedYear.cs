using LeadScoring.Domain;
using LeadScoring.Domain.Engagements;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Qualification;
using LeadScoring.Domain.Scoring;
using LeadScoring.Host.Engagements;
using LeadScoring.Host.Events;
using LeadScoring.IntegrationTests.Leads;
using LeadScoring.IntegrationTests.Setup;
using LeadScoring.IntegrationTests.Writing;

namespace LeadScoring.IntegrationTests.Backtests;

/// <summary>A year of a tenant, lived through the service's writer day by day: late arrivals, reviews, answers, second cycles.</summary>
internal static class LivedYear
{
    public static readonly DateTimeOffset Start = new(2025, 1, 1, 8, 0, 0, TimeSpan.Zero);

    private const int Days = 365;
    private const int People = 30;
    private const int EngagementsPerDayMax = 24;
    private const int LateDaysMax = 40;

    private static readonly string[] Types =
    [
        "page_viewed", "pricing_page_viewed", "email_opened", "email_opened", "email_clicked", "content_downloaded", "webinar_attended",
        "contact_form_submitted", "careers_page_viewed", "unsubscribed", "heard_of_us",
    ];

    private static readonly string[] Seniorities = ["vp", "manager", "student", "clerk"];

    public static async Task LiveAsync(MigratedDatabase database, int seed)
    {
        var clock = new SetClock(Start);
        await using var service = await WriterHarness.StartAsync(database, clock: clock);
        var random = new Random(seed);
        var leads = new Dictionary<int, Lead>();
        for (var day = 0; day < Days; day++)
        {
            clock.Now = Start.AddDays(day).AddSeconds(random.Next(40_000));
            await EngageAsync(service, random, day, clock.Now, leads);
            foreach (var person in leads.Keys.Order().ToList())
            {
                clock.Now += TimeSpan.FromMilliseconds(random.Next(60_000));
                if (CommandFor(random, leads[person], clock.Now) is not { } command) continue;
                var outcome = await service.SubmitAsync(leads[person].Id, command);
                outcome.Refusal.ShouldBeNull();
                leads[person] = outcome.Lead!.Lead;
            }
        }
    }

    private static async Task EngageAsync(WriterHarness service, Random random, int day, DateTimeOffset now, Dictionary<int, Lead> leads)
    {
        var posts = new List<(int Person, PostedEngagement Posted)>();
        for (var i = random.Next(EngagementsPerDayMax); i > 0; i--)
        {
            var person = random.Next(People);
            var isLate = random.Next(4) == 0;
            var type = random.Next(80) == 0 ? "demo_requested" : Types[random.Next(Types.Length)];
            var occurredAt = now.AddSeconds(-random.Next(isLate ? LateDaysMax * 86_400 : 30));
            posts.Add((person, WriterHarness.Engagement($"e{day}-{i}", email: $"p{person}@example.com", type: type, occurredAt: occurredAt)));
        }

        var outcomes = await service.Writer.RecordAsync(WriterHarness.Tenant, [.. posts.Select(p => p.Posted)], EventMetadata.None, default);
        for (var i = 0; i < outcomes.Length; i++) leads[posts[i].Person] = outcomes[i].Lead!.Lead;
    }

    private static ILeadCommand? CommandFor(Random random, Lead lead, DateTimeOffset now) => (lead.Stage, random.Next(12)) switch
    {
        (_, 0) when random.Next(6) == 0 => new ChangeAttributes(
            new Dictionary<string, Scalar?> { ["seniority"] = Scalar.Of(Seniorities[random.Next(Seniorities.Length)]) }, "crm"),
        (_, 1) when random.Next(40) == 0 => new RetractEngagements(Names(random, now), "bot", "ops", Guid.NewGuid()),
        (_, 2) when random.Next(80) == 0 => new RestoreEngagements(Names(random, now), "genuine", "ops", Guid.NewGuid()),
        (Stage.AutomationQualified, < 4) => new QualifyLead("mia"),
        (Stage.AutomationQualified, 4) => new DeclineLead("mia", CoolDownUntil: now.AddDays(random.Next(20))),
        (Stage.MarketingQualified, < 4) => new AcceptLead("ann"),
        (Stage.MarketingQualified, 4 or 5) => new RejectLead(
            "ann", (RejectionReason)random.Next(8), (RejectionOutcome)(random.Next(4) / 3), CoolDownUntil: now.AddDays(random.Next(20))),
        (Stage.MarketingQualified, 6) => new RecycleLead("ann", RecycleReason.NotReady, CoolDownUntil: now.AddDays(5)),
        (Stage.SalesAccepted, 0) => new OpenOpportunity("ann"),
        (Stage.SalesAccepted, 1) => new RecycleLead("ann", RecycleReason.BadTiming, CoolDownUntil: now.AddDays(5)),
        (Stage.SalesQualified, 0) => new WinOpportunity("ann"),
        (Stage.SalesQualified, 1 or 2) => new LoseOpportunity("ann", LossReason.Price),
        (Stage.Disqualified, < 2) => new ReinstateLead("ann"),
        (Stage.Inquiry, 0) when random.Next(20) == 0 => new DisqualifyLead("ann", DisqualificationReason.NoNeed),
        _ => null,
    };

    /// <summary>Everything posted in the last weeks; the lead's own are among them.</summary>
    private static HashSet<EngagementName> Names(Random random, DateTimeOffset now)
    {
        var today = (int)(now - Start).TotalDays;
        return
        [
            .. Enumerable.Range(today - 20, 20 - random.Next(15))
                .SelectMany(day => Enumerable.Range(0, EngagementsPerDayMax).Select(i => new EngagementName("web", $"e{day}-{i}"))),
        ];
    }
}
