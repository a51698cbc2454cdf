using JasperFx.Events;
using LeadScoring.Host.Events;
using LeadScoring.Host.Storage;
using Marten;
using Marten.Exceptions;

namespace LeadScoring.Host.Leads.Writing;

/// <summary>
/// Drafts stored by nothing but Marten's own calls: events are appended at the version they were decided on, <see cref="LeadProjection"/>
/// makes the document inline. All of them are stored, or none.
/// </summary>
/// <remarks>Start here: <see cref="StoreRound"/> does the same for many drafts at once, each on its own.</remarks>
internal static class PlainAppends
{
    public static async Task<StoreOutcome> StoreAsync(IDocumentStore store, IReadOnlyList<LeadDraft> drafts, Func<LeadDraft, LeadDocument> documentOf, CancellationToken ct)
    {
        await using var session = store.LightweightSession();
        foreach (var draft in drafts)
        {
            var tenant = session.ForTenant(draft.Stream.TenantId);
            if (draft.Events.Count == 0)
            {
                tenant.UpdateRevision(documentOf(draft), draft.StoredVersion); // Refused when the stream has moved on and the document with it.
                continue;
            }

            var facts = draft.Events.ConvertAll(e => e.Fact);
            var stream = draft.StoredVersion == 0
                ? tenant.Events.StartStream<LeadDocument>(draft.Stream.StreamId, facts)
                : tenant.Events.Append(draft.Stream.StreamId, draft.StoredVersion + facts.Count, facts);
            for (var i = 0; i < facts.Count; i++) Identify(stream.Events[i], draft.Events[i], draft.UpdatedAt);
            foreach (var identity in draft.Claims) tenant.Insert(LeadIdentity.Of(identity, draft.Stream.StreamId));
        }

        try
        {
            await session.SaveChangesAsync(ct);
            return StoreOutcome.Stored;
        }
        catch (InvalidStreamOperationException)
        {
            return StoreOutcome.Archived;
        }
        catch (Exception e) when (StoreFailures.IsConflict(e))
        {
            return StoreOutcome.Lost;
        }
    }

    private static void Identify(IEvent stored, NewEvent e, DateTimeOffset at)
    {
        stored.Id = e.Id;
        stored.Timestamp = at;
        stored.Carry(e.Metadata);
    }
}
