using LeadScoring.Domain.Leads;
using LeadScoring.EventStore;
using LeadScoring.EventStore.Events;
using LeadScoring.EventStore.Reading;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Leads.Rebuilding;

/// <summary>Folds all leads of a shard while the log is read once, in order.</summary>
internal sealed class ShardFold(LeadStreams streams, TenantModels models)
{
    private static readonly string ShardStreams = SqlText.Load(typeof(ShardFold), "shard_streams.sql");
    private static readonly string ShardClaims = SqlText.Load(typeof(ShardFold), "shard_claims.sql");

    /// <summary>The leads there are, as the log tells them up to its end as it was found before this call.</summary>
    /// <param name="unreadable">Gets the streams that hold a body that does not fit its type; null: such a body is an exception.</param>
    /// <exception cref="UnreadableEventException">A body does not fit its type.</exception>
    public async Task<Dictionary<StreamKey, FoldedLead>> RunAsync(
        NpgsqlConnection connection, LeadShard shard, long end, WorkProgress progress, Action<StreamKey>? unreadable, CancellationToken ct)
    {
        var leads = await ReadHeadsAsync(connection, shard, ct);
        await LogScan.VisitAsync(
            connection,
            new(After: 0, end, shard.Count, shard.Index),
            recorded =>
            {
                if (!leads.TryGetValue(recorded.Stream, out var lead)) return;
                try
                {
                    lead.Take(streams.Read(recorded));
                }
                catch (UnreadableEventException) when (unreadable is not null)
                {
                    unreadable(recorded.Stream);
                }
            },
            events =>
            {
                progress.Add(leads: 0, events);
                return Task.CompletedTask;
            },
            ct);
        return leads;
    }

    /// <summary>Lets every lead note the keys it holds.</summary>
    /// <param name="strange">Gets the streams of leads that hold a key none of their events speaks of.</param>
    public static async Task NoteClaimsAsync(
        NpgsqlConnection connection, LeadShard shard, Dictionary<StreamKey, FoldedLead> leads, Action<StreamKey> strange, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(ShardClaims, connection);
        command.Parameters.AddAll(shard.Parameters);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var stream = new StreamKey(reader.GetString(0), reader.GetGuid(1));
            if (leads.TryGetValue(stream, out var lead) && !lead.TryNote(new(reader.GetString(2), reader.GetString(3)))) strange(stream);
        }
    }

    private async Task<Dictionary<StreamKey, FoldedLead>> ReadHeadsAsync(NpgsqlConnection connection, LeadShard shard, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(ShardStreams, connection);
        command.Parameters.AddAll([Sql.Of(LeadKeys.StreamType, NpgsqlDbType.Text), .. shard.Parameters]);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var leads = new Dictionary<StreamKey, FoldedLead>();
        var tenant = "";
        while (await reader.ReadAsync(ct))
        {
            tenant = reader.GetString(0) is var t && t == tenant ? tenant : t;
            var stream = new StreamKey(tenant, reader.GetGuid(1));
            var model = models.Now(tenant);
            leads.Add(stream, new(Lead.New(stream.StreamId, model), model, version: 0, updatedAt: default, head: reader.GetInt64(2)));
        }

        return leads;
    }
}
