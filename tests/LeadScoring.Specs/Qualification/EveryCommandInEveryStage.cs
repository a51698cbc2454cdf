using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Qualification;

namespace LeadScoring.Specs.Qualification;

/// <summary>
/// The whole lifecycle as a table: what each command does in each stage. A cell names the events in order, or
/// <c>nothing</c> when the command is already true, or the code of the refusal after <c>refused:</c>.
/// </summary>
public sealed class EveryCommandInEveryStage
{
    private const string Nothing = "nothing";

    public static readonly TheoryData<string, Stage, string> Cells = new()
    {
        { nameof(QualifyLead), Stage.Inquiry, "refused: lead_not_awaiting_review" },
        { nameof(QualifyLead), Stage.AutomationQualified, "MarketingQualified" },
        { nameof(QualifyLead), Stage.MarketingQualified, Nothing },
        { nameof(QualifyLead), Stage.SalesAccepted, "refused: lead_not_awaiting_review" },
        { nameof(QualifyLead), Stage.SalesQualified, "refused: lead_not_awaiting_review" },
        { nameof(QualifyLead), Stage.Customer, "refused: lead_not_awaiting_review" },
        { nameof(QualifyLead), Stage.Disqualified, "refused: lead_not_awaiting_review" },

        { nameof(DeclineLead), Stage.Inquiry, "refused: lead_not_awaiting_review" },
        { nameof(DeclineLead), Stage.AutomationQualified, "MarketingDeclined LeadRecycled" },
        { nameof(DeclineLead), Stage.MarketingQualified, "refused: lead_not_awaiting_review" },
        { nameof(DeclineLead), Stage.SalesAccepted, "refused: lead_not_awaiting_review" },
        { nameof(DeclineLead), Stage.SalesQualified, "refused: lead_not_awaiting_review" },
        { nameof(DeclineLead), Stage.Customer, "refused: lead_not_awaiting_review" },
        { nameof(DeclineLead), Stage.Disqualified, "refused: lead_not_awaiting_review" },

        { nameof(AcceptLead), Stage.Inquiry, "refused: lead_not_awaiting_acceptance" },
        { nameof(AcceptLead), Stage.AutomationQualified, "refused: lead_not_awaiting_acceptance" },
        { nameof(AcceptLead), Stage.MarketingQualified, "SalesAccepted" },
        { nameof(AcceptLead), Stage.SalesAccepted, Nothing },
        { nameof(AcceptLead), Stage.SalesQualified, "refused: lead_not_awaiting_acceptance" },
        { nameof(AcceptLead), Stage.Customer, "refused: lead_not_awaiting_acceptance" },
        { nameof(AcceptLead), Stage.Disqualified, "refused: lead_not_awaiting_acceptance" },

        { nameof(RejectLead), Stage.Inquiry, "refused: lead_not_awaiting_acceptance" },
        { nameof(RejectLead), Stage.AutomationQualified, "refused: lead_not_awaiting_acceptance" },
        { nameof(RejectLead), Stage.MarketingQualified, "SalesRejected LeadRecycled" },
        { nameof(RejectLead), Stage.SalesAccepted, "refused: lead_not_awaiting_acceptance" },
        { nameof(RejectLead), Stage.SalesQualified, "refused: lead_not_awaiting_acceptance" },
        { nameof(RejectLead), Stage.Customer, "refused: lead_not_awaiting_acceptance" },
        { nameof(RejectLead), Stage.Disqualified, "refused: lead_not_awaiting_acceptance" },

        { nameof(RecycleLead), Stage.Inquiry, "refused: lead_not_with_sales" },
        { nameof(RecycleLead), Stage.AutomationQualified, "refused: lead_awaiting_review" },
        { nameof(RecycleLead), Stage.MarketingQualified, "LeadRecycled" },
        { nameof(RecycleLead), Stage.SalesAccepted, "LeadRecycled" },
        { nameof(RecycleLead), Stage.SalesQualified, "refused: opportunity_open" },
        { nameof(RecycleLead), Stage.Customer, "refused: lead_not_with_sales" },
        { nameof(RecycleLead), Stage.Disqualified, "refused: lead_not_with_sales" },

        { nameof(DisqualifyLead), Stage.Inquiry, "LeadDisqualified" },
        { nameof(DisqualifyLead), Stage.AutomationQualified, "LeadDisqualified" },
        { nameof(DisqualifyLead), Stage.MarketingQualified, "LeadDisqualified" },
        { nameof(DisqualifyLead), Stage.SalesAccepted, "LeadDisqualified" },
        { nameof(DisqualifyLead), Stage.SalesQualified, "LeadDisqualified" },
        { nameof(DisqualifyLead), Stage.Customer, "LeadDisqualified" },
        { nameof(DisqualifyLead), Stage.Disqualified, Nothing },

        { nameof(ReinstateLead), Stage.Inquiry, "refused: lead_not_disqualified" },
        { nameof(ReinstateLead), Stage.AutomationQualified, "refused: lead_not_disqualified" },
        { nameof(ReinstateLead), Stage.MarketingQualified, "refused: lead_not_disqualified" },
        { nameof(ReinstateLead), Stage.SalesAccepted, "refused: lead_not_disqualified" },
        { nameof(ReinstateLead), Stage.SalesQualified, "refused: lead_not_disqualified" },
        { nameof(ReinstateLead), Stage.Customer, "refused: lead_not_disqualified" },
        { nameof(ReinstateLead), Stage.Disqualified, "LeadReinstated" },

        { nameof(OpenOpportunity), Stage.Inquiry, "refused: lead_not_accepted" },
        { nameof(OpenOpportunity), Stage.AutomationQualified, "refused: lead_not_accepted" },
        { nameof(OpenOpportunity), Stage.MarketingQualified, "refused: lead_not_accepted" },
        { nameof(OpenOpportunity), Stage.SalesAccepted, "OpportunityOpened" },
        { nameof(OpenOpportunity), Stage.SalesQualified, Nothing },
        { nameof(OpenOpportunity), Stage.Customer, "refused: lead_not_accepted" },
        { nameof(OpenOpportunity), Stage.Disqualified, "refused: lead_not_accepted" },

        { nameof(WinOpportunity), Stage.Inquiry, "refused: no_open_opportunity" },
        { nameof(WinOpportunity), Stage.AutomationQualified, "refused: no_open_opportunity" },
        { nameof(WinOpportunity), Stage.MarketingQualified, "refused: no_open_opportunity" },
        { nameof(WinOpportunity), Stage.SalesAccepted, "refused: no_open_opportunity" },
        { nameof(WinOpportunity), Stage.SalesQualified, "OpportunityWon" },
        { nameof(WinOpportunity), Stage.Customer, Nothing },
        { nameof(WinOpportunity), Stage.Disqualified, "refused: no_open_opportunity" },

        { nameof(LoseOpportunity), Stage.Inquiry, "refused: no_open_opportunity" },
        { nameof(LoseOpportunity), Stage.AutomationQualified, "refused: no_open_opportunity" },
        { nameof(LoseOpportunity), Stage.MarketingQualified, "refused: no_open_opportunity" },
        { nameof(LoseOpportunity), Stage.SalesAccepted, "refused: no_open_opportunity" },
        { nameof(LoseOpportunity), Stage.SalesQualified, "OpportunityLost LeadRecycled" },
        { nameof(LoseOpportunity), Stage.Customer, "refused: no_open_opportunity" },
        { nameof(LoseOpportunity), Stage.Disqualified, "refused: no_open_opportunity" },

        { nameof(ReleaseHeld), Stage.Inquiry, Nothing },
        { nameof(ReleaseHeld), Stage.AutomationQualified, Nothing },
        { nameof(ReleaseHeld), Stage.MarketingQualified, Nothing },
        { nameof(ReleaseHeld), Stage.SalesAccepted, Nothing },
        { nameof(ReleaseHeld), Stage.SalesQualified, Nothing },
        { nameof(ReleaseHeld), Stage.Customer, Nothing },
        { nameof(ReleaseHeld), Stage.Disqualified, Nothing },

        { nameof(DropCrossing), Stage.Inquiry, "refused: lead_not_held" },
        { nameof(DropCrossing), Stage.AutomationQualified, "refused: lead_not_held" },
        { nameof(DropCrossing), Stage.MarketingQualified, "refused: lead_not_held" },
        { nameof(DropCrossing), Stage.SalesAccepted, "refused: lead_not_held" },
        { nameof(DropCrossing), Stage.SalesQualified, "refused: lead_not_held" },
        { nameof(DropCrossing), Stage.Customer, "refused: lead_not_held" },
        { nameof(DropCrossing), Stage.Disqualified, "refused: lead_not_held" },
    };

    /// <summary>Back in <see cref="Stage.Inquiry"/> or out, how the lead came there matters: a retry is a no-op.</summary>
    public static readonly TheoryData<string, string, string> Retries = new()
    {
        { "declined", nameof(DeclineLead), Nothing },
        { "declined", nameof(RecycleLead), Nothing },
        { "declined", nameof(RejectLead), "refused: lead_not_awaiting_acceptance" },
        { "declined", nameof(LoseOpportunity), "refused: no_open_opportunity" },
        { "declined", nameof(ReinstateLead), "refused: lead_not_disqualified" },

        { "rejected", nameof(RejectLead), Nothing },
        { "rejected", nameof(RecycleLead), Nothing },
        { "rejected", nameof(DeclineLead), "refused: lead_not_awaiting_review" },
        { "rejected", nameof(AcceptLead), "refused: lead_not_awaiting_acceptance" },
        { "rejected", nameof(LoseOpportunity), "refused: no_open_opportunity" },

        { "recycled", nameof(RecycleLead), Nothing },
        { "recycled", nameof(DeclineLead), "refused: lead_not_awaiting_review" },
        { "recycled", nameof(RejectLead), "refused: lead_not_awaiting_acceptance" },
        { "recycled", nameof(LoseOpportunity), "refused: no_open_opportunity" },
        { "recycled", nameof(ReinstateLead), "refused: lead_not_disqualified" },

        { "lost", nameof(LoseOpportunity), Nothing },
        { "lost", nameof(RecycleLead), Nothing },
        { "lost", nameof(RejectLead), "refused: lead_not_awaiting_acceptance" },
        { "lost", nameof(WinOpportunity), "refused: no_open_opportunity" },

        { "reinstated", nameof(ReinstateLead), Nothing },
        { "reinstated", nameof(RecycleLead), "refused: lead_not_with_sales" },
        { "reinstated", nameof(DeclineLead), "refused: lead_not_awaiting_review" },
        { "reinstated", nameof(DisqualifyLead), "LeadDisqualified" },

        { "rejected for good", nameof(RejectLead), Nothing },
        { "rejected for good", nameof(DisqualifyLead), Nothing },
        { "rejected for good", nameof(ReinstateLead), "LeadReinstated" },

        { "recycled, then disqualified", nameof(RejectLead), "refused: lead_not_awaiting_acceptance" },
        { "recycled, then disqualified", nameof(RecycleLead), "refused: lead_not_with_sales" },
    };

    [Theory, MemberData(nameof(Cells))]
    public void A_command_does_what_the_stage_allows(string command, Stage stage, string expected) =>
        ShouldDo(In(stage), command, expected);

    [Theory, MemberData(nameof(Retries))]
    public void A_repeated_answer_is_a_no_op_and_another_one_is_refused(string ending, string command, string expected) =>
        ShouldDo(Ended(ending), command, expected);

    [Fact]
    public void The_table_has_every_command_of_qualification_in_every_stage()
    {
        var commands = typeof(QualifyLead).Assembly.GetTypes()
            .Where(t => t.IsAssignableTo(typeof(ILeadCommand)) && t.Namespace == typeof(QualifyLead).Namespace)
            .Select(t => t.Name);
        var cells = Cells.Select(c => ((string)c[0], (Stage)c[1]));

        cells.ShouldBe(from command in commands from stage in Enum.GetValues<Stage>() select (command, stage), ignoreOrder: true);
    }

    private static void ShouldDo(Past past, string command, string expected)
    {
        var outcome = past.When(CommandNamed(command));
        if (expected.StartsWith("refused: ", StringComparison.Ordinal)) outcome.ThenRefused(expected["refused: ".Length..]);
        else if (expected == Nothing) outcome.ThenNothing();
        else outcome.Then(expected.Split(' '));
    }

    private static Past In(Stage stage)
    {
        var past = stage switch
        {
            Stage.Inquiry => Given(Captured),
            Stage.AutomationQualified => Given(Captured, AwaitingReview()),
            Stage.MarketingQualified => Given(Captured, Qualified()),
            Stage.SalesAccepted => Given(Captured, Qualified(), Accepted),
            Stage.SalesQualified => Given(Captured, Qualified(), Accepted, Opened()),
            Stage.Customer => Given(Captured, Qualified(), Accepted, Opened(), Won),
            _ => Given(Captured, Disqualified),
        };
        past.Lead.Stage.ShouldBe(stage);
        return past;
    }

    private static Past Ended(string ending) => ending switch
    {
        "declined" => Given(Captured, AwaitingReview(), Recycled(RecycleReason.MarketingDeclined)),
        "rejected" => Given(Captured, Qualified(), Recycled(RecycleReason.SalesRejected)),
        "recycled" => Given(Captured, Qualified(), Accepted, Recycled()),
        "lost" => Given(Captured, Qualified(), Accepted, Opened(), Recycled(RecycleReason.OpportunityLost)),
        "reinstated" => Given(Captured, Disqualified, new LeadReinstated(Cycle: 1, "ann", Note: null, DaysAgo(5))),
        "rejected for good" => Given(Captured, Qualified(), Disqualified with { Rejection = RejectionReason.Competitor }),
        "recycled, then disqualified" => Given(Captured, Qualified(), Recycled(RecycleReason.SalesRejected), Disqualified),
        _ => throw new ArgumentOutOfRangeException(nameof(ending), ending, "No such ending."),
    };

    private static ILeadCommand CommandNamed(string name) => name switch
    {
        nameof(QualifyLead) => new QualifyLead("mia"),
        nameof(ReleaseHeld) => new ReleaseHeld(2, "mia"),
        nameof(DropCrossing) => new DropCrossing(2, "mia"),
        nameof(DeclineLead) => new DeclineLead("mia"),
        nameof(AcceptLead) => new AcceptLead("ann"),
        nameof(RejectLead) => new RejectLead("ann", RejectionReason.WrongPersona),
        nameof(RecycleLead) => new RecycleLead("ann", RecycleReason.NotReady),
        nameof(DisqualifyLead) => new DisqualifyLead("ann", DisqualificationReason.NoNeed),
        nameof(ReinstateLead) => new ReinstateLead("ann"),
        nameof(OpenOpportunity) => new OpenOpportunity("ann"),
        nameof(WinOpportunity) => new WinOpportunity("ann"),
        nameof(LoseOpportunity) => new LoseOpportunity("ann", LossReason.Price),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "No such command."),
    };
}
