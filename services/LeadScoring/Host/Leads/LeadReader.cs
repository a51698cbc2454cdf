using LeadScoring.Domain.Identities;
using LeadScoring.Host.Scoring.Models;
using Marten;

namespace LeadScoring.Host.Leads;

/// <summary>One lead as it is now, by id or by a name it goes by.</summary>
public sealed class LeadReader(
    LeadReads reads, IDocumentStore store, LeadStreams streams, TenantModels models, TimeProvider clock)
{
    /// <returns>A row whose score answers for now and later under the active model; null: no such lead in the tenant.</returns>
    public async Task<LeadDocument?> FindAsync(string tenantId, Guid leadId)
    {
        var row = await reads.FindAsync(new(tenantId, leadId));
        return row is null ? null : await UnderActiveAsync(row, CancellationToken.None);
    }

    /// <inheritdoc cref="FindAsync"/>
    public async Task<LeadDocument?> LookUpAsync(string tenantId, Identity identity, CancellationToken ct)
    {
        var row = await ReadHolderAsync(tenantId, identity, ct);
        return row is null ? null : await UnderActiveAsync(row, ct);
    }

    private async Task<LeadDocument?> ReadHolderAsync(string tenantId, Identity identity, CancellationToken ct)
    {
        await using var session = store.QuerySession(tenantId);
        return await session.LoadAsync<LeadIdentity>(LeadIdentity.IdOf(identity), ct) is { } holder
            ? await reads.FindAsync(new(tenantId, holder.LeadId))
            : null;
    }

    private async Task<LeadDocument> UnderActiveAsync(LeadDocument row, CancellationToken ct)
    {
        models.EnsureReadable(row.TenantId);
        var timeline = models.Of(row.TenantId);
        return row.Lead.Under(timeline.At(clock.GetUtcNow()), timeline, history: null) is { } lead
            ? row with { Lead = lead }
            : await streams.FoldAsync(new(row.TenantId, row.Lead.Id), row.Lead.Version, ct);
    }
}
