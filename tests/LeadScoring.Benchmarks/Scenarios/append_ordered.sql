-- What any store in this layout has to do for a batch: move the streams from the versions it knows, number the events in
-- the order given, store them, and their ids in the table that keeps these unique.
with event as (
  select e.stream_id, e.version, e.id, e.data, e.type, e.dotnet_type, e.headers, e.position
  from unnest($3, $4, $5, $6, $7, $8, $9) with ordinality
    as e (stream_id, version, id, data, type, dotnet_type, headers, position)
),
moved as (
  update mt_streams s
  set version = e.version, timestamp = $10
  from event e
  where s.tenant_id = $1 and s.id = e.stream_id and s.version = e.version - 1
),
stored as (
  insert into mt_events (
    seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, correlation_id, headers, is_archived)
  select
    nextval('mt_events_sequence'), o.id, o.stream_id, o.version, o.data, o.type, $10, $1, o.dotnet_type, $2, o.headers, false
  from (
    select e.id, e.stream_id, e.version, e.data, e.type, e.dotnet_type, e.headers
    from event e
    order by e.position
  ) o
  returning id, seq_id
)
insert into event_id (id, seq_id)
select s.id, s.seq_id
from stored s
