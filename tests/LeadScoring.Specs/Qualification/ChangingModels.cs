using LeadScoring.Domain;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Nurture;
using LeadScoring.Domain.Qualification;
using LeadScoring.Domain.Scoring;
using LeadScoring.Specs.Scoring;

namespace LeadScoring.Specs.Qualification;

/// <summary>Models made of one another, and when each began to hold.</summary>
internal static class ChangingModels
{
    private const int ModelsMax = 7;

    /// <summary>The sample's model with attributes that fit, held first; some of its kin follow.</summary>
    public static ModelTimeline Timeline(ScoringModel model, Random random)
    {
        var first = model with { Threshold = 70, FitRules = [new("aged", [new("age", Comparison.GreaterOrEqual, [Scalar.Of(1)])], 40)] };
        var models = new List<ScoringModel> { first };
        var activations = new List<ActiveModel>();
        var at = Sample.Start;
        for (var version = 2; version <= ModelsMax; version++)
        {
            at = at.AddHours(random.Next(24 * 14));
            models.Add(Kin(models[random.Next(models.Count)], version, random));
            activations.Add(new(at, models[^1]));
            if (random.Next(4) > 0) continue;
            at = at.AddHours(random.Next(24));
            activations.Add(new(at, models[random.Next(models.Count)])); // Back to one that held before.
        }

        return new(first, activations);
    }

    /// <summary>Every other time only what things are worth differs.</summary>
    private static ScoringModel Kin(ScoringModel model, int version, Random random)
    {
        var countsAlike = random.Next(2) == 0;
        Rule[] rules = [.. model.Rules.Where(_ => countsAlike || random.Next(8) > 0).Select(r => Kin(r, countsAlike, random))];

        // Made anew: a copy would look its rules up among the former ones.
        return new(
            model.Name, version, $"{version}-test", model.Floor, model.Ceiling, rules, model.FitRules, model.CutOffs,
            Threshold: random.Next(3) == 0 ? model.Threshold : random.Next(5, 100),
            MinimumGrade: random.Next(3) == 0 ? Grade.B : Grade.C,
            Review: random.Next(2) == 0 ? ReviewMode.Marketing : ReviewMode.Automatic,
            model.AcceptWithin, model.CoolDown)
        {
            ClickBurst = !countsAlike && random.Next(3) == 0 ? new(["clicked"], Count: 2, TimeSpan.FromHours(1), DeliveredType: null, default) : model.ClickBurst,
        };
    }

    private static Rule Kin(Rule rule, bool countsAlike, Random random)
    {
        var worth = random.Next(2) == 0 ? rule : rule with { Points = rule.Points * random.Next(1, 5), Cap = random.Next(3) == 0 ? null : rule.Cap };
        return countsAlike || random.Next(2) == 0 ? worth : worth with
        {
            HalfLifeDays = random.Next(3) == 0 ? 3 : rule.HalfLifeDays,
            MaxPerDay = random.Next(3) == 0 ? 1 : rule.MaxPerDay,
            FastTrack = random.Next(3) == 0 ? random.Next(2) == 0 : rule.FastTrack,
        };
    }
}

/// <summary>Marketing says what becomes of a lead that is held, whatever it is held for.</summary>
internal sealed record Answer(bool Release) : ILeadCommand
{
    public IReadOnlyList<LeadEvent> Decide(Lead lead, Facts facts)
    {
        var version = lead.Hold?.ModelVersion ?? 0;
        ILeadCommand command = Release ? new ReleaseHeld(version, "mia") : new DropCrossing(version, "mia");
        return command.Decide(lead, facts);
    }
}

/// <summary>One lead as the service keeps it while models change: its row, which may lag behind, and its stream with the times of storing.</summary>
internal sealed class ChangingLead(ModelTimeline models)
{
    public static readonly NurtureCadence Cadence = new(
        IsEnabled: true, [new(1, "email"), new(4, "call"), new(9, "email")], ["viewed", "attended"], ["bounced"], ["opened"]);

    private readonly HashSet<(string Source, string Id)> _known = [];

    public List<LeadEvent> Events { get; } = [];

    public Lead Lead { get; private set; } = Lead.New(LeadId, models.First);

    public DateTimeOffset StoredAt { get; private set; } = DateTimeOffset.MinValue;

    public EngagementHistory History => EngagementHistory.Of(Events);

    /// <summary>Decisions as they were taken: the lead each began with, scored under the model of its instant, and what came of it.</summary>
    public List<(Lead Before, DateTimeOffset StoredAt, ScoringModel Model, DateTimeOffset At, IReadOnlyList<LeadEvent> Events)> Decisions { get; } = [];

    public void Do(ILeadCommand command, DateTimeOffset now)
    {
        if (command is Domain.Engagements.RecordEngagement { Fact: var posted } && !_known.Add((posted.Source, posted.Id))) return;
        var facts = new Facts(now, models.At(now)) { Models = models, Cadence = Cadence, StoredAt = StoredAt };
        Decision decision;
        try
        {
            decision = Decision.Take(Lead, command, facts);
            if (decision.HistoryNeeded) decision = Decision.Take(Lead, command, facts, History);
        }
        catch (RuleViolation)
        {
            return;
        }

        decision.HistoryNeeded.ShouldBeFalse();
        Decisions.Add((Lead.WithHistory(History, models.At(Lead.ClockAt(now))), StoredAt, models.At(Lead.ClockAt(now)), Lead.ClockAt(now), decision.Events));
        Lead = decision.Lead;
        Lead.Version.ShouldBe(Events.Count + decision.Events.Count);
        Events.AddRange(decision.Events);
        if (decision.Events.Count > 0) StoredAt = now;
    }

    /// <summary>The pass over all leads comes by.</summary>
    public void Pass(DateTimeOffset now)
    {
        Do(new AdoptModel(), now);
        var model = models.At(now);
        Lead = Lead.Under(model, models, history: null) ?? Lead.WithHistory(History, model);
    }

    /// <summary>The row is loaded as some instance left it, perhaps under a model that holds no longer.</summary>
    public void Reload(ScoringModel model) => Lead = Lead.Of(LeadId, Events, model);
}
