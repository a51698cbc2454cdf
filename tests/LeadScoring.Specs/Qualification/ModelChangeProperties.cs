using FsCheck;
using FsCheck.Fluent;
using LeadScoring.Domain;
using LeadScoring.Domain.Engagements;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Qualification;
using LeadScoring.Domain.Scoring;
using LeadScoring.Specs.Scoring;

namespace LeadScoring.Specs.Qualification;

/// <summary>What holds for every lead whatever happens to it while the definition of a lead changes under it.</summary>
public sealed class ModelChangeProperties
{
    private const int StepsMax = 60;

    private static readonly Gen<Sample> Samples = Gen.OneOf(Sample.Any, Sample.PositiveOnly);

    [Fact]
    public void Whatever_changes_the_lead_is_what_its_stream_tells_and_is_handed_off_once_a_cycle()
    {
        var events = new HashSet<Type>();
        var (heldAndQualified, revalued) = (0, 0);
        Property.Holds(Samples, sample =>
        {
            var random = sample.Random();
            var models = ChangingModels.Timeline(sample.Model, random);
            var lead = new ChangingLead(models);
            var now = Play(Script(sample, random), lead, models, random);
            lead.Pass(now);

            var model = models.At(lead.Lead.ClockAt(now));
            Written.ShouldBeTheSame(lead.Lead, Lead.Of(LeadId, lead.Events, model));
            lead.Lead.Version.ShouldBe(lead.Events.Count);
            var at = lead.Lead.ClockAt(now);
            lead.Lead.Score.At(at, model).ShouldBeNear(Formula.Score(Worth(lead.History, model), model, at));
            lead.Lead.Score.InCycleAt(at, model).ShouldBeNear(Formula.Score(Worth(lead.History, model), model, at, lead.Lead.CountFrom));

            lead.Events.OfType<MarketingQualified>().Select(e => e.Cycle).ShouldBeUnique();
            lead.Events.OfType<AutomationQualified>().Select(e => e.Cycle).ShouldBeUnique();
            var crossings = lead.Events.OfType<ModelCrossed>().Select(e => (e.Cycle, e.Judgement.ModelId)).ToList();
            crossings.Zip(crossings.Skip(1)).ShouldAllBe(pair => !pair.First.Equals(pair.Second), "once by each change");
            heldAndQualified += QualifiedThoughHeld(lead);
            CrossedOnlyByTheModel(lead, models);
            events.UnionWith(lead.Events.Select(e => e.GetType()));
            if (model.Id != models.First.Id && Lead.Of(LeadId, lead.Events, models.First).Under(model, models, history: null) is not null) revalued++;
        }, covers: true);

        typeof(LeadEvent).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(LeadEvent))).Except(events).Select(t => t.Name)
            .ShouldBe([nameof(IdentityLinked), nameof(IdentityConflictFound)], ignoreOrder: true);
        heldAndQualified.ShouldBeGreaterThan(5, "held leads do qualify by what they do");
        revalued.ShouldBeGreaterThan(20, "sums are revalued");
    }

    [Fact]
    public void Whether_the_pass_comes_first_or_the_next_engagement_makes_no_difference()
    {
        var crossed = 0;
        Property.Holds(Samples, sample =>
        {
            var random = sample.Random();
            var models = ChangingModels.Timeline(sample.Model, random);
            var script = Script(sample, random);

            var touched = new ChangingLead(models);
            var end = script[^1].At;
            foreach (var (at, command) in script) touched.Do(command, at);
            touched.Pass(end);

            var passedOver = new ChangingLead(models);
            Play(script, passedOver, models, random, passes: true);
            passedOver.Pass(end);

            Told(passedOver).ShouldBe(Told(touched));
            Written.ShouldBeTheSame(passedOver.Lead.Score, touched.Lead.Score);
            crossed += touched.Events.OfType<ModelCrossed>().Count();
        });
        crossed.ShouldBeGreaterThan(Property.Of(40), "leads did cross");
    }

    [Fact]
    public void A_pass_that_is_repeated_finds_nothing_more() => Property.Holds(Samples, sample =>
    {
        var random = sample.Random();
        var models = ChangingModels.Timeline(sample.Model, random);
        var lead = new ChangingLead(models);
        var now = Play(Script(sample, random), lead, models, random);
        lead.Pass(now);
        var (events, told) = (lead.Events.Count, lead.Lead);

        for (var i = 0; i < 3; i++)
        {
            lead.Reload(models.Activations[random.Next(models.Activations.Count)].Model);
            lead.Pass(now);
        }

        lead.Events.Count.ShouldBe(events);
        Written.ShouldBeTheSame(lead.Lead, told);
    });

    /// <summary>One that waits for marketing goes on by itself only from below, or on a fast track it has just taken.</summary>
    private static int QualifiedThoughHeld(ChangingLead lead)
    {
        var count = 0;
        foreach (var (before, _, model, at, events) in lead.Decisions)
        {
            var isHeld = before.Hold is not null || events.Any(e => e is ModelCrossed);
            if (!isHeld || before.Stage is not (Stage.Inquiry or Stage.Disqualified)) continue;
            if (!events.Any(e => e is AutomationQualified or MarketingQualified { Actor: null })) continue;
            count++;
            var fastTracked = events.OfType<EngagementRecorded>().Any(e => model.RuleFor(e) is { FastTrack: true });
            (fastTracked || events.Any(e => e is EngagementRestored) || !AutomaticQualification.IsMet(before, model, at)).ShouldBeTrue("a held lead crossed by nothing it did");
        }

        return count;
    }

    /// <summary>
    /// Each crossing is one: met as of a change after all that was stored, and not under what held before it, unless it waited already.
    /// </summary>
    private static void CrossedOnlyByTheModel(ChangingLead lead, ModelTimeline models)
    {
        foreach (var (before, storedAt, _, _, events) in lead.Decisions.Where(d => d.Events.Any(e => e is ModelCrossed)))
        {
            var waits = before.Hold is { IsDropped: false };
            foreach (var crossed in events.OfType<ModelCrossed>())
            {
                var known = lead.Events.TakeWhile(e => !ReferenceEquals(e, crossed)).ToList();
                var change = models.Changes(before.LatestAt, crossed.At).Last(c => c.Next.Id == crossed.Judgement.ModelId && c.Former.Id == crossed.FormerModelId);
                change.At.ShouldBeGreaterThan(storedAt, "what was stored after the change was decided under it");
                IsMet(change.Next, known, before, change.At).ShouldBeTrue();
                if (!waits) IsMet(change.Former, known, before, change.At).ShouldBeFalse();
                waits = true;
            }
        }
    }

    /// <summary>As the definition is written down.</summary>
    private static bool IsMet(ScoringModel model, List<LeadEvent> known, Lead lead, DateTimeOffset at)
    {
        if (model.GradeOf(model.FitOf(lead.Attributes)) > model.MinimumGrade) return false;
        var worth = Worth(EngagementHistory.Of(known), model);
        return worth.Any(e => !(e.OccurredAt <= lead.CountFrom) && model.RuleFor(e) is { FastTrack: true })
            || Formula.Score(worth, model, at, lead.CountFrom) >= model.Threshold;
    }

    private static List<EngagementRecorded> Worth(EngagementHistory history, ScoringModel model)
    {
        var suspects = SuspectedBots.Of(history, model);
        return [.. history.Counted.Where(e => !suspects.Contains(e))];
    }

    /// <summary>All that is known of the lead but for when somebody came by to find that it had crossed.</summary>
    private static string Told(ChangingLead lead) => Written.Lines(lead.Events.Select(e => e switch
    {
        ModelCrossed crossed => crossed with { At = default, Judgement = Rounded(crossed.Judgement) },
        AutomationQualified qualified => qualified with { Judgement = Rounded(qualified.Judgement) },
        MarketingQualified qualified => qualified with { Judgement = Rounded(qualified.Judgement) },
        EvidenceRetracted evidence => evidence with { ScoreAtHandoff = Math.Round(evidence.ScoreAtHandoff, 6), Score = Math.Round(evidence.Score, 6) },
        _ => e,
    }));

    /// <summary>Sums that were added up in another order may differ in the last digits.</summary>
    private static Judgement Rounded(Judgement judgement) => judgement with
    {
        Score = Math.Round(judgement.Score, 6),
        QualifyingScore = Math.Round(judgement.QualifyingScore, 6),
        Contributions = [.. judgement.Contributions.Select(c => c with { Points = Math.Round(c.Points, 6) }).OrderBy(c => c.Rule, StringComparer.Ordinal)],
    };

    private static List<(DateTimeOffset At, ILeadCommand Command)> Script(Sample sample, Random random)
    {
        var at = Sample.Start;
        var script = new List<(DateTimeOffset, ILeadCommand)> { (at, Post(Engaged("viewed") with { OccurredAt = at, Id = "first" })) };
        var waiting = new Queue<EngagementRecorded>(sample.History);
        var posted = new List<EngagementRecorded>();
        for (var i = 0; i < StepsMax; i++)
        {
            at = at.AddHours(random.Next(48));
            if (random.Next(2) == 0 && waiting.TryDequeue(out var engagement))
            {
                // Not later than it is recorded; many are late.
                var occurred = engagement with { OccurredAt = engagement.OccurredAt > at ? at : random.Next(2) == 0 ? at : engagement.OccurredAt };
                posted.Add(occurred);
                script.Add((at, Post(occurred)));
            }
            else if (posted.Count > 0 && random.Next(8) == 0)
            {
                var judged = posted[random.Next(posted.Count)];
                HashSet<EngagementName> named = [new(judged.Source, judged.Id)];
                script.Add((at, random.Next(3) == 0
                    ? new RestoreEngagements(named, "checked", "ops", new Guid(i, 1, 0, new byte[8]))
                    : new RetractEngagements(named, "bot", "ops", new Guid(i, 0, 0, new byte[8]))));
            }
            else
            {
                script.Add((at, AnyCommand(random, at)));
            }
        }

        script.Add((at.AddHours(1), new RaiseDueTimers()));
        return script;
    }

    private static RecordEngagement Post(EngagementRecorded engagement) => new(engagement, Link: [], Conflicts: []);

    private static ILeadCommand AnyCommand(Random random, DateTimeOffset now) => random.Next(30) switch
    {
        0 => new QualifyLead("mia"),
        1 => new DeclineLead("mia", CoolDownUntil: now.AddDays(random.Next(3))),
        2 or 3 or 4 => new AcceptLead("ann"),
        5 => new RejectLead("ann", RejectionReason.Duplicate, (RejectionOutcome)random.Next(2), CoolDownUntil: now.AddDays(random.Next(3))),
        6 or 7 => new RecycleLead("ann", RecycleReason.BadTiming, CoolDownUntil: now.AddDays(random.Next(-1, 3))),
        8 => new DisqualifyLead("ann", DisqualificationReason.Other),
        9 or 10 => new ReinstateLead("ann"),
        11 => new OpenOpportunity("ann", 100, "EUR"),
        12 => new WinOpportunity("ann"),
        13 => new LoseOpportunity("ann", LossReason.Other, CoolDownUntil: now),
        14 or 15 => new ChangeAttributes(new Dictionary<string, Scalar?> { ["age"] = Scalar.Of(random.Next(3)) }, "crm"),
        16 => new Answer(Release: true),
        17 => new Answer(Release: false),
        _ => new RaiseDueTimers(),
    };

    /// <summary>Runs a script with passes and reloads at random moments between its steps.</summary>
    private static DateTimeOffset Play(
        List<(DateTimeOffset At, ILeadCommand Command)> script, ChangingLead lead, ModelTimeline models, Random random, bool passes = true)
    {
        foreach (var (at, command) in script)
        {
            lead.Do(command, at);
            if (random.Next(4) == 0) lead.Reload(random.Next(2) == 0 ? models.First : models.At(at));
            if (passes && random.Next(3) == 0) lead.Pass(at);
        }

        return script[^1].At;
    }
}
