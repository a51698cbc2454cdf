using System.Text;
using System.Text.Json.Nodes;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;

namespace LeadScoring.Specs.Scoring;

/// <summary>Clicks that a model takes for a bot's.</summary>
public sealed class SuspectedBotsByModel
{
    private static readonly ScoringModel Clicks = TestModel.Of(TestModel.Rule("clicked", 3), TestModel.Rule("viewed", 1));
    private static readonly ScoringModel Bursts = Clicks with { ClickBurst = new(["clicked"], 3, TimeSpan.FromSeconds(10), null, TimeSpan.Zero) };
    private static readonly ScoringModel Scanners = Clicks with { ClickBurst = new(["clicked"], null, TimeSpan.Zero, "delivered", TimeSpan.FromSeconds(2)) };

    [Theory]
    [InlineData("0 4 10", "0 4 10")]
    [InlineData("0 4 10.1", "")]
    [InlineData("0 9 18 27", "")]
    [InlineData("0 6 10 15 21", "0 6 10 15")]
    [InlineData("0 0 0 50", "0 0 0")]
    [InlineData("0 20 24 28 60", "20 24 28")]
    public void So_many_within_the_time_are_all_suspected_both_ends_included(string seconds, string suspected)
    {
        var clicks = seconds.Split(' ').Select((s, i) => Click(double.Parse(s), $"{i}")).ToArray();
        Suspected(Bursts, clicks).ShouldBe(suspected.Length == 0 ? [] : suspected.Split(' '));
    }

    [Fact]
    public void They_are_from_the_click_on_that_makes_the_burst()
    {
        EngagementRecorded[] clicks = [Click(0, "a"), Click(4, "b"), Click(8, "c")];
        var bots = SuspectedBots.Of(EngagementHistory.Of(clicks), Bursts);

        clicks.Select(bots.Since).ShouldAllBe(since => since == Now.AddSeconds(8));
        Explanation.Of(EngagementHistory.Of(clicks), Bursts, Now.AddSeconds(7)).Score.ShouldBe(6);
        Explanation.Of(EngagementHistory.Of(clicks), Bursts, Now.AddSeconds(8)).Score.ShouldBe(0);
    }

    [Theory]
    [InlineData(0, null, null, true)]
    [InlineData(2, null, null, true)]
    [InlineData(2.1, null, null, false)]
    [InlineData(-0.1, null, null, false)]
    [InlineData(1, "a", "a", true)]
    [InlineData(1, "a", "b", false)]
    [InlineData(1, null, "b", true)]
    [InlineData(1, "a", null, true)]
    public void A_click_right_after_a_delivery_of_the_same_asset_is_suspected(double after, string? delivered, string? clicked, bool isSuspected)
    {
        var delivery = new EngagementRecorded("mail", "d", "delivered", Now, Asset: delivered);
        Suspected(Scanners, delivery, Click(after, "c") with { Asset = clicked }).Count().ShouldBe(isSuspected ? 1 : 0);
    }

    [Fact]
    public void Of_many_deliveries_the_one_before_the_click_counts()
    {
        EngagementRecorded Delivery(double seconds, string? asset) => new("mail", $"d{seconds}", "delivered", Now.AddSeconds(seconds), Asset: asset);

        Suspected(Scanners, Delivery(0, "a"), Delivery(1, "b"), Delivery(30, "a"), Click(1.5, "1") with { Asset = "a" }, Click(2.5, "2") with { Asset = "a" }, Click(2.9, "3"))
            .ShouldBe(["1.5", "2.9"]);
    }

    [Fact]
    public void Those_after_the_burst_need_no_history()
    {
        var state = ScoreState.Of(EngagementHistory.Of([Click(0, "a"), Click(1, "b"), Click(2, "c")]), Bursts, countFrom: null);
        for (var i = 3; i < 60; i++) state = state.Add(Click(i, $"{i}"), Bursts, countFrom: null);

        state.Exact.ShouldBeTrue();
        state.At(Now.AddSeconds(60), Bursts).ShouldBe(0);
        state.Clicks!.Clicks.Count.ShouldBe(2);
    }

    [Fact]
    public void A_model_that_does_not_ask_remembers_no_clicks()
    {
        var state = ScoreState.Empty(Clicks).Add(Click(0, "a"), Clicks, countFrom: null);
        state.Clicks.ShouldBeNull();
        ScoreState.Empty(Bursts).Add(Click(0, "a") with { Type = "viewed" }, Bursts, countFrom: null).Clicks.ShouldBeNull();
    }

    [Fact]
    public void An_allowance_is_not_used_up_by_suspects()
    {
        var model = TestModel.Of(TestModel.Rule("clicked", 3) with { MaxPerDay = 1 }) with { ClickBurst = Bursts.ClickBurst };
        model.ScoreOf(Now.AddSeconds(99), Click(0, "a"), Click(1, "b"), Click(2, "c"), Click(90, "d")).ShouldBe(3);
    }

    [Fact]
    public void Another_burst_rule_is_another_worth_and_needs_the_history()
    {
        var state = ScoreState.Of(EngagementHistory.Of([Click(0, "a"), Click(1, "b")]), Bursts, countFrom: null);
        var types = new Dictionary<string, int> { ["clicked"] = 2 };
        state.Revalue(types, Bursts, Scanners with { Id = "2-other" }).ShouldBeNull();
        state.Revalue(types, Bursts, Bursts with { Id = "2-other" }).ShouldNotBeNull().Clicks.ShouldBe(state.Clicks);
    }

    [Fact]
    public void A_document_says_which()
    {
        Read("""{"types": ["email_clicked"], "count": 3, "seconds": 10, "deliveredType": "email_delivered", "deliveredSeconds": 2.5}""")
            .ShouldBe(new ClickBurst(["email_clicked"], 3, TimeSpan.FromSeconds(10), "email_delivered", TimeSpan.FromSeconds(2.5)));
        Read("""{"types": ["email_clicked"], "count": 2, "seconds": 0}""")
            .ShouldBe(new ClickBurst(["email_clicked"], 2, TimeSpan.Zero, null, TimeSpan.Zero));
        Read("""{"types": ["email_clicked"], "deliveredType": "email_delivered", "deliveredSeconds": 1}""")!.Count.ShouldBeNull();
        ScoringModelDocument.Default.ClickBurst.ShouldBeNull();
    }

    [Theory]
    [InlineData("null", "$.clickBurst")]
    [InlineData("[]", "$.clickBurst")]
    [InlineData("""{"types": ["email_clicked"]}""", "$.clickBurst")]
    [InlineData("""{"count": 3, "seconds": 10}""", "$.clickBurst.types")]
    [InlineData("""{"types": "email_clicked", "count": 3, "seconds": 10}""", "$.clickBurst.types")]
    [InlineData("""{"types": ["email_clicked", "E-Mail"], "count": 3, "seconds": 10}""", "$.clickBurst.types[1]")]
    [InlineData("""{"types": ["email_clicked"], "count": 3}""", "$.clickBurst.seconds")]
    [InlineData("""{"types": ["email_clicked"], "seconds": 3}""", "$.clickBurst.count")]
    [InlineData("""{"types": ["email_clicked"], "count": 1, "seconds": 3}""", "$.clickBurst.count")]
    [InlineData("""{"types": ["email_clicked"], "count": 21, "seconds": 3}""", "$.clickBurst.count")]
    [InlineData("""{"types": ["email_clicked"], "count": 2, "seconds": 3601}""", "$.clickBurst.seconds")]
    [InlineData("""{"types": ["email_clicked"], "deliveredType": "email_delivered"}""", "$.clickBurst.deliveredSeconds")]
    [InlineData("""{"types": ["email_clicked"], "deliveredSeconds": 2}""", "$.clickBurst.deliveredType")]
    [InlineData("""{"types": ["email_clicked"], "count": 2, "seconds": 3, "minutes": 1}""", "$.clickBurst.minutes")]
    [InlineData("""{"types": ["email_clicked", "email_clicked"], "count": 2, "seconds": 3}""", "$.clickBurst.types[1]")]
    [InlineData("""{"types": ["never_scored"], "count": 2, "seconds": 3}""", "$.clickBurst.types")]
    [InlineData("""{"types": [], "count": 2, "seconds": 3}""", "$.clickBurst.types")]
    [InlineData("""{"types": ["email_clicked"], "deliveredType": "email_clicked", "deliveredSeconds": 2}""", "$.clickBurst.deliveredType")]
    public void What_is_wrong_with_it_is_said_by_its_path(string burst, string path) =>
        Should.Throw<InvalidScoringModel>(() => Read(burst)).Errors.Select(e => e.Path).ShouldBe([path]);

    private static ClickBurst? Read(string burst)
    {
        var document = JsonNode.Parse(ScoringModelDocument.DefaultJson.Span)!;
        document["clickBurst"] = JsonNode.Parse(burst);
        return ScoringModelDocument.Read(Encoding.UTF8.GetBytes(document.ToJsonString())).ClickBurst;
    }

    private static EngagementRecorded Click(double seconds, string id) => new("mail", id, "clicked", Now.AddSeconds(seconds));

    /// <summary>Seconds at which those occurred that are suspected.</summary>
    private static IEnumerable<string> Suspected(ScoringModel model, params EngagementRecorded[] history)
    {
        var bots = SuspectedBots.Of(EngagementHistory.Of(history), model);
        return history.Where(bots.Contains).Select(e => (e.OccurredAt - Now).TotalSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }
}
