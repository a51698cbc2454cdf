using LeadScoring.Contracts;
using LeadScoring.IntegrationTests.Setup;

namespace LeadScoring.IntegrationTests.Broker;

/// <summary>A feed with events as the projector would have written them, of several tenants with several leads each.</summary>
internal static class PublishedFeed
{
    public static IReadOnlyList<string> Types { get; } =
        [IntegrationEventTypes.LeadAutomationQualified, IntegrationEventTypes.LeadMarketingQualified, IntegrationEventTypes.LeadSalesAccepted];

    /// <summary>Adds events at the end of the feed: tenants, leads and types take turns.</summary>
    /// <param name="type">Of all of them; null: they take turns.</param>
    public static async Task AddAsync(MigratedDatabase database, int events, int leads = 20, string? type = null)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var insert = connection.CreateCommand())
        {
            insert.CommandText =
                """
                with bounds as (select coalesce(max(log_seq), 0) as last from feed_head),
                added as (
                  select b.last + n as log_seq, 'tenant-' || (b.last + n) % 2 as tenant_id, (b.last + n) % $2 as lead,
                    coalesce($3, ($4::text[])[1 + (b.last + n) % array_length($4::text[], 1)]) as type
                  from bounds b, generate_series(1, $1) n
                )
                insert into feed_event (tenant_id, position, log_seq, event_id, type, subject, at, body)
                select a.tenant_id, coalesce(h.position, 0) + row_number() over (partition by a.tenant_id order by a.log_seq), a.log_seq,
                  gen_random_uuid(), a.type, md5(a.tenant_id || a.lead)::uuid, now(),
                  convert_to(jsonb_build_object('specversion', '1.0', 'sequence', a.log_seq::text, 'data', repeat('x', 500))::text, 'UTF8')
                from added a
                left join feed_head h on h.tenant_id = a.tenant_id
                order by a.log_seq
                """;
            insert.Parameters.AddWithValue(events);
            insert.Parameters.AddWithValue(leads);
            insert.Parameters.Add(new() { Value = (object?)type ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
            insert.Parameters.AddWithValue(Types.ToArray());
            (await insert.ExecuteNonQueryAsync()).ShouldBe(events);
        }

        await using (var head = connection.CreateCommand())
        {
            head.CommandText =
                """
                insert into feed_head (tenant_id, position, log_seq)
                select f.tenant_id, max(f.position), max(f.log_seq) from feed_event f group by f.tenant_id
                on conflict (tenant_id) do update set position = excluded.position, log_seq = excluded.log_seq
                """;
            await head.ExecuteNonQueryAsync();
        }

        await using (var numbers = connection.CreateCommand())
        {
            numbers.CommandText = "select setval('mt_events_sequence', (select max(log_seq) from feed_head))";
            await numbers.ExecuteScalarAsync();
        }

        await transaction.CommitAsync();
    }

    /// <summary>Everything in it, in the order of the log.</summary>
    public static async Task<IReadOnlyList<PublishedEvent>> ReadAsync(MigratedDatabase database)
    {
        await using var command = database.DataSource.CreateCommand(
            "select event_id, tenant_id, subject, type, body from feed_event order by log_seq");
        await using var rows = await command.ExecuteReaderAsync();
        var events = new List<PublishedEvent>();
        while (await rows.ReadAsync())
        {
            events.Add(new(rows.GetGuid(0), (rows.GetString(1), rows.GetGuid(2)), rows.GetString(3), rows.GetFieldValue<byte[]>(4)));
        }

        return events;
    }
}

internal sealed record PublishedEvent(Guid Id, (string TenantId, Guid Subject) Lead, string Type, byte[] Body);
