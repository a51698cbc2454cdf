using System.Diagnostics;
using LeadScoring.Contracts;
using LeadScoring.Domain;
using LeadScoring.Domain.Engagements;
using LeadScoring.Domain.Identities;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Qualification;
using LeadScoring.Host.Events;
using LeadScoring.Host.Http;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.Host.Settings;
using Microsoft.Extensions.Logging;

namespace LeadScoring.Host.Leads.Writing;

/// <summary>
/// Decides a batch in memory, each lead's submissions in the order they arrived. What it makes is stored by one append;
/// nobody is answered before that.
/// </summary>
internal sealed class LeadRound(
    LoadedLeads loaded,
    TenantModels models,
    TenantPolicies policies,
    DateTimeOffset now,
    LeadStreams streams,
    ILogger logger)
{
    private static readonly Refusal Reused = new(
        422, "engagement_id_reused", "This source posted another engagement under the same id before; nothing was recorded.");

    private readonly Dictionary<StreamKey, LeadDraft> _drafts = [];
    private readonly Dictionary<TenantIdentity, Guid> _claimed = [];
    private readonly Dictionary<Guid, (LeadDraft Draft, EngagementRecorded Fact)> _recordedHere = [];

    /// <summary>Named commands of this round: who asks for one again shares its fate.</summary>
    private readonly HashSet<Guid> _doneHere = [];

    public IEnumerable<LeadDraft> Drafts => _drafts.Values;

    public async Task DecideAsync(Submission submission, CancellationToken ct)
    {
        try
        {
            await (submission switch
            {
                EngagementSubmission engagement => DecideAsync(engagement, ct),
                CommandSubmission command => DecideAsync(command, ct),
                _ => throw new UnreachableException(),
            });
        }
        catch (Exception e) when (e is not (OperationCanceledException or Npgsql.NpgsqlException))
        {
            // A fault of one submission must not spoil the batch it happens to share.
            logger.LogError(e, "A submission could not be decided; event id {EventId}", submission.EventId);
            submission.Answer(LeadOutcome.Refused(Refusal.Internal));
        }
    }

    private async Task DecideAsync(CommandSubmission submission, CancellationToken ct)
    {
        if (await DraftOfAsync(new(submission.TenantId, submission.LeadId), ct) is not { } draft)
        {
            submission.Answer(LeadOutcome.Refused(Refusal.LeadNotFound));
            return;
        }

        if (loaded.StoredEvents.ContainsKey(submission.EventId) || _doneHere.Contains(submission.EventId))
        {
            draft.Pending.Add(new(submission, Changed: true, [], Refusal: null));
        }
        else if (submission.ExpectedVersion is { } expected && expected != draft.Lead.Version)
        {
            draft.Pending.Add(new(submission, Changed: false, [], new(
                412, "version_mismatch", $"The lead's version is {draft.Lead.Version}, not {expected}.")));
        }
        else
        {
            try
            {
                var decision = await TakeAsync(draft, submission.Command, ct);
                Apply(draft, decision, submission, engagement: null);
                if (submission.IsNamed && decision.Events.Count > 0) _doneHere.Add(submission.EventId);
                draft.Pending.Add(new(submission, Changed: decision.Events.Count > 0, [], Refusal: null));
            }
            catch (RuleViolation e)
            {
                draft.Pending.Add(new(submission, Changed: false, [], new(409, e.Code, e.Message)));
            }
        }
    }

    private async Task DecideAsync(EngagementSubmission submission, CancellationToken ct)
    {
        var (tenantId, posted) = (submission.TenantId, submission.Posted);
        if (posted.LeadId is { } stated && !loaded.Leads.ContainsKey(new(tenantId, stated)))
        {
            submission.Answer(LeadOutcome.Refused(Refusal.LeadNotFound));
            return;
        }

        var resolution = IdentityResolution.Resolve(posted.LeadId, posted.Identities, i => HolderOf(new(tenantId, LeadIdentity.IdOf(i))));
        if (loaded.StoredEvents.TryGetValue(submission.EventId, out var stored))
        {
            var isTheSame = stored.Stream.TenantId == tenantId && Names(resolution, stored.Stream.StreamId)
                && (stored.Engagement?.SaysTheSameAs(posted.Fact) ?? false);
            if (isTheSame && await DraftOfAsync(stored.Stream, ct) is { } known)
            {
                known.Pending.Add(new(submission, Changed: submission.Stored(stored.At), [], Refusal: null));
            }
            else
            {
                submission.Answer(LeadOutcome.Refused(Reused));
            }

            return;
        }

        if (_recordedHere.TryGetValue(submission.EventId, out var here))
        {
            // Whether it is a repeat is only certain once the first one is stored: both share that one's fate.
            var isTheSame = Names(resolution, here.Draft.Lead.Id) && here.Fact.SaysTheSameAs(posted.Fact);
            here.Draft.Pending.Add(new(submission, Changed: false, [], isTheSame ? null : Reused));
            return;
        }

        var stream = new StreamKey(tenantId, resolution.LeadId ?? Guid.CreateVersion7(now));
        var draft = await DraftOfAsync(stream, ct) ?? NewDraft(stream);
        var command = new RecordEngagement(posted.Fact, resolution.Unclaimed, resolution.Conflicts);
        var decision = await TakeAsync(draft, command, ct);
        Apply(draft, decision, submission, posted.Fact);
        _recordedHere[submission.EventId] = (draft, posted.Fact);
        foreach (var conflict in resolution.Conflicts) await NoteOnOtherAsync(draft, conflict, submission, ct);
        draft.Pending.Add(new(submission, Changed: true, WarningsOf(draft.Lead.Id, decision, resolution), Refusal: null));
    }

    /// <summary>
    /// Whether a repeat means the lead that has the engagement. An identity that was not linked then may have become
    /// another lead since, and a stronger one.
    /// </summary>
    private static bool Names(IdentityResolution resolution, Guid leadId) =>
        resolution.LeadId == leadId || resolution.Conflicts.Any(c => c.OtherLeadId == leadId);

    /// <summary>The lead that lost the engagement shows the conflict too, in the same transaction.</summary>
    private async Task NoteOnOtherAsync(
        LeadDraft winner, IdentityConflict conflict, Submission cause, CancellationToken ct)
    {
        var stream = new StreamKey(winner.Stream.TenantId, conflict.OtherLeadId);
        if (loaded.Leads.TryGetValue(stream, out var stored) && stored.IsArchived) return; // It takes no note, which must not stop the engagement.
        if (await DraftOfAsync(stream, ct) is not { } other) return;
        var decision = await TakeAsync(other, new NoteIdentityConflicts([new(conflict.Kind, winner.Lead.Id)]), ct);
        Apply(other, decision, cause, engagement: null, eventId: Guid.CreateVersion7(now));
        other.JoinUnitOf(winner);
    }

    private async Task<Decision> TakeAsync(LeadDraft draft, ILeadCommand command, CancellationToken ct)
    {
        var policy = await policies.OfAsync(draft.Stream.TenantId, ct);
        var timeline = models.Of(draft.Stream.TenantId);
        var facts = new Facts(now, timeline.At(now)) { Models = timeline, StoredAt = draft.UpdatedAt, Acceptance = policy.Acceptance, Cadence = policy.Cadence };
        var decision = Decision.Take(draft.Lead, command, facts, draft.History);
        if (!decision.HistoryNeeded) return decision;

        draft.History = await streams.HistoryAsync(draft.Stream, draft.StoredVersion, ct);
        foreach (var fact in draft.AddedHere) draft.History.Add(fact);
        return Decision.Take(draft.Lead, command, facts, draft.History);
    }

    private void Apply(LeadDraft draft, Decision decision, Submission cause, EngagementRecorded? engagement, Guid? eventId = null)
    {
        draft.Lead = decision.Lead;
        if (decision.Events.Count == 0) return;
        draft.UpdatedAt = now;
        var idOfFirst = engagement is null ? eventId ?? cause.EventId : (Guid?)null;
        foreach (var fact in decision.Events)
        {
            draft.History?.Add(fact);
            draft.AddedHere.Add(fact);
            if (fact is EngagementRecorded recorded)
            {
                draft.Events.Add(ReferenceEquals(recorded, engagement)
                    ? ((EngagementSubmission)cause).Event
                    : EventTypes.ToNewEvent(cause.EventId, recorded, cause.Metadata));
                continue;
            }

            if (fact is IdentityLinked linked) Claim(draft, new(linked.Kind, linked.Value));
            draft.Events.Add(EventTypes.ToNewEvent(idOfFirst ?? Guid.CreateVersion7(now), fact, cause.Metadata));
            idOfFirst = null;
        }
    }

    private void Claim(LeadDraft draft, Identity identity)
    {
        _claimed[new(draft.Stream.TenantId, LeadIdentity.IdOf(identity))] = draft.Lead.Id;
        draft.Claims.Add(identity);
    }

    private Guid? HolderOf(TenantIdentity identity) =>
        loaded.Holders.TryGetValue(identity, out var holder) || _claimed.TryGetValue(identity, out holder) ? holder : null;

    private async Task<LeadDraft?> DraftOfAsync(StreamKey stream, CancellationToken ct)
    {
        if (_drafts.TryGetValue(stream, out var draft)) return draft;
        if (!loaded.Leads.TryGetValue(stream, out var lead)) return null;
        var timeline = models.Of(stream.TenantId);
        var document = lead.Document is { } stored && stored.Lead.Under(timeline.At(stored.Lead.ClockAt(now)), timeline, history: null) is { } known
            ? stored with { Lead = known }
            : await streams.FoldAsync(stream, lead.StreamVersion, ct);
        return _drafts[stream] = new(stream, document.Lead, lead.StreamVersion, document.UpdatedAt, lead.IsRemembered, isBehind: lead is { Document: null, IsArchived: false });
    }

    private LeadDraft NewDraft(StreamKey stream) => _drafts[stream] = new(stream, Lead.New(stream.StreamId, models.Of(stream.TenantId).At(now)), storedVersion: 0, now, isRemembered: false);

    private static Warning[] WarningsOf(Guid leadId, Decision decision, IdentityResolution resolution)
    {
        var conflicts = resolution.Conflicts.Count > 0;
        var notLinked = decision.Events.OfType<IdentityLinked>().Count() < resolution.Unclaimed.Count;
        if (!conflicts && !notLinked) return [];

        var warnings = new List<Warning>();
        if (conflicts)
        {
            warnings.Add(new(
                "identity_conflict",
                "The identities belong to different leads; the engagement went to the one with the strongest.",
                [leadId, .. resolution.Conflicts.Select(c => c.OtherLeadId).Distinct()]));
        }

        if (notLinked)
        {
            warnings.Add(new(
                "identity_limit_reached",
                $"The lead has {Lead.IdentitiesMax} identities; not all stated ones were linked.",
                [leadId]));
        }

        return [.. warnings];
    }
}
