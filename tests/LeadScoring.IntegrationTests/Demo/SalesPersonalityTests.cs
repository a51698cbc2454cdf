using LeadScoring.Contracts;
using SampleCrm;

namespace LeadScoring.IntegrationTests.Demo;

public sealed class SalesPersonalityTests
{
    private const int Leads = 5_000;
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);
    private static readonly SalesPersonality Personality = new(seed: 42);

    [Fact]
    public void Handoffs_are_accepted_rejected_and_left_lying_in_the_promised_shares()
    {
        var moves = Enumerable.Range(0, Leads).Select(n => Personality.Next(Lead(Stage.MarketingQualified, n), Now)!).ToList();

        Share(moves, move => move.Command == "reject").ShouldBe(SalesPersonality.RejectedShare, tolerance: 0.02);
        Share(moves, move => move.Command == "accept" && move.After < TimeSpan.FromMinutes(1))
            .ShouldBe(SalesPersonality.AcceptedSoonShare, tolerance: 0.02);
        Share(moves, move => move.Command == "accept" && move.After >= TimeSpan.FromMinutes(2)).ShouldBe(0.15, tolerance: 0.02);
        moves.Select(move => move.Body).OfType<RejectRequest>().Select(reject => reject.Outcome).Distinct().Count().ShouldBe(2);
    }

    [Fact]
    public void Every_way_out_of_an_accepted_lead_is_taken_by_somebody()
    {
        Commands(Stage.SalesAccepted).ShouldBe(["disqualify", "opportunity", "recycle"]);
        Commands(Stage.SalesQualified).ShouldBe(["opportunity/lost", "opportunity/won"]);

        static IEnumerable<string> Commands(Stage stage) =>
            Enumerable.Range(0, Leads).Select(n => Personality.Next(Lead(stage, n), Now)!.Command).Distinct().Order(StringComparer.Ordinal);
    }

    [Fact]
    public void Opportunities_have_an_amount_in_whole_cents_and_a_currency()
    {
        var opened = Enumerable.Range(0, Leads).Select(n => Personality.Next(Lead(Stage.SalesAccepted, n), Now)!.Body).OfType<OpportunityRequest>();

        opened.ShouldAllBe(o => o.Amount >= 5_000 && o.Amount <= 120_000 && decimal.Round(o.Amount.Value, 2) == o.Amount && o.Currency!.Length == 3);
    }

    [Fact]
    public void One_person_meets_the_same_fate_in_every_run_of_a_seed_but_not_in_every_cycle()
    {
        var leads = Enumerable.Range(0, 200).Select(n => Lead(Stage.MarketingQualified, n)).ToList();

        leads.Select(lead => new SalesPersonality(42).Next(lead with { Id = Guid.NewGuid() }, Now))
            .ShouldBe(leads.Select(lead => Personality.Next(lead, Now)));
        leads.Count(lead => Personality.Next(lead, Now)!.After != Personality.Next(lead with { Cycle = 2 }, Now)!.After).ShouldBe(200);
    }

    [Theory]
    [InlineData(Stage.Inquiry)]
    [InlineData(Stage.AutomationQualified)]
    [InlineData(Stage.Customer)]
    [InlineData(Stage.Disqualified)]
    public void Sales_leaves_alone_what_is_not_on_its_desk(Stage stage) => Personality.Next(Lead(stage, 1), Now).ShouldBeNull();

    private static double Share(List<SalesMove> moves, Func<SalesMove, bool> which) => (double)moves.Count(which) / moves.Count;

    private static DeskLead Lead(Stage stage, int number) =>
        new DeskNews(email: $"person.{number}@company.example").OnDesk(stage) with { Since = Now };
}
