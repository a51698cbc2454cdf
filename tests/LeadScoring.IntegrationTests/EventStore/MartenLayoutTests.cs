using LeadScoring.IntegrationTests.Setup;

namespace LeadScoring.IntegrationTests.EventStore;

/// <summary>The tables are Marten 9's, as read off a database that Marten itself created.</summary>
/// <remarks>
/// But for this: <c>mt_events</c> is partitioned by <c>seq_id</c>, so that a log of billions is written, frozen and moved
/// in pieces. A unique index cannot span partitions. Versions are unique in each (the row of <c>mt_streams</c> guards them
/// across all), and event ids by the table <c>event_id</c>. Statements read and write the parent as they would Marten's table.
/// </remarks>
public sealed class MartenLayoutTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    [Theory]
    [InlineData("mt_streams", """
        tenant_id character varying not null default '*DEFAULT*'::character varying
        id uuid not null
        type character varying null
        version bigint null
        timestamp timestamp with time zone not null default now()
        created timestamp with time zone not null default now()
        is_archived boolean null default false
        """)]
    [InlineData("mt_events", """
        seq_id bigint not null
        id uuid not null
        stream_id uuid null
        version bigint not null
        data jsonb not null
        bdata bytea null
        type character varying(500) not null
        timestamp timestamp with time zone not null default now()
        tenant_id character varying null default '*DEFAULT*'::character varying
        mt_dotnet_type character varying null
        correlation_id character varying null
        causation_id character varying null
        headers jsonb null
        is_archived boolean null default false
        """)]
    [InlineData("mt_event_progression", """
        name character varying not null
        last_seq_id bigint null
        last_updated timestamp with time zone null default transaction_timestamp()
        """)]
    public async Task Columns_types_nullability_and_defaults_are_Martens(string table, string columns) =>
        (await database.ScalarAsync<string>(
            """
            select string_agg(
              concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod), case when a.attnotnull then 'not null' else 'null' end,
                'default ' || pg_get_expr(d.adbin, d.adrelid)),
              E'\n' order by a.attnum)
            from pg_attribute a
            left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
            where a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped
            """,
            table)).ShouldBe(columns);

    [Fact]
    public async Task Keys_are_Martens_but_for_its_foreign_key() => (await database.ScalarAsync<string>(
        """
        select string_agg(format('%s: %s', conname, pg_get_constraintdef(oid)), E'\n' order by conname)
        from pg_constraint
        where conrelid in ('mt_streams'::regclass, 'mt_events'::regclass, 'mt_event_progression'::regclass)
          and contype in ('p', 'u', 'f')
        """)).ShouldBe(
        """
        pk_mt_event_progression: PRIMARY KEY (name)
        pkey_mt_events_seq_id: PRIMARY KEY (seq_id)
        pkey_mt_streams_tenant_id_id: PRIMARY KEY (tenant_id, id)
        """);

    [Fact]
    public async Task A_version_is_unique_in_every_partition() => (await database.ScalarAsync<string>(
        """
        select string_agg(format('%s: %s', conrelid::regclass, pg_get_constraintdef(oid)), E'\n' order by conname)
        from pg_constraint
        where conname like 'stream_and_version_%'
        """)).ShouldBe(
        """
        mt_events_1: UNIQUE (tenant_id, stream_id, version)
        mt_events_20000001: UNIQUE (tenant_id, stream_id, version)
        """);

    [Fact]
    public async Task An_event_id_is_unique_in_the_whole_store() => (await database.ScalarAsync<string>(
        "select pg_get_indexdef('pk_event_id'::regclass)")).ShouldBe(
        "CREATE UNIQUE INDEX pk_event_id ON public.event_id USING btree (id)");

    [Fact]
    public async Task The_sequence_is_Martens_and_keeps_no_numbers_back() => (await database.ScalarAsync<string>(
        """
        select format('%s %s start %s increment %s cache %s, owned by %s', s.sequencename, s.data_type, s.start_value, s.increment_by,
          s.cache_size, d.refobjid::regclass)
        from pg_sequences s
        join pg_depend d on d.objid = 'mt_events_sequence'::regclass and d.deptype = 'a'
        where s.schemaname = 'public'
        """)).ShouldBe("mt_events_sequence bigint start 1 increment 1 cache 1, owned by mt_events");

    [Fact]
    public async Task A_key_belongs_to_one_stream() => (await database.ScalarAsync<string>(
        """
        select string_agg(indexdef, E'\n' order by indexname) from pg_indexes where tablename = 'stream_key'
        """)).ShouldBe(
        """
        CREATE INDEX idx_stream_key_stream ON public.stream_key USING btree (tenant_id, stream_id)
        CREATE UNIQUE INDEX pk_stream_key ON public.stream_key USING btree (tenant_id, kind, value)
        """);
}
