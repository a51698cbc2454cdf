using LeadScoring.Domain;
using LeadScoring.Domain.Engagements;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Nurture;
using LeadScoring.Domain.Qualification;
using LeadScoring.Domain.Scoring;
using LeadScoring.Specs.Scoring;

namespace LeadScoring.Specs.Leads;

/// <summary>What holds for every lead, however its engagements arrive and whatever is asked of it.</summary>
public sealed class LeadProperties
{
    private const int CommandsMax = 60;

    [Fact]
    public void Shuffling_repeating_and_batching_never_change_the_score() => Property.Holds(Sample.Any, sample =>
    {
        var random = sample.Random();
        var posts = sample.Shuffled(random).Concat(sample.History.Where(_ => random.Next(3) == 0)).ToArray();
        random.Shuffle(posts);
        var stream = new Stream(sample.Model);
        for (var from = 0; from < posts.Length;)
        {
            var batch = posts.Skip(from).Take(random.Next(1, 12)).ToList();
            stream.Reload();
            foreach (var post in batch) stream.Post(post, Now);
            from += batch.Count;
        }

        stream.Lead.Engagements.Count.ShouldBe(sample.History.Count);
        foreach (var at in new[] { Now, Now.AddDays(10) })
        {
            stream.Lead.Score.At(at, sample.Model).ShouldBeNear(Formula.Score(sample.History, sample.Model, at));
        }
    });

    [Fact]
    public void With_points_that_only_add_the_order_of_arrival_never_changes_the_stage()
    {
        var stages = new HashSet<Stage>();
        Property.Holds(Sample.PositiveOnly, sample =>
        {
            var random = sample.Random();
            var fastTracks = random.Next(2) == 0;
            var few = sample with
            {
                History = [.. sample.History.Take(random.Next(12)).Where(e => fastTracks || e.Type != "requested")],
            };
            var countFrom = Sample.Start.AddDays(random.Next(-1, 12));
            var recycled = new LeadRecycled(1, "ann", RecycleReason.NotReady, null, CoolDownUntil: countFrom, countFrom);

            Stage Outcome(IEnumerable<EngagementRecorded> order)
            {
                var stream = new Stream(few.Model, new LeadCaptured("web", Sample.Start), recycled);
                foreach (var engagement in order) stream.Post(engagement, Now);
                return stream.Lead.Stage;
            }

            var counted = few.History.Where(e => e.OccurredAt > countFrom).ToList();
            var expected = counted.Any(e => e.Type == "requested") ? Stage.MarketingQualified
                : Formula.Score(few.History, few.Model, Now, countFrom) < few.Model.Threshold ? Stage.Inquiry
                : few.Model.Review == ReviewMode.Marketing ? Stage.AutomationQualified
                : Stage.MarketingQualified;
            Outcome(few.History).ShouldBe(expected);
            Outcome(few.Shuffled(random)).ShouldBe(expected);
            stages.Add(expected);
        }, covers: true);
        stages.Count.ShouldBe(3);
    }

    [Fact]
    public void Whatever_is_asked_the_stream_folds_to_the_very_lead_that_was_decided_on()
    {
        var (stages, events, refusals) = (new HashSet<Stage>(), new HashSet<Type>(), new HashSet<string>());
        Property.Holds(Sample.Any, sample =>
        {
            var random = sample.Random();
            var stream = new Stream(sample.Model);
            var now = Sample.Start;
            stream.Post(Engaged("viewed") with { OccurredAt = now, Id = "first" }, now);
            var posts = new Queue<EngagementRecorded>(sample.History);
            for (var i = 0; i < CommandsMax; i++)
            {
                now = now.AddHours(random.Next(random.Next(2) == 0 ? 24 : 72));
                try
                {
                    if (random.Next(2) == 0 && posts.TryDequeue(out var post)) stream.Post(post, now);
                    else stream.Take(random.Next(8) == 0 ? AnyRetractionOrRestoration(random, stream) : AnyCommand(random, now), now);
                }
                catch (RuleViolation refusal)
                {
                    refusals.Add(refusal.Code);
                }

                stages.Add(stream.Lead.Stage);
            }

            var lead = stream.Lead;
            lead.Version.ShouldBe(stream.Events.Count);
            Written.ShouldBeTheSame(lead, Lead.Of(LeadId, stream.Events, sample.Model));
            Written.ShouldBeTheSame(lead.Score, ScoreState.Of(stream.History, sample.Model, lead.CountFrom));
            lead.Engagements.Count.ShouldBe(stream.History.Counted.Count());

            var at = lead.ClockAt(now);
            lead.Score.At(at, sample.Model).ShouldBeNear(Formula.Score(stream.History, sample.Model, at));
            lead.Score.InCycleAt(at, sample.Model).ShouldBeNear(Formula.Score(stream.History, sample.Model, at, lead.CountFrom));
            events.UnionWith(stream.Events.Select(e => e.GetType()));
        }, covers: true);

        // The lives were lively: every stage was reached, every kind of decision taken, every refusal met.
        stages.ShouldBe(Enum.GetValues<Stage>(), ignoreOrder: true);
        typeof(LeadEvent).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(LeadEvent))).Except(events).Select(t => t.Name)
            .ShouldBe([nameof(IdentityLinked), nameof(IdentityConflictFound), nameof(ModelCrossed), nameof(ModelCrossingDropped)], ignoreOrder: true);
        refusals.Count.ShouldBe(8);
    }

    [Fact]
    public void The_history_changes_no_decision_that_did_not_need_it()
    {
        var notNeeded = 0;
        Property.Holds(Sample.Any, sample =>
        {
            foreach (var engagement in sample.History.Take(10))
            {
                EngagementRecorded[] past = [.. sample.History.Where(e => e != engagement)];
                var lead = Lead.Of(LeadId, [new LeadCaptured("web", Sample.Start), .. past], sample.Model);
                var command = new RecordEngagement(engagement, Link: [], Conflicts: []);
                var facts = new Facts(Now, sample.Model);

                var without = Decision.Take(lead, command, facts);
                var with = Decision.Take(lead, command, facts, EngagementHistory.Of(past));

                with.HistoryNeeded.ShouldBeFalse();
                if (without.HistoryNeeded) continue;

                notNeeded++;
                Written.Lines(without.Events).ShouldBe(Written.Lines(with.Events));
                Written.ShouldBeTheSame(without.Lead, with.Lead);
            }
        });
        notNeeded.ShouldBeGreaterThan(Property.Of(20));
    }

    private static readonly NurtureCadence Cadence = new(
        IsEnabled: true, [new(1, "email"), new(4, "call"), new(9, "email")], ["viewed", "attended"], ["bounced"], ["opened"]);

    private static ILeadCommand AnyCommand(Random random, DateTimeOffset now) => random.Next(20) switch
    {
        0 => new QualifyLead("mia"),
        1 => new DeclineLead("mia", CoolDownUntil: now.AddDays(random.Next(3))),
        2 or 3 or 4 => new AcceptLead("ann"),
        5 => new RejectLead(
            "ann", RejectionReason.Duplicate, (RejectionOutcome)random.Next(2), CoolDownUntil: now.AddDays(random.Next(3))),
        6 => new RecycleLead("ann", RecycleReason.BadTiming, CoolDownUntil: now.AddDays(random.Next(-1, 3))),
        7 => new DisqualifyLead("ann", DisqualificationReason.Other),
        8 or 9 => new ReinstateLead("ann"),
        10 or 11 => new OpenOpportunity("ann", 100, "EUR"),
        12 => new WinOpportunity("ann"),
        13 => new LoseOpportunity("ann", LossReason.Other, CoolDownUntil: now),
        14 => new ChangeAttributes(new Dictionary<string, Scalar?> { ["age"] = Scalar.Of(random.Next(3)) }, "crm"),
        15 => new ChangeAttributes(new Dictionary<string, Scalar?> { ["age"] = null }, "crm"),
        _ => new RaiseDueTimers(),
    };

    /// <summary>About some of what the lead has done, and about something it has not.</summary>
    private static ILeadCommand AnyRetractionOrRestoration(Random random, Stream stream)
    {
        var some = stream.Events.OfType<EngagementRecorded>().Where(_ => random.Next(4) == 0)
            .Select(e => new EngagementName(e.Source, e.Id)).Append(new("web", "never heard of")).ToHashSet();
        return random.Next(2) == 0
            ? new RetractEngagements(some, "bot", "mia", Guid.NewGuid())
            : new RestoreEngagements(some, "no bot", "mia", Guid.NewGuid());
    }

    /// <summary>One lead's stream, written as the service does: each engagement once, the history when needed.</summary>
    private sealed class Stream
    {
        private readonly ScoringModel _model;
        private readonly HashSet<(string Source, string Id)> _known = [];

        public Stream(ScoringModel model, params LeadEvent[] events)
        {
            (_model, Events) = (model, [.. events]);
            Lead = Lead.Of(LeadId, Events, model);
        }

        public List<LeadEvent> Events { get; }

        public Lead Lead { get; private set; }

        public EngagementHistory History => EngagementHistory.Of(Events);

        public void Reload() => Lead = Lead.Of(LeadId, Events, _model);

        public void Post(EngagementRecorded engagement, DateTimeOffset now)
        {
            if (_known.Add((engagement.Source, engagement.Id))) Take(new RecordEngagement(engagement, [], []), now);
        }

        public void Take(ILeadCommand command, DateTimeOffset now)
        {
            var facts = new Facts(now, _model) { Cadence = Cadence };
            var decision = Decision.Take(Lead, command, facts);
            if (decision.HistoryNeeded) decision = Decision.Take(Lead, command, facts, History);
            Events.AddRange(decision.Events);
            Lead = decision.Lead;
        }
    }
}
