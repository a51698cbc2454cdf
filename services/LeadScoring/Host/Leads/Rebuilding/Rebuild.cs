using System.Text.Json;
using LeadScoring.Domain.Identities;
using LeadScoring.Domain.Leads;
using LeadScoring.Host.Events;
using LeadScoring.Host.Scoring.Activation;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Leads.Rebuilding;

/// <param name="DocumentsRemoved">Lead documents no stream stood behind.</param>
/// <param name="IdentitiesRemoved">Identities no event spoke of.</param>
/// <param name="IdentitiesRestored">Identities an event spoke of and nobody held.</param>
public sealed record RebuildResult(long Leads, long Events, long DocumentsRemoved, long IdentitiesRemoved, long IdentitiesRestored);

/// <summary>
/// Makes lead documents and identities from the streams again, beside a running service, some leads at a time: a page's streams are
/// locked as a writer locks them. Every page is a transaction of its own and can be done twice; a rebuild that was stopped is simply started again.
/// </summary>
public sealed class Rebuild(NpgsqlDataSource dataSource, LeadStreams streams, TenantModels models, TimeProvider clock)
{
    private const int DeadlockAttemptsMax = 20; // Each meets other writers.

    private static readonly string RemoveOrphans = SqlText.Load(typeof(Rebuild), "remove_orphans.sql");
    private static readonly string MendIdentities = SqlText.Load(typeof(Rebuild), "mend_identities.sql");
    private static readonly string PutDocuments = SqlText.Load(typeof(Rebuild), "put_documents.sql");

    private long _identitiesRemoved;
    private long _identitiesRestored;

    /// <exception cref="UnreadableEventException">An event's body does not fit its type; pages before it are done.</exception>
    public async Task<RebuildResult> RunAsync(LeadScope scope, WorkProgress progress, CancellationToken ct)
    {
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        await using var removing = new NpgsqlCommand(RemoveOrphans, connection);
        removing.Parameters.AddAll(scope.Parameters);
        await using (var removed = await removing.ExecuteReaderAsync(ct))
        {
            await removed.ReadAsync(ct);
            (progress.DocumentsRemoved, _identitiesRemoved) = (removed.GetInt64(0), removed.GetInt64(1));
        }

        using var pages = new LeadPages(scope);
        await pages.RunAsync(dataSource, progress, RunPageAsync, ct);

        // Whichever model held while a page was made: what it left is looked at again.
        await Rescorings.WalkAllAgainAsync(connection, scope.TenantId, clock.GetUtcNow(), ct);
        return new(progress.Leads, progress.Events, progress.DocumentsRemoved, _identitiesRemoved, _identitiesRestored);
    }

    private async Task<long> RunPageAsync(NpgsqlConnection connection, IReadOnlyList<StreamHead> page, CancellationToken ct)
    {
        StreamKey[] keys = [.. page.Select(head => head.Stream)];
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var transaction = await connection.BeginTransactionAsync(ct);
                var events = await RunPageAsync(connection, keys, ct);
                await transaction.CommitAsync(ct);
                return events;
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.DeadlockDetected && attempt < DeadlockAttemptsMax)
            {
                // The page was rolled back whole; it starts over behind the writer that won.
            }
        }
    }

    private async Task<long> RunPageAsync(NpgsqlConnection connection, StreamKey[] page, CancellationToken ct)
    {
        // In the order and mode of writers: while the page is rebuilt no event can come between its stream and its document.
        await using (var locking = new NpgsqlCommand(
            """
            select count(*)
            from (
              select
              from unnest($1, $2) as p (tenant_id, id)
              join mt_streams s on s.tenant_id = p.tenant_id and s.id = p.id
              order by s.tenant_id, s.id
              for no key update of s
            ) locked
            """,
            connection))
        {
            locking.Parameters.AddAll(LeadPages.KeysOf(page));
            await locking.ExecuteNonQueryAsync(ct);
        }

        await models.FreshenAsync(ct);
        var recorded = await LeadPages.ReadAsync(connection, page, ct);
        var now = clock.GetUtcNow();
        var leads = new List<LeadDocument>(recorded.Count);
        var identities = new List<(StreamKey Lead, Identity Identity)>();
        foreach (var (stream, events) in recorded)
        {
            var story = new LeadStory(stream, [.. events.Select(streams.Read)]);
            var model = models.Now(stream.TenantId);
            var told = story.Document(model);
            leads.Add(LeadDocument.Of(stream.TenantId, told.Lead, told.UpdatedAt, model, now));
            identities.AddRange(IdentitiesIn(story).Select(i => (stream, i)));
        }

        await using (var put = new NpgsqlCommand(PutDocuments, connection))
        {
            put.Parameters.AddAll(LeadDocuments.Columns(leads));
            await put.ExecuteNonQueryAsync(ct);
        }

        await using var mending = new NpgsqlCommand(MendIdentities, connection);
        mending.Parameters.AddAll(
        [
            .. LeadPages.KeysOf(page),
            Sql.Many(identities.Select(i => i.Lead.TenantId).ToArray(), NpgsqlDbType.Text),
            Sql.Many(identities.Select(i => LeadIdentity.IdOf(i.Identity)).ToArray(), NpgsqlDbType.Text),
            Sql.Many(identities.Select(i => i.Lead.StreamId).ToArray(), NpgsqlDbType.Uuid),
            Sql.Many(identities.Select(i => JsonSerializer.SerializeToUtf8Bytes(LeadIdentity.Of(i.Identity, i.Lead.StreamId), LeadJsonContext.Default.LeadIdentity)).ToArray(), NpgsqlDbType.Jsonb),
            Sql.Many(identities.Select(i => i.Identity.Kind.ToString()).ToArray(), NpgsqlDbType.Text),
            Sql.Many(identities.Select(i => i.Identity.Value).ToArray(), NpgsqlDbType.Text),
        ]);
        await using var mended = await mending.ExecuteReaderAsync(ct);
        await mended.ReadAsync(ct);
        Interlocked.Add(ref _identitiesRemoved, mended.GetInt64(0));
        Interlocked.Add(ref _identitiesRestored, mended.GetInt64(1));
        return recorded.Values.Sum(e => (long)e.Count);
    }

    /// <summary>The identities a stream's own events speak of, each once.</summary>
    internal static IEnumerable<Identity> IdentitiesIn(LeadStory story) =>
        story.Events.Select(e => e.Fact).OfType<IdentityLinked>().Select(linked => new Identity(linked.Kind, linked.Value)).Distinct();
}
