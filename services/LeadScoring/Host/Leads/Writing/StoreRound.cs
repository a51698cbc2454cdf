using System.Data.Common;
using System.Text.Json;
using LeadScoring.Host.Events;
using LeadScoring.Host.Storage;
using Npgsql;
using NpgsqlTypes;
using Weasel.Core;
using Weasel.Storage;

namespace LeadScoring.Host.Leads.Writing;

/// <summary>What became of a draft.</summary>
internal enum StoreOutcome
{
    /// <summary>Durable once the session is.</summary>
    Stored,

    /// <summary>The stream or an identity is not as it was loaded, or an event is stored already: load again.</summary>
    Lost,

    /// <summary>The stream is archived and takes no more events.</summary>
    Archived,
}

/// <summary>
/// A round's drafts as one operation of a Marten session: events, streams, identities and documents by one statement, losers as data.
/// Marten's own operations append stream by stream, and one conflict undoes the whole session.
/// </summary>
internal sealed class StoreRound(IReadOnlyList<LeadDraft> drafts, IReadOnlyList<LeadDocument> documents)
    : Marten.Internal.Operations.IStorageOperation
{
    private static readonly string Statement = SqlText.Load(typeof(StoreRound), "store_round.sql");
    private static readonly string ReleaseLostClaims = SqlText.Load(typeof(StoreRound), "release_lost_claims.sql");

    /// <summary>By draft, in order.</summary>
    public StoreOutcome[] Outcomes { get; } = new StoreOutcome[drafts.Count];

    public Type DocumentType => typeof(LeadDocument);

    public OperationRole Role() => OperationRole.Other;

    /// <remarks>
    /// A plan made while a table is small would scan it, and a prepared plan keeps doing so for as long as the statistics stay old, however
    /// fast the table grows; a plan made anew each time costs as much as a small round. So: one plan, by key.
    /// </remarks>
    public void ConfigureCommand(Weasel.Postgresql.ICommandBuilder builder, IStorageSession session)
    {
        builder.Append("select set_config('enable_seqscan', 'off', true), set_config('plan_cache_mode', 'force_generic_plan', true)");
        builder.StartNewCommand();
        var events = Events();
        var claims = Claims();
        var (tenants, numbers) = Tenants();
        Append(
            builder,
            Statement,
            [tenants, .. Drafts(), .. events.Ids, .. claims.Claimed, .. Streams(), .. events.Columns, .. LeadDocuments.Columns(documents)[2..], numbers]);
        if (claims.OfKnownLeads is { } mayBeLost)
        {
            builder.StartNewCommand();
            Append(builder, ReleaseLostClaims, mayBeLost);
        }

        if (!events.ArePublished) return;
        builder.StartNewCommand();
        builder.Append("notify mt_events_appended"); // As Marten's own appends do: subscriptions need not wait for their next look.
    }

    public async Task PostprocessAsync(DbDataReader reader, IList<Exception> exceptions, CancellationToken token)
    {
        Array.Fill(Outcomes, StoreOutcome.Stored);
        await reader.NextResultAsync(token); // Past the settings.
        while (await reader.ReadAsync(token))
        {
            Outcomes[(int)reader.GetInt64(0) - 1] = reader.GetBoolean(1) ? StoreOutcome.Archived : StoreOutcome.Lost;
        }
    }

    /// <summary>The builder writes a placeholder where a parameter is added, once; the statements use theirs where and as often as they need.</summary>
    private static void Append(Weasel.Postgresql.ICommandBuilder builder, string sql, IReadOnlyList<NpgsqlParameter> parameters)
    {
        builder.Append("/* ");
        foreach (var parameter in parameters) builder.AppendParameter(parameter.Value, parameter.NpgsqlDbType);
        builder.Append(" */\n");
        builder.Append(sql);
    }

    private NpgsqlParameter[] Drafts() =>
    [
        Sql.Many(Of(d => d.Stream.StreamId), NpgsqlDbType.Uuid),
        Sql.Many(Of(d => d.StoredVersion), NpgsqlDbType.Bigint),
        Sql.Many(Of(d => (long)d.Events.Count), NpgsqlDbType.Bigint),
    ];

    /// <returns>Each tenant once, and of each draft the number of its tenant, from 1.</returns>
    private (NpgsqlParameter Tenants, NpgsqlParameter Numbers) Tenants()
    {
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        var byDraft = Of(d => numbers.TryGetValue(d.Stream.TenantId, out var number) ? number : numbers[d.Stream.TenantId] = numbers.Count + 1);
        return (Sql.Many([.. numbers.Keys], NpgsqlDbType.Text), Sql.Many(byDraft, NpgsqlDbType.Integer));
    }

    private NpgsqlParameter[] Streams() => [Sql.Of(LeadKeys.StreamType, NpgsqlDbType.Text), Sql.Many(Of(d => d.UpdatedAt.UtcDateTime), NpgsqlDbType.TimestampTz)];

    private (NpgsqlParameter[] Claimed, NpgsqlParameter[]? OfKnownLeads) Claims()
    {
        var (places, ids, bodies) = (new List<long>(), new List<string>(), new List<byte[]>());
        var known = (Tenants: new List<string>(), Ids: new List<string>(), Leads: new List<Guid>());
        for (var i = 0; i < drafts.Count; i++)
        {
            foreach (var identity in drafts[i].Claims)
            {
                var claim = LeadIdentity.Of(identity, drafts[i].Stream.StreamId);
                places.Add(i + 1);
                ids.Add(claim.Id);
                bodies.Add(JsonSerializer.SerializeToUtf8Bytes(claim, LeadJsonContext.Default.LeadIdentity));
                known.Tenants.Add(drafts[i].Stream.TenantId);
                known.Ids.Add(claim.Id);
                known.Leads.Add(claim.LeadId);
            }
        }

        return (
            [Sql.Many([.. places], NpgsqlDbType.Bigint), Sql.Many([.. ids], NpgsqlDbType.Text), Sql.Many([.. bodies], NpgsqlDbType.Jsonb)],
            ids.Count == 0
                ? null
                : [Sql.Many([.. known.Tenants], NpgsqlDbType.Text), Sql.Many([.. known.Ids], NpgsqlDbType.Text), Sql.Many([.. known.Leads], NpgsqlDbType.Uuid)]);
    }

    private (NpgsqlParameter[] Ids, NpgsqlParameter[] Columns, bool ArePublished) Events()
    {
        var count = drafts.Sum(d => d.Events.Count);
        var (places, ids, versions, bodies, types) = (new long[count], new Guid[count], new long[count], new ReadOnlyMemory<byte>[count], new int[count]);
        var (correlations, causations, headers) = (new string?[count], new string?[count], new byte[]?[count]);
        var names = new List<(string Alias, string DotNetType)>();
        var (known, knownHeaders) = (EventMetadata.None, (byte[]?)null);
        var row = 0;
        for (var i = 0; i < drafts.Count; i++)
        {
            for (var n = 0; n < drafts[i].Events.Count; n++, row++)
            {
                var e = drafts[i].Events[n];
                if (!ReferenceEquals(e.Metadata, known)) (known, knownHeaders) = (e.Metadata, HeadersOf(e.Metadata)); // One request's stand together.
                var name = names.IndexOf((e.Type, e.DotNetType));
                if (name < 0)
                {
                    name = names.Count;
                    names.Add((e.Type, e.DotNetType));
                }

                (places[row], ids[row], versions[row], bodies[row], types[row]) = (i + 1, e.Id, drafts[i].StoredVersion + n + 1, e.Body, name + 1);
                (correlations[row], causations[row], headers[row]) = (e.Metadata.CorrelationId, e.Metadata.CausationId, knownHeaders);
            }
        }

        return (
            [Sql.Many(places, NpgsqlDbType.Bigint), Sql.Many(ids, NpgsqlDbType.Uuid)],
            [
                Sql.Many(versions, NpgsqlDbType.Bigint), Sql.Many(bodies, NpgsqlDbType.Jsonb), Sql.Many(types, NpgsqlDbType.Integer),
                Sql.Many(correlations, NpgsqlDbType.Text), Sql.Many(causations, NpgsqlDbType.Text), Sql.Many(headers, NpgsqlDbType.Jsonb),
                Sql.Many([.. names.Select(t => t.Alias)], NpgsqlDbType.Text), Sql.Many([.. names.Select(t => t.DotNetType)], NpgsqlDbType.Text),
            ],
            names.Exists(t => Feed.PublishedTypes.Contains(t.Alias)));
    }

    private static byte[]? HeadersOf(EventMetadata metadata) => metadata.Headers() is { Count: > 0 } headers
        ? JsonSerializer.SerializeToUtf8Bytes(headers, HeadersJson.Default.DictionaryStringString)
        : null;

    private T[] Of<T>(Func<LeadDraft, T> column)
    {
        var values = new T[drafts.Count];
        for (var i = 0; i < values.Length; i++) values[i] = column(drafts[i]);
        return values;
    }
}

[System.Text.Json.Serialization.JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class HeadersJson : System.Text.Json.Serialization.JsonSerializerContext;
