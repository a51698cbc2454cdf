using LeadScoring.Domain.Leads;
using LeadScoring.Host.Events;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Leads.Writing;
using LeadScoring.Host.Operations;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Timers;

/// <summary>
/// Raises what leads have waited for by time, a page at a time, the longest overdue first. The lead itself decides, in the
/// writer, on what it is by then: an answer that came first leaves nothing to raise, and what was raised is not raised
/// again, by whichever instance.
/// </summary>
public sealed class DueTimers(
    NpgsqlDataSource dataSource, LeadWriter writer, Telemetry telemetry, TimeProvider clock, ILogger<DueTimers> logger)
{
    /// <summary>Leads of one page, written together.</summary>
    public const int PageLeadsMax = 250;

    /// <summary>When a lead that cannot be decided is tried again; until then it must not hold up the others.</summary>
    public static readonly TimeSpan UndecidablePause = TimeSpan.FromHours(1);

    /// <summary>
    /// When a lead is looked at again that has something due and raises nothing: the clocks of two instances disagree, or this one
    /// cannot read the tenant's setting or models.
    /// </summary>
    public static readonly TimeSpan UndecidedPause = TimeSpan.FromMinutes(1);

    /// <summary>Of an instant, so many.</summary>
    public const string FindDue =
        """
        select l.tenant_id, l.id, l.mt_version, l.timer_due_at
        from mt_doc_lead l
        where l.timer_due_at <= $1
        order by l.timer_due_at, l.tenant_id, l.id
        limit $2
        """;

    private const int StatusUnavailable = 503;
    private const string LeadArchived = "lead_archived";
    private const string ModelsUnreadable = "scoring_models_unreadable";

    /// <summary>Raises what is due for the leads longest overdue.</summary>
    /// <returns>How many leads the page had, and whether all of them were seen to; if not, the database is too slow just now.</returns>
    public async Task<(int Leads, bool AreDone)> RunPageAsync(CancellationToken ct)
    {
        var due = await TakeAsync(ct);
        var isDone = await Task.WhenAll(due.Select(timer => RaiseAsync(timer, ct)));
        return (due.Count, Array.TrueForAll(isDone, done => done));
    }

    private async Task<bool> RaiseAsync(DueTimer due, CancellationToken ct)
    {
        var outcome = await writer.SubmitAsync(
            due.TenantId, due.Id, new RaiseDueTimers(), expectedVersion: null, EventMetadata.None, ct);
        switch (outcome)
        {
            case { Lead: { } row, Changed: true }:
                telemetry.TimersRaised.Add(1, new KeyValuePair<string, object?>("kind", KindOf(row.Lead)));
                telemetry.TimerLateness.Record(Math.Max(0, (clock.GetUtcNow() - due.At).TotalSeconds));
                return true;
            case { Lead: { } unchanged }:
                await PutAsync(due, TimerAfter(unchanged.Lead), ct);
                return true;
            case { Refusal.Code: ModelsUnreadable }:
                await PutAsync(due, clock.GetUtcNow() + UndecidedPause, ct);
                return true;
            case { Refusal: { Status: StatusUnavailable } }:
                return false;
            case { Refusal.Code: LeadArchived }:
                await PutAsync(due, at: null, ct);
                return true;
            default:
                logger.LogError(
                    "What lead {LeadId} waits for cannot be raised ({Code}); it is tried again in {Pause}",
                    due.Id, outcome.Refusal!.Code, UndecidablePause);
                await PutAsync(due, clock.GetUtcNow() + UndecidablePause, ct);
                return true;
        }
    }

    /// <summary>Of a lead that had nothing to raise: what the row said was not what the lead says.</summary>
    private DateTimeOffset? TimerAfter(Lead lead) =>
        LeadDocument.TimerDue(lead) is { } at && at <= clock.GetUtcNow() ? clock.GetUtcNow() + UndecidedPause : LeadDocument.TimerDue(lead);

    private static string KindOf(Lead lead) => lead switch
    {
        { Stage: not Stage.MarketingQualified } => "nurture_step",
        { Handoff.OverdueRaised: true } => "acceptance_overdue",
        _ => "acceptance_due_soon",
    };

    private async Task<List<DueTimer>> TakeAsync(CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(FindDue);
        command.Parameters.AddAll(Sql.Of(clock.GetUtcNow(), NpgsqlDbType.TimestampTz), Sql.Of(PageLeadsMax, NpgsqlDbType.Integer));
        await using var rows = await command.ExecuteReaderAsync(ct);
        var due = new List<DueTimer>();
        while (await rows.ReadAsync(ct)) due.Add(new(rows.GetString(0), rows.GetGuid(1), rows.GetInt64(2), rows.GetFieldValue<DateTimeOffset>(3)));
        return due;
    }

    /// <summary>Of the column alone, unless the lead has moved on: whoever wrote it meanwhile knows better when something is due.</summary>
    private async Task PutAsync(DueTimer due, DateTimeOffset? at, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(
            "update mt_doc_lead set timer_due_at = $4 where tenant_id = $1 and id = $2 and mt_version = $3");
        command.Parameters.AddAll(
            Sql.Of(due.TenantId, NpgsqlDbType.Text), Sql.Of(due.Id, NpgsqlDbType.Uuid), Sql.Of(due.Version, NpgsqlDbType.Bigint), Sql.Of(at, NpgsqlDbType.TimestampTz));
        await command.ExecuteNonQueryAsync(ct);
    }

    private sealed record DueTimer(string TenantId, Guid Id, long Version, DateTimeOffset At);
}
