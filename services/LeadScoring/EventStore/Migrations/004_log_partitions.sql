-- The log in partitions by sequence number, so that an index being written stays as small as a partition, a full one is
-- frozen once and left alone, and old ones can lie on cheaper disks. The table that was the log becomes the first one.
alter table mt_events rename to mt_events_1;
alter table mt_events_1 rename constraint pkey_mt_events_seq_id to pkey_mt_events_1;
alter table mt_events_1 rename constraint pk_mt_events_stream_and_version to stream_and_version_mt_events_1;

create table mt_events (
  like mt_events_1 including defaults,
  constraint pkey_mt_events_seq_id primary key (seq_id)
) partition by range (seq_id);

alter sequence mt_events_sequence owned by mt_events.seq_id;

-- A unique index cannot span partitions, so the ids of events are kept beside them; written in the events' statement.
-- Another application's events need no row here: only ids of our own are ever repeated.
create table event_id (
  id uuid not null,
  seq_id bigint not null,
  constraint pk_event_id primary key (id)
);

insert into event_id (id, seq_id)
select id, seq_id from mt_events_1 order by id;

drop index idx_mt_events_event_id;

create view log_partition as
select
  c.oid::regclass::text as name,
  coalesce(substring(pg_get_expr(c.relpartbound, c.oid) from 'FROM \(''?(\d+)')::bigint, 1) as lower,
  substring(pg_get_expr(c.relpartbound, c.oid) from 'TO \(''?(\d+)')::bigint as upper
from pg_inherits i
join pg_class c on c.oid = i.inhrelid
where i.inhparent = 'mt_events'::regclass;

-- Adds the partition after the last one. Attaching it holds up nobody who appends.
create function add_log_partition(events bigint) returns text language plpgsql as $$
declare
  lower bigint;
  name text;
begin
  select max(p.upper) into strict lower from log_partition p;
  name := format('mt_events_%s', lower);
  execute format(
    'create table %I (like mt_events including defaults,'
    ' constraint %I primary key (seq_id), constraint %I unique (tenant_id, stream_id, version),'
    ' constraint %I check (seq_id >= %s and seq_id < %s))',
    name, 'pkey_' || name, 'stream_and_version_' || name, 'range_' || name, lower, lower + events);
  execute format('alter table mt_events attach partition %I for values from (%s) to (%s)', name, lower, lower + events);
  return name;
end
$$;

do $$
declare
  upper bigint := greatest(20000001, (select case when is_called then last_value else 0 end + 1 from mt_events_sequence));
begin
  execute format('alter table mt_events_1 add constraint range_mt_events_1 check (seq_id < %s)', upper);
  execute format('alter table mt_events attach partition mt_events_1 for values from (minvalue) to (%s)', upper);
  perform add_log_partition(20000000);
end
$$;

-- Every append moves its stream's row, which touches no index as long as the page has room for the next version of it.
-- Dead versions are pruned by the next visit; vacuum need only come when a twentieth of the table is left over.
alter table mt_streams set (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
