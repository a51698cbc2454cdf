using LeadScoring.Domain.Engagements;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Qualification;
using LeadScoring.Domain.Scoring;
using LeadScoring.Domain.Scoring.Shadow;

namespace LeadScoring.Specs.Scoring.Shadow;

/// <summary>A version in shadow notes when it would have qualified a lead, and nothing else changes.</summary>
public sealed class ShadowLeads
{
    private static readonly ScoringModel Strict = Model with { Version = 2, Id = "2-strict", Threshold = 150 };
    private static readonly ScoringModel Mild = Model with { Version = 3, Id = "3-mild", Threshold = 50 };

    [Fact]
    public void It_qualifies_by_its_own_definition_at_the_instant_of_the_engagement()
    {
        var told = new Told().Posts("contact_form_submitted", daysAgo: 3).Posts("contact_form_submitted", daysAgo: 2);

        told.Under(Mild).ShouldHaveSingleItem().WouldQualifyAt.ShouldBe(DaysAgo(3));
        told.Under(Strict).ShouldBeEmpty();
    }

    [Fact]
    public void What_the_service_decided_stands_beside_it()
    {
        var told = new Told().Posts("demo_requested", daysAgo: 3);

        var cycle = told.Under(Mild).ShouldHaveSingleItem();

        cycle.WouldQualifyAt.ShouldBe(DaysAgo(3));
        cycle.QualifiedAt.ShouldBe(DaysAgo(3));
        told.Lead.Stage.ShouldBe(Stage.MarketingQualified);
    }

    [Fact]
    public void Whom_marketing_reviews_the_service_qualified_when_it_asked_for_the_review()
    {
        var told = new Told().Posts("contact_form_submitted", daysAgo: 5).Posts("webinar_attended", daysAgo: 4).Posts("contact_form_submitted", daysAgo: 3);

        var cycle = told.Does(new QualifyLead("mia"), daysAgo: 1).Under(Strict).ShouldHaveSingleItem();

        cycle.QualifiedAt.ShouldBe(DaysAgo(3));
        cycle.WouldQualifyAt.ShouldBeNull();
    }

    [Fact]
    public void It_qualifies_once_a_cycle_and_not_while_the_lead_rests()
    {
        var told = new Told()
            .Posts("demo_requested", daysAgo: 60)
            .Posts("contact_form_submitted", daysAgo: 59)
            .Does(new RecycleLead("ann", RecycleReason.NotReady, Note: null, CoolDownUntil: DaysAgo(20)), daysAgo: 50)
            .Posts("contact_form_submitted", daysAgo: 40)
            .Posts("page_viewed", daysAgo: 10)
            .Posts("contact_form_submitted", daysAgo: 5)
            .Posts("contact_form_submitted", daysAgo: 4);

        told.Under(Mild).Select(c => (c.Cycle, c.WouldQualifyAt)).ShouldBe([(1, DaysAgo(60)), (2, DaysAgo(5))]);
    }

    [Fact]
    public void A_lead_that_is_out_qualifies_nowhere() => new Told()
        .Posts("page_viewed", daysAgo: 10)
        .Does(new DisqualifyLead("ann", DisqualificationReason.NoNeed, Note: null), daysAgo: 9)
        .Posts("demo_requested", daysAgo: 8)
        .Under(Mild)
        .ShouldBeEmpty();

    [Fact]
    public void The_active_model_in_shadow_qualifies_whenever_the_service_does() => Property.Holds(Sample.Any, sample =>
    {
        var told = new Told(sample.Model);
        foreach (var e in sample.History) told.Posts(e);

        foreach (var cycle in told.Under(sample.Model)) cycle.WouldQualifyAt.ShouldBe(cycle.QualifiedAt);
    });

    [Fact]
    public void Event_by_event_it_notes_what_the_whole_story_tells() => Property.Holds(Sample.Any, sample =>
    {
        var told = new Told(sample.Model);
        var shadow = sample.Model with { Version = 9, Id = "9-shadow", Threshold = sample.Model.Threshold / 2 };
        var known = ShadowLead.New(LeadId, shadow);
        foreach (var e in sample.History)
        {
            var before = told.Events.Count;
            told.Posts(e);
            foreach (var (fact, at, version) in told.Events.Skip(before))
            {
                // As the projector does: the story is asked when the row cannot tell.
                known = known.Take(fact, at, version, shadow, history: null) ?? ShadowLead.Of(LeadId, told.Events.Take((int)version), shadow).Lead;
            }
        }

        var (whole, _) = ShadowLead.Of(LeadId, told.Events, shadow);
        (known.Cycle.WouldQualifyAt, known.Cycle.QualifiedAt).ShouldBe((whole.Cycle.WouldQualifyAt, whole.Cycle.QualifiedAt));
        Written.ShouldBeTheSame(known.Lead, whole.Lead);
    });

    /// <summary>A lead the service decides on, as its stream tells it.</summary>
    private sealed class Told(ScoringModel? model = null)
    {
        private readonly ScoringModel _model = model ?? Model;
        private DateTimeOffset _now = DateTimeOffset.MinValue;

        public List<(LeadEvent? Fact, DateTimeOffset RecordedAt, long Version)> Events { get; } = [];

        public Lead Lead => Lead.Of(LeadId, [.. Events.Select(e => e.Fact!)], _model);

        public Told Posts(string type, double daysAgo) => Posts(Engaged(type, daysAgo));

        /// <summary>Recorded in the order it is told, never before what was recorded already.</summary>
        public Told Posts(EngagementRecorded engagement)
        {
            _now = engagement.OccurredAt > _now ? engagement.OccurredAt : _now;
            if (Events.Count == 0) Add(new LeadCaptured("web", _now));
            return Take(new RecordEngagement(engagement, Link: [], Conflicts: []));
        }

        public Told Does(ILeadCommand command, double daysAgo)
        {
            _now = DaysAgo(daysAgo);
            return Take(command);
        }

        public IReadOnlyList<ShadowCycle> Under(ScoringModel shadow) => ShadowLead.Of(LeadId, Events, shadow).Cycles;

        private Told Take(ILeadCommand command)
        {
            var decision = Decision.Take(Lead, command, new Facts(_now, _model), EngagementHistory.Of(Events.Select(e => e.Fact!)));
            foreach (var fact in decision.Events) Add(fact);
            return this;
        }

        private void Add(LeadEvent fact) => Events.Add((fact, _now, Events.Count + 1));
    }
}
