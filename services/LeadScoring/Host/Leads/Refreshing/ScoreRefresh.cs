using LeadScoring.Domain.Scoring;
using LeadScoring.Host.Events;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Leads.Refreshing;

/// <summary>
/// Stores the scores of leads whose stored one decay may have moved too far, a page at a time. Any number of instances
/// may do it at once: they take different rows.
/// </summary>
public sealed class ScoreRefresh(
    NpgsqlDataSource dataSource, LeadStreams streams, TenantModels models, TimeProvider clock, ILogger<ScoreRefresh> logger)
{
    /// <summary>Of an instant, so many. Those another instance is refreshing, or a writer is writing, are passed over: they are in good hands.</summary>
    public const string FindDue =
        """
        select l.tenant_id, l.id, l.mt_version, l.data
        from mt_doc_lead l
        where l.refresh_due_at <= $1
        order by l.refresh_due_at
        limit $2
        for no key update skip locked
        """;

    /// <summary>Most rows of one page, which is one transaction.</summary>
    public const int PageRowsMax = 500;

    /// <summary>When a row that cannot be read is tried again; until then it must not hold up the others.</summary>
    public static readonly TimeSpan UnreadablePause = TimeSpan.FromHours(1);

    /// <summary>When a row is tried again whose tenant's models cannot be read.</summary>
    public static readonly TimeSpan UnreadableModelsPause = TimeSpan.FromMinutes(1);

    /// <summary>Refreshes those longest overdue. Neither version nor <c>updated_at</c> changes: nothing happened to the lead.</summary>
    /// <returns>How many leads were due, at most <see cref="PageRowsMax"/>.</returns>
    public async Task<int> RunPageAsync(CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var due = await TakeAsync(connection, now, ct);
        if (due.Count == 0) return 0;
        await using var batch = new NpgsqlBatch(connection, transaction);
        var refreshed = new List<LeadDocument>(due.Count);
        foreach (var lead in due)
        {
            if (await RefreshedAsync(lead, now, ct) is { } document) refreshed.Add(document);
            else batch.BatchCommands.Add(Postponing(lead, now + (models.IsUnreadable(lead.Stream.TenantId) ? UnreadableModelsPause : UnreadablePause)));
        }

        batch.BatchCommands.Add(LeadDocuments.Rewriting(refreshed));
        await batch.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
        return due.Count;
    }

    private static async Task<List<DueLead>> TakeAsync(NpgsqlConnection connection, DateTimeOffset now, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(FindDue, connection);
        command.Parameters.AddAll(Sql.Of(now, NpgsqlDbType.TimestampTz), Sql.Of(PageRowsMax, NpgsqlDbType.Integer));
        await using var reader = await command.ExecuteReaderAsync(ct);
        var due = new List<DueLead>();
        while (await reader.ReadAsync(ct))
        {
            var stream = new StreamKey(reader.GetString(0), reader.GetGuid(1));
            due.Add(new(stream, reader.GetInt64(2), LeadDocument.TryRead(stream.TenantId, reader.GetFieldValue<byte[]>(3))));
        }

        return due;
    }

    /// <returns>Null: it cannot be told now.</returns>
    private async Task<LeadDocument?> RefreshedAsync(DueLead due, DateTimeOffset now, CancellationToken ct)
    {
        if (models.IsUnreadable(due.Stream.TenantId)) return null;
        try
        {
            // Decay does not change the model: that the new one is met is for those to find out who look at all leads for it.
            var model = due.Document is { } known ? models.Of(known) : models.Now(due.Stream.TenantId);
            var document = due.Document is { } good && good.Lead.Score.CanAnswer(good.Lead.ClockAt(now), model)
                ? good
                : await streams.FoldAsync(due.Stream, due.Version, model, ct);
            return LeadDocument.Of(due.Stream.TenantId, document.Lead, document.UpdatedAt, model, now);
        }
        catch (Exception e) when (e is UnreadableEventException or InvalidOperationException or KeyNotFoundException)
        {
            logger.LogError(e, "The score of lead {LeadId} cannot be refreshed; it is tried again in {Pause}", due.Stream.StreamId, UnreadablePause);
            return null;
        }
    }

    private static NpgsqlBatchCommand Postponing(DueLead lead, DateTimeOffset until) => Sql.BatchCommand(
        "update mt_doc_lead set refresh_due_at = $4 where tenant_id = $1 and id = $2 and mt_version = $3",
        Sql.Of(lead.Stream.TenantId, NpgsqlDbType.Text),
        Sql.Of(lead.Stream.StreamId, NpgsqlDbType.Uuid),
        Sql.Of(lead.Version, NpgsqlDbType.Bigint),
        Sql.Of(until, NpgsqlDbType.TimestampTz));

    /// <param name="Document">Null: it cannot be read.</param>
    private sealed record DueLead(StreamKey Stream, long Version, LeadDocument? Document);
}
