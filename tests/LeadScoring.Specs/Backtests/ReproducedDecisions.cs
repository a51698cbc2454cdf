using LeadScoring.Domain;
using LeadScoring.Domain.Backtests;
using LeadScoring.Domain.Engagements;
using LeadScoring.Domain.Identities;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Nurture;
using LeadScoring.Domain.Qualification;
using LeadScoring.Domain.Scoring;
using LeadScoring.Specs.Scoring;

namespace LeadScoring.Specs.Backtests;

/// <summary>Lived again under the model that held, a lead qualifies when it did.</summary>
public sealed class ReproducedDecisions
{
    private const int CommandsMax = 110;

    [Fact]
    public void The_live_model_against_itself_gives_the_very_decisions_that_were_taken()
    {
        var (decisions, setAside, cycles, reasons) = (0, 0, 0, new HashSet<QualificationReason>());
        Property.Holds(Sample.Any, any =>
        {
            var sample = Habits.Some(any);
            var model = sample.Model with
            {
                FitRules = [new("young", [new("age", Comparison.Equals, [Scalar.Of(0.0)])], -100)],
                CutOffs = [60, 30, 0],
            };
            var stream = Lived(model, sample);
            var decided = stream
                .Select(r => r.Fact switch
                {
                    AutomationQualified e => (e.Cycle, e.At),
                    MarketingQualified { Reason: not QualificationReason.Review } e => (e.Cycle, e.At),
                    _ => (Cycle: 0, At: default),
                })
                .Where(d => d.Cycle > 0).DistinctBy(d => d.Cycle).ToList();

            var simulation = new Simulation(new(model, model));
            var replayed = simulation.NewWithHistory(LeadId);
            foreach (var (fact, at) in stream) simulation.TryTake(replayed, fact, at.UtcTicks).ShouldBeTrue();
            simulation.Finish(replayed);
            Decisions(replayed, c => c.Live).ShouldBe(decided);
            Decisions(replayed, c => c.Draft).ShouldBe(decided);

            var quick = simulation.New(LeadId);
            if (stream.TrueForAll(r => simulation.TryTake(quick, r.Fact, r.At.UtcTicks)))
            {
                simulation.Finish(quick);
                Decisions(quick, c => c.Live).ShouldBe(decided);
            }
            else
            {
                setAside++;
            }

            foreach (var record in Records(replayed)) record.DecidedAt.ShouldBe(record.Live.At);
            decisions += decided.Count;
            cycles = Math.Max(cycles, replayed.Cycle);
            reasons.UnionWith(stream.Select(r => r.Fact).OfType<MarketingQualified>().Select(m => m.Reason));
        }, covers: true);
        decisions.ShouldBeGreaterThan(100);
        setAside.ShouldBeGreaterThan(3);
        cycles.ShouldBeGreaterThan(2);
        reasons.Count.ShouldBe(3);
    }

    private static List<(int, DateTimeOffset)> Decisions(LeadTrack lead, Func<CycleRecord, Crossing> model) =>
        [.. Records(lead).Where(c => model(c).Happened).Select(c => (c.Cycle, new DateTimeOffset(model(c).At, TimeSpan.Zero)))];

    private static List<CycleRecord> Records(LeadTrack lead)
    {
        var records = new List<CycleRecord>();
        for (var record = lead.Latest; record is not null; record = record.Earlier) records.Insert(0, record);
        return records;
    }

    /// <summary>A lead's events, each with the instant it was stored, as the service writes them.</summary>
    private static List<(LeadEvent Fact, DateTimeOffset At)> Lived(ScoringModel model, Sample sample)
    {
        var random = sample.Random();
        var stream = new List<(LeadEvent Fact, DateTimeOffset At)>();
        var lead = Lead.New(LeadId, model);
        var now = Sample.Start.AddDays(12);
        var posts = new Queue<EngagementRecorded>(sample.Shuffled(random));
        for (var i = 0; i < CommandsMax; i++)
        {
            now = now.AddHours(random.Next(40) - 2); // Instances' clocks differ.
            ILeadCommand command = random.Next(3) > 0 && posts.TryDequeue(out var post)
                ? new RecordEngagement(post, Link: [], Conflicts: random.Next(8) == 0 ? [new(IdentityKind.Email, Guid.NewGuid())] : [])
                : AnyCommand(random, now, lead, sample);
            var facts = new Facts(now, model) { Cadence = Cadence };
            try
            {
                var decision = Decision.Take(lead, command, facts);
                if (decision.HistoryNeeded) decision = Decision.Take(lead, command, facts, EngagementHistory.Of(stream.Select(r => r.Fact)));
                stream.AddRange(decision.Events.Select(e => (e, now)));
                lead = decision.Lead;
            }
            catch (RuleViolation)
            {
                // Nothing happened.
            }
        }

        return stream;
    }

    private static readonly NurtureCadence Cadence = new(
        IsEnabled: true, [new(1, "email"), new(4, "call")], ["viewed", "attended"], ["bounced"], ["opened"]);

    private static ILeadCommand AnyCommand(Random random, DateTimeOffset now, Lead lead, Sample sample) => random.Next(19) switch
    {
        0 or 1 => new QualifyLead("mia"),
        2 => new DeclineLead("mia", CoolDownUntil: now.AddDays(random.Next(3))),
        3 or 4 => new AcceptLead("ann"),
        5 or 6 => new RejectLead("ann", RejectionReason.Duplicate, (RejectionOutcome)random.Next(2), CoolDownUntil: now.AddDays(random.Next(3))),
        7 => new RecycleLead("ann", RecycleReason.BadTiming, CoolDownUntil: now.AddDays(random.Next(-1, 3))),
        8 => new DisqualifyLead("ann", DisqualificationReason.Other),
        9 or 10 => new ReinstateLead("ann"),
        11 => new OpenOpportunity("ann", 100, "EUR"),
        12 => new LoseOpportunity("ann", LossReason.Other, CoolDownUntil: now),
        13 => lead.Version == 0 ? new RaiseDueTimers() : new ChangeAttributes(new Dictionary<string, Scalar?> { ["age"] = Scalar.Of((double)random.Next(2)) }, "crm"),
        14 => lead.Version == 0 ? new RaiseDueTimers() : new ChangeAttributes(new Dictionary<string, Scalar?> { ["age"] = null }, "crm"),
        15 => lead.Version == 0 ? new RaiseDueTimers() : new NoteIdentityConflicts([new(IdentityKind.Email, Guid.NewGuid())]),
        16 => new RetractEngagements(Some(random, sample), "bot", "ops", Guid.NewGuid()),
        17 => new RestoreEngagements(Some(random, sample), "genuine", "ops", Guid.NewGuid()),
        _ => new RaiseDueTimers(),
    };

    private static HashSet<EngagementName> Some(Random random, Sample sample) =>
        [.. sample.History.Where(_ => random.Next(6) == 0).Select(e => new EngagementName(e.Source, e.Id))];
}
