namespace SampleCrm;

/// <summary>What sales will do with a lead where it stands, so long after they first see it there.</summary>
/// <param name="Command">The command's path behind the lead, and its request record.</param>
public sealed record SalesMove(TimeSpan After, string Command, object Body, string Says);

/// <summary>How this sales team behaves: about 65 % of handoffs are accepted soon, 20 % rejected, 15 % lie around before somebody takes them. Decided
/// by the seed, the person and the cycle, so the same person meets the same fate in every run of a seed.</summary>
public sealed class SalesPersonality(int seed)
{
    public const double AcceptedSoonShare = 0.65, RejectedShare = 0.20;

    private static readonly RejectionReason[] Rejections =
    [
        RejectionReason.WrongCompanySize, RejectionReason.WrongPersona, RejectionReason.WrongPersona, RejectionReason.WrongTerritory,
        RejectionReason.ExistingCustomer, RejectionReason.Competitor, RejectionReason.Duplicate, RejectionReason.Other,
    ];

    /// <returns>The next move, or null when the lead is not sales' to move.</returns>
    public SalesMove? Next(DeskLead lead, DateTimeOffset now)
    {
        var who = lead.Lead.Email ?? lead.Id.ToString();
        var rep = Seeds.Dice(seed, $"rep {who}").Pick(["rep-ann", "rep-bela", "rep-chidi", "rep-dana"]);
        var dice = Seeds.Dice(seed, $"{lead.Stage} {who}", lead.Cycle);
        return lead.Stage switch
        {
            Stage.MarketingQualified => AnswerHandoff(lead, rep, dice, now),
            Stage.SalesAccepted => FollowUp(rep, dice, now),
            Stage.SalesQualified => Close(rep, dice, now),
            _ => null,
        };
    }

    private static SalesMove AnswerHandoff(DeskLead lead, string rep, Random dice, DateTimeOffset now)
    {
        var chance = dice.NextDouble();
        if (chance < AcceptedSoonShare) return new(Seconds(dice, 3, 25), "accept", new AcceptRequest(rep), "accepted");
        if (chance >= AcceptedSoonShare + RejectedShare) return new(Seconds(dice, 120, 300), "accept", new AcceptRequest(rep), "accepted");
        var reason = lead.Lead.Email is null ? RejectionReason.UnverifiedContact : dice.Pick(Rejections);
        var isFinal = reason is RejectionReason.Competitor or RejectionReason.ExistingCustomer or RejectionReason.Duplicate;
        var outcome = isFinal ? RejectionOutcome.Disqualify : RejectionOutcome.Recycle;
        var rejection = new RejectRequest(rep, reason, outcome, CoolDownUntil: isFinal ? null : CoolDown(dice, now));
        return new(Seconds(dice, 5, 30), "reject", rejection, $"rejected: {reason.InWords()}");
    }

    private static SalesMove FollowUp(string rep, Random dice, DateTimeOffset now)
    {
        var chance = dice.NextDouble();
        if (chance < 0.70)
        {
            var amount = 500m * Math.Round((decimal)(10 * Math.Pow(24, dice.NextDouble())));
            var currency = dice.Pick(["EUR", "EUR", "EUR", "USD", "GBP"]);
            return new(Seconds(dice, 6, 35), "opportunity", new OpportunityRequest(rep, amount, currency), $"opportunity: {amount:N0} {currency}");
        }

        if (chance < 0.87)
        {
            var reason = dice.Pick([RecycleReason.NotReady, RecycleReason.NoResponse, RecycleReason.BadTiming]);
            return new(Seconds(dice, 10, 40), "recycle", new RecycleRequest(rep, reason, CoolDownUntil: CoolDown(dice, now)), $"recycled: {reason.InWords()}");
        }

        var why = dice.Pick([DisqualificationReason.NoNeed, DisqualificationReason.NoBudget, DisqualificationReason.NotInterested]);
        return new(Seconds(dice, 10, 40), "disqualify", new DisqualifyRequest(rep, why), $"disqualified: {why.InWords()}");
    }

    private static SalesMove Close(string rep, Random dice, DateTimeOffset now)
    {
        var after = Seconds(dice, 15, 75);
        if (dice.Chance(0.45)) return new(after, "opportunity/won", new OpportunityRequest(rep), "won");
        var reason = dice.Pick([LossReason.Price, LossReason.Competitor, LossReason.NoDecision, LossReason.NoBudget, LossReason.MissingFeature]);
        return new(after, "opportunity/lost", new OpportunityLostRequest(rep, reason, CoolDownUntil: CoolDown(dice, now)), $"lost: {reason.InWords()}");
    }

    /// <summary>Half of those sent back rest only minutes, so that second cycles can be seen in a short run; null: the model's.</summary>
    private static DateTimeOffset? CoolDown(Random dice, DateTimeOffset now) => dice.Chance(0.5) ? now + Seconds(dice, 60, 180) : null;
    private static TimeSpan Seconds(Random dice, double low, double high) => TimeSpan.FromSeconds(dice.Between(low, high));
}
