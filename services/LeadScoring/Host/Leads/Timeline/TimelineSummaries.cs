using System.Diagnostics;
using System.Text.Json;
using LeadScoring.Domain.Identities;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Qualification;
using LeadScoring.Domain.Scoring;

namespace LeadScoring.Host.Leads.Timeline;

/// <summary>Each event in one sentence, for people. Names of attributes, never their values; kinds of identities, never the names.</summary>
internal static class TimelineSummaries
{
    public const string OfUnknownType = "An event of a type this version of the service does not know.";

    private const int AttributesNamedMax = 5;

    public static string Of(LeadEvent fact) => fact switch
    {
        LeadCaptured e => $"First heard of through {e.Source}.",
        IdentityLinked e => $"Linked to {Named(e.Kind)}.",
        IdentityConflictFound e => $"An engagement named this lead together with lead {e.OtherLeadId}, which holds the stated {Named(e.Kind, article: "")}.",
        AttributesChanged e => $"Attributes changed: {Names(e.Changes.Keys)}.",
        EngagementRecorded e => $"{Sentence(e.Type)}, reported by {e.Source}{About(e)}.",
        AutomationQualified e => $"Met the definition of a lead with {Shown(e.Judgement)}; waits for marketing's review.",
        MarketingQualified e => $"Handed off to sales {Because(e.Reason)} with {Shown(e.Judgement)}; an answer is due by {Time(e.AcceptanceDueAt)}.",
        MarketingDeclined => "Marketing declined the lead.",
        SalesAccepted => "Sales accepted the lead.",
        SalesRejected e => $"Sales rejected the lead: {Words(e.Reason)}.",
        LeadRecycled e => $"Went back to nurture: {Words(e.Reason)}. Cycle {e.Cycle} ended; cools down until {Time(e.CoolDownUntil)}.",
        LeadDisqualified { Rejection: { } rejection } => $"Disqualified by sales' rejection: {Words(rejection)}.",
        LeadDisqualified e => $"Disqualified: {Words(e.Reason)}.",
        LeadReinstated e => $"Reinstated in cycle {e.Cycle}.",
        OpportunityOpened e => $"An opportunity{Worth(e.Amount, e.Currency)} was opened.",
        OpportunityWon e => $"The opportunity{Worth(e.Amount, e.Currency)} was won: the lead is a customer.",
        OpportunityLost e => $"The opportunity was lost: {Words(e.Reason)}.",
        AcceptanceDueSoon e => $"Sales' answer is due soon, by {Time(e.AcceptanceDueAt)}.",
        AcceptanceOverdue e => $"Sales' answer is overdue: it was due by {Time(e.AcceptanceDueAt)}.",
        NurtureStarted { Next: { } next } => $"Entered the nurture cadence; the first step, {Words(next.Channel)}, is due {Time(next.DueAt)}.",
        NurtureStarted => "Entered the nurture cadence, which holds no step ahead.",
        NurtureStepDue e => $"Step {e.Step.Step} of the nurture cadence is due: {Words(e.Step.Channel)}.",
        NurtureEnded e => $"Out of the nurture cadence: {Words(e.Reason)}.",
        NurtureResumed => "Subscribed again: it may be nurtured.",
        EngagementRetracted e => $"{Sentence(e.Type)} of {Time(e.OccurredAt)}, reported by {e.Source}, was retracted: it counts as if it had never been.",
        EngagementRestored e => $"{Sentence(e.Type)} of {Time(e.OccurredAt)}, reported by {e.Source}, is genuine: it counts.",
        EvidenceRetracted e => $"{Counted(e.Engagements)} behind the handoff retracted: without that it would have shown {Explanation.ScoreShown(e.Score)} points, not {Explanation.ScoreShown(e.ScoreAtHandoff)}.",
        ModelCrossed e => $"Meets the definition of a lead only because the scoring model changed, with {Shown(e.Judgement)}; held for marketing.",
        ModelCrossingDropped => "Marketing dropped what the change of the scoring model had made of the lead.",
        _ => throw new UnreachableException($"{fact.GetType().Name} has no sentence."),
    };

    private static string Named(IdentityKind kind, string? article = null) => kind switch
    {
        IdentityKind.ExternalId => $"{article ?? "an "}external id",
        IdentityKind.Email => $"{article ?? "an "}e-mail address",
        _ => $"{article ?? "an "}anonymous id",
    };

    private static string Names(IEnumerable<string> attributes)
    {
        var names = attributes.Order(StringComparer.Ordinal).ToList();
        var shown = string.Join(", ", names.Take(AttributesNamedMax));
        return names.Count > AttributesNamedMax ? $"{shown} and {names.Count - AttributesNamedMax} more" : shown;
    }

    private static string About(EngagementRecorded e) => (e.Asset, e.Campaign) switch
    {
        (null, null) => "",
        (null, { } campaign) => $" (campaign {campaign})",
        ({ } asset, null) => $" ({asset})",
        var (asset, campaign) => $" ({asset}, campaign {campaign})",
    };

    private static string Because(QualificationReason reason) => reason switch
    {
        QualificationReason.Threshold => "by its score",
        QualificationReason.FastTrack => "on the fast track",
        _ => "after marketing's review",
    };

    private static string Shown(Judgement judgement) =>
        $"{Explanation.ScoreShown(judgement.Score)} points and grade {judgement.Grade}";

    private static string Worth(decimal? amount, string? currency) => amount is null ? "" : $" of {amount:N2} {currency}";

    private static string Counted(int engagements) => engagements == 1 ? "An engagement" : $"{engagements} engagements";

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'");

    private static string Sentence(string type) => char.ToUpperInvariant(type[0]) + type[1..].Replace('_', ' ');

    private static string Words<T>(T code)
        where T : struct, Enum =>
        Words(JsonNamingPolicy.SnakeCaseLower.ConvertName(code.ToString()));

    private static string Words(string code) => code.Replace('_', ' ');
}
