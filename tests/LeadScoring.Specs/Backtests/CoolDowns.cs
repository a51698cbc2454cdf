using LeadScoring.Domain.Backtests;
using LeadScoring.Domain.Leads;

namespace LeadScoring.Specs.Backtests;

/// <summary>How long a lead rests between two cycles is part of a model, too.</summary>
public sealed class CoolDowns
{
    [Theory]
    [InlineData(30, 7, 10, true, false)]
    [InlineData(30, 90, 40, false, true)]
    [InlineData(30, 90, 100, true, true)]
    [InlineData(30, 7, 5, false, false)]
    public void A_lead_rests_under_the_draft_as_long_as_the_draft_says(
        int liveDays, int draftDays, int demoAfterDays, bool draftQualifies, bool liveQualifies) =>
        Crossed(liveDays, draftDays, restedDays: liveDays, demoAfterDays).ShouldBe((draftQualifies, liveQualifies));

    [Theory]
    [InlineData(10, false)]
    [InlineData(15, true)]
    public void A_date_that_somebody_gave_holds_under_both(int demoAfterDays, bool qualifies) =>
        Crossed(liveDays: 30, draftDays: 7, restedDays: 12, demoAfterDays).ShouldBe((qualifies, qualifies));

    /// <summary>A first cycle ended, and the person asks for a demo some days later.</summary>
    private static (bool Draft, bool Live) Crossed(int liveDays, int draftDays, int restedDays, int demoAfterDays)
    {
        var simulation = new Simulation(new(
            Model with { CoolDown = TimeSpan.FromDays(draftDays) }, Model with { CoolDown = TimeSpan.FromDays(liveDays) }));
        var lead = simulation.New(LeadId);
        LeadEvent[] story = [Captured, Recycled(daysAgo: demoAfterDays, coolDownDays: restedDays), Engaged("demo_requested")];
        foreach (var fact in story) simulation.TryTake(lead, fact, Now.UtcTicks).ShouldBeTrue();
        simulation.Finish(lead);
        return (lead.Current is { Draft.Happened: true }, lead.Current is { Live.Happened: true });
    }
}
